"""The pytest session of the judge, on a course of two tiny tasks and submissions that run in this process."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from autograder.child.runner import Runner
from autograder.course import CourseError
from autograder.judge.delegation import delegation_flag
from autograder.judge.grader_files import points
from autograder.judge.session import GraderError, run_session
from autograder.judge.submission import Submission
from autograder.protocol.replies import Wire
from autograder.results import TaskResult
from autograder.sandbox import ChildEnded, SandboxLost

GRADER = '''
from autograder.kit import check, points

@points(2)
def test_doubles(submission, draw):
    """It doubles."""
    n = draw.integer(1, 9)
    check(submission.double(n), 2 * n)

@points(1)
def test_zero(submission):
    """It doubles zero."""
    with submission.attempt() as attempt:
        submission.double(1)
        attempt.discard()
    check(submission.double(0), 0)
'''
TRIPLE = """
from autograder.kit import check, points

FORBIDDEN = ("sum",)

@points(3)
def test_triples(submission):
    check(submission.triple(2), 6)
"""
RIGHT = "def double(n): return 2 * n\ndef triple(n): return 3 * n"


class Channel:
    """A Runner in this process. `ends` and `lost` are names whose call ends the child or loses the sandbox, so many times."""

    def __init__(self, source: str, faults: dict[str, list[Exception]]) -> None:
        namespace: dict[str, Any] = {}
        exec(source, namespace)
        self.runner, self.faults = Runner(namespace), faults

    def request(self, header: dict[str, Any], blobs: Sequence[bytes] = ()) -> Wire:
        if self.faults.get(header.get("name", "")):
            raise self.faults[header.get("name", "")].pop(0)
        return self.runner.execute(header, blobs)


@dataclass
class OneJob:
    source: str
    faults: dict[str, list[Exception]] = field(default_factory=dict)
    only: str | None = None
    seed: int = 5
    opened: list[str] = field(default_factory=list)
    reviewed: list[tuple[str, ...]] = field(default_factory=list)
    outcome: Any = None
    lines: dict[str, list[str]] = field(default_factory=dict)

    def scan(self, names: dict[str, tuple[str, ...]]) -> None:
        self.names = names

    def review(self, task: str, submission: Submission, forbidden: Sequence[str]) -> None:
        self.reviewed.append((task, *forbidden))

    @contextmanager
    def open(self, task: str) -> Iterator[Submission]:
        self.opened.append(task)
        yield Submission(Channel(self.source, self.faults), {})

    def finish(self, outcome: Any) -> None:
        self.outcome = outcome


def assignment(folder: Path, **graders: str) -> Any:
    for task, text in graders.items():
        (folder / f"test_{task}.py").write_text(text)
    tasks = [SimpleNamespace(name="double", points=3.0), SimpleNamespace(name="triple", points=3.0)]
    return SimpleNamespace(name="07_tiny", graders=folder, tasks=tasks, solution_module="")


def graded(folder: Path, *jobs: OneJob, double: str = GRADER, triple: str = TRIPLE) -> tuple[Any, ...]:
    run_session(assignment(folder, double=double, triple=triple), jobs)
    return tuple(job.outcome for job in jobs)


def outcomes(task: TaskResult) -> list[str]:
    return [test.outcome for test in task.tests]


def test_every_task_is_graded_in_a_child_of_its_own(tmp_path: Path) -> None:
    job = OneJob(RIGHT)
    ((double, triple),) = graded(tmp_path, job)
    assert (double.score, double.max_score, triple.score) == (3, 3, 3)
    assert job.opened == ["double", "triple"]
    assert job.names == {"double": (), "triple": ("sum",)}
    assert job.reviewed == [("double",), ("triple", "sum")]
    assert [test.behaviour for test in double.tests] == ["It doubles.", "It doubles zero."]


def test_one_task_alone(tmp_path: Path) -> None:
    ((only,),) = graded(tmp_path, OneJob(RIGHT, only="triple"))
    assert only.task == "triple"


def test_submissions_are_graded_in_turn_and_know_nothing_of_each_other(tmp_path: Path) -> None:
    wrong = "def double(n): return n\ndef triple(n): raise NotImplementedError()"
    job = OneJob(wrong)
    right, (double, triple), again = graded(tmp_path, OneJob(RIGHT), job, OneJob(RIGHT))
    assert right == again
    assert job.reviewed == [("double",)]  # there is nothing to look at where nothing passed
    assert outcomes(double) == ["failed", "passed"]
    assert (double.not_started, triple.not_started) == (False, True)
    assert "not written yet" in triple.tests[0].finding


def test_the_end_of_the_child_ends_the_task_and_not_the_next_one(tmp_path: Path) -> None:
    job = OneJob(RIGHT, {"double": [ChildEnded("crashed", "signal 11")]})
    ((double, triple),) = graded(tmp_path, job)
    assert outcomes(double) == ["crashed", "crashed"]
    assert double.tests[1].finding == f"Not run, because: {double.tests[0].finding}"
    assert triple.score == 3
    assert job.reviewed == [("triple", "sum")]


LOST = SandboxLost("the zygote has gone")


@pytest.mark.parametrize(("times", "graded_"), [(1, True), (2, True), (3, False)])
def test_a_lost_sandbox_is_tried_again_and_never_costs_a_point(times: int, graded_: bool, tmp_path: Path) -> None:
    (outcome,) = graded(tmp_path, OneJob(RIGHT, {"double": [LOST] * times}))
    if graded_:
        assert [task.score for task in outcome] == [3, 3]
    else:
        assert isinstance(outcome, GraderError)


@pytest.mark.parametrize("fault", [LOST, ChildEnded("crashed", "signal 11")], ids=["the sandbox", "the child"])
def test_what_is_lost_while_it_is_reviewed_costs_nothing(fault: Exception) -> None:
    submission = Submission(Channel("import torch\ndef step(*a): return torch.gru_cell(*a)", {"": [fault]}), {})
    weights = torch.ones(6, 2), torch.ones(6, 2), torch.ones(6), torch.ones(6)
    submission.step(torch.ones(1, 2), torch.ones(1, 2), *weights)
    assert delegation_flag(submission, "step", ("gru_cell",)) is None
    flag = delegation_flag(submission, "step", ("gru_cell",))
    assert flag is not None
    assert "gru_cell" in flag.text
    assert delegation_flag(submission, "step", ("lstm_cell",)) is None


def test_a_test_that_breaks_down_is_our_fault(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    broken = "from autograder.kit import points\n@points(3)\ndef test_it(submission):\n    1 / 0\n"
    outcome, again = graded(tmp_path, OneJob(RIGHT), OneJob(RIGHT), triple=broken)
    assert isinstance(outcome, GraderError)
    assert isinstance(again, GraderError)
    assert "ZeroDivisionError" in str(outcome)
    assert "ZeroDivisionError" in capsys.readouterr().err


POINTLESS = "def test_it(submission): pass"
FREE = "from autograder.kit import points\n@points(0)\ndef test_it(submission): pass"
AT_FAULT = {
    "a test without points": ({"triple": POINTLESS}, "needs @points"),
    "a test for no points": ({"triple": FREE}, "needs @points"),
    "a file without tests": ({"triple": ""}, "has no tests for triple"),
    "a file that is no Python": ({"triple": "def"}, "cannot be collected"),
    "a file of no task": ({"double": GRADER, "other": TRIPLE}, "no task for test_other.py"),
    "mistakes of no task": ({"triple": TRIPLE + "INHERITS_MISTAKES_OF = ('quadruple',)"}, "names no task: quadruple"),
}


@pytest.mark.parametrize(("graders", "said"), AT_FAULT.values(), ids=AT_FAULT.keys())
def test_a_grader_file_at_fault_is_said_before_anything_is_graded(graders: dict[str, str], said: str, tmp_path: Path) -> None:
    job = OneJob(RIGHT)
    with pytest.raises(CourseError, match=said):
        run_session(assignment(tmp_path, **{"double": GRADER, "triple": TRIPLE} | graders), [job])
    assert job.outcome is None


def test_points_mark_a_test() -> None:
    @points(2)
    def test_it() -> None: ...

    assert test_it.pytestmark[0].args == (2,)  # type: ignore[attr-defined]
