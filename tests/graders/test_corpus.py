"""Submissions as learners write them: correct ones get full marks; wrong ones lose points, and the feedback names the mistake.

A case is a folder tests/submissions/<assignment>/<case>/ with the submission and expected.json: the verdict, and for each
task that loses points the misconception that must be named (null: none can be); under "says" words that its messages contain.
"""

from __future__ import annotations

import json
from functools import cache
from pathlib import Path

import pytest

from autograder.batch import SubmissionRef, fresh_seed, grade_many
from autograder.course import Course
from autograder.results import Result
from autograder.sandbox import Sandbox

CASES = Path(__file__).resolve().parents[1] / "submissions"
NAMES = [a.name for a in Course().assignments]
FOLDERS = [path for name in NAMES for path in sorted((CASES / name).glob("*")) if path.is_dir()]


@cache
def graded(assignment: str, sandbox: Sandbox) -> dict[str, Result]:
    """All cases of an assignment, graded as a class is: in one go, on the same inputs, which are new in every run."""
    results: dict[str, Result] = {}
    seed = fresh_seed()
    refs = [SubmissionRef(path.name, path, seed=seed) for path in FOLDERS if path.parent.name == assignment]
    grade_many(Course()[assignment], refs, sandbox, lambda result: results.setdefault(result.student, result))
    return results


@pytest.mark.parametrize("folder", FOLDERS, ids=lambda path: f"{path.parent.name}-{path.name}")
def test_a_case_gets_what_it_deserves(folder: Path, sandbox: Sandbox) -> None:
    expected = json.loads((folder / "expected.json").read_text())
    result = graded(folder.parent.name, sandbox)[folder.name]
    assert result.verdict == expected["verdict"], result.message
    lost = {task.task: task for task in result.tasks if task.score != task.max_score}
    messages = [test.message for task in lost.values() for test in task.tests if test.outcome != "passed"]
    assert set(lost) == set(expected["loses"]), (result.seed, messages)
    for name, misconception in expected["loses"].items():
        named = {test.misconception for test in lost[name].tests} - {None}
        assert misconception is None or misconception in named, (result.seed, named, messages)
    for name, words in expected.get("says", {}).items():
        told = [test.message for test in lost[name].tests if test.outcome != "passed"]
        assert any(words in message for message in told), (result.seed, words, told)
