"""The hidden checks without a sandbox: the notebook's check cells run them in its own kernel."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import redirect_stderr, redirect_stdout
from io import StringIO
from typing import Any

from autograder.batch import SubmissionRef
from autograder.batch.grading import grade_many
from autograder.child.runner import Runner
from autograder.course import Course
from autograder.intake.source import SubmissionSource
from autograder.protocol.replies import Wire
from autograder.results import Result
from autograder.sandbox import Limits, Usage

CELL = "from benchmarks.speed.in_kernel import check\ncheck({assignment!r}, {task!r}, globals(), In)\n"


class _Kernel:
    """Replaces a child: answers the judge's requests with the notebook's definitions."""

    def __init__(self, namespace: dict[str, Any]) -> None:
        self._runner = Runner(namespace)

    def request(self, header: dict[str, Any], blobs: Sequence[bytes] = ()) -> Wire:
        if header["op"] == "load":
            return {"ok": {"skipped": [], "missing": []}}, []
        with redirect_stdout(StringIO()), redirect_stderr(StringIO()):  # to nbgrader, a warning on stderr is a failed cell
            return self._runner.execute(header, blobs)

    def close(self) -> Usage:
        return Usage(0.0, 0.0, 0)


class _Unprotected:
    """Replaces a sandbox."""

    unconfined = True

    def __init__(self, namespace: dict[str, Any]) -> None:
        self._namespace = namespace

    def child(self, seed: int, limits: Limits) -> _Kernel:
        return _Kernel(self._namespace)


def check(assignment: str, task: str, namespace: dict[str, Any], cells: Sequence[str]) -> None:
    """Run all hidden checks of a task. Raises AssertionError with the feedback unless it has full marks."""
    found: list[Result] = []
    course = Course()
    ref = SubmissionRef("student", source=SubmissionSource("notebook", course[assignment].stem, tuple(cells), ""), only=task)
    grade_many(course[assignment], [ref], _Unprotected(namespace), found.append)
    [result] = found
    assert result.score == result.max_score, "\n".join(test.message for graded in result.tasks for test in graded.tests)
