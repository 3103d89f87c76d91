"""The control run: a seed on which the reference loses a point, or nearly does, is replaced before grading, and reported."""

from __future__ import annotations

import io
import json
import os
import signal
import sys
import time
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from autograder.batch import SubmissionRef, control, grade, grading, on_request
from autograder.batch.control import Control, ControlJob, good_seed
from autograder.batch.pool import find_submissions
from autograder.batch.run import ClassOptions, plan_class, run_class
from autograder.course import Course
from autograder.judge.session import GraderError, Job
from autograder.sandbox import Sandbox

COURSE = Course()
RNN, SHAPES = COURSE["01_rnn_cell"], COURSE["02_shapes"]
BAD, GOOD = 1, 2


@pytest.fixture
def bad_seed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Seed 1 leaves the reference no tolerance at all, which its rounding does not survive in 01; seed 2 is drawn next."""
    monkeypatch.setattr(ControlJob, "share", property(lambda job: 0.0 if job.seed == BAD else 0.5))
    drawn = iter((BAD, *(GOOD,) * 9))
    for module in (grading, "autograder.batch.plan", "autograder.batch.run"):
        name = module if isinstance(module, str) else module.__name__
        monkeypatch.setattr(f"{name}.fresh_seed", lambda: next(drawn))


@pytest.mark.usefixtures("bad_seed")
def test_a_bad_seed_of_one_submission_is_replaced_and_told(sandbox: Sandbox) -> None:
    result = grade(RNN, SubmissionRef("ada", RNN.solution, only="rnn_cell_step"), sandbox)
    assert (result.seed, result.score) == (GOOD, result.max_score)
    assert "control run: a seed was replaced" in result.document()["flags"][0]


@pytest.mark.usefixtures("bad_seed")
def test_a_bad_seed_of_a_class_is_replaced_for_everybody_and_recorded(tmp_path: Path, sandbox: Sandbox) -> None:
    for assignment in (RNN, SHAPES):  # the seed is bad for one of them only
        folder = tmp_path / "submitted/ada" / assignment.name
        folder.mkdir(parents=True)
        (folder / f"{assignment.stem}.py").write_text("x = (")
    how = ClassOptions(tmp_path / "results", progress=False)
    work = find_submissions(tmp_path / "submitted", COURSE)
    plan = plan_class(COURSE, work, how, confined=True)
    seeds = []
    outcome = run_class(COURSE, work, plan, how, sandbox, lambda result: seeds.append(result.seed))
    record = json.loads((tmp_path / "results/run.json").read_text())
    assert (seeds, record["seed"]) == ([GOOD, GOOD], GOOD)
    assert record["controls"] == list(outcome.controls)
    assert "01_rnn_cell/rnn_cell_step/test_" in record["controls"][0]


def test_where_no_seed_is_good_the_first_one_is_used_and_that_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "MARGIN", 0.0)
    monkeypatch.setattr(control, "MAX_SEEDS", 1)
    found = good_seed([RNN], BAD, lambda: GOOD)
    assert (found.seed, found.passed) == (BAD, False)
    assert "whatever the seed" in found.text


TROUBLES: dict[str, tuple[Callable[[], object], str]] = {
    "it dies": (lambda: os.kill(os.getpid(), signal.SIGKILL), "its process ended with status -9"),
    "it hangs": (lambda: time.sleep(60), "it took longer than 1 s"),
}


@pytest.mark.parametrize(("trouble", "told"), TROUBLES.values(), ids=TROUBLES.keys())
def test_a_control_that_does_not_end_is_told(trouble: Callable[[], object], told: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(control, "_good_for_all", lambda *_: trouble())
    monkeypatch.setattr(control, "MAX_SECONDS", 1)
    found = good_seed([RNN], BAD, lambda: GOOD)
    assert found == Control(BAD, problem=told)
    assert found.text.endswith(f"the seed is used untested: {told}")


@pytest.fixture
def broken_grader(monkeypatch: pytest.MonkeyPatch) -> str:
    """A hidden test that breaks down on whatever it grades; what the control run reports about it."""

    def run(_assignment: object, jobs: Iterable[Job]) -> None:
        for job in jobs:
            job.finish(GraderError("the hidden test test_x broke down: TypeError"))

    for module in (control, grading):
        monkeypatch.setattr(module, "run_session", run)
    return "the seed is used untested: 02_shapes: the hidden test test_x broke down: TypeError"


def test_a_broken_grader_is_told_before_a_class_is_graded(broken_grader: str, tmp_path: Path, sandbox: Sandbox) -> None:
    folder = tmp_path / "submitted/ada" / SHAPES.name
    folder.mkdir(parents=True)
    (folder / f"{SHAPES.stem}.py").write_text("x = (")
    how = ClassOptions(tmp_path / "results", progress=False)
    work = find_submissions(tmp_path / "submitted", COURSE)
    plan = plan_class(COURSE, work, how, confined=True)
    # As on a cluster, where others grade: the control run is made here all the same.
    outcome = run_class(COURSE, work, plan, how, sandbox, grade=lambda _work, _take: None)
    (told,) = outcome.controls
    assert told.endswith(broken_grader)
    assert json.loads((tmp_path / "results/run.json").read_text())["controls"] == [told]


def test_a_broken_grader_is_told_when_another_program_asks(
    broken_grader: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """As `nbgrader autograde` does, which logs what comes on stderr."""
    (tmp_path / "shapes.py").write_text("x = (")
    submissions = {"ada": str(tmp_path / "shapes.py")}
    request = {"assignment": SHAPES.name, "seed": None, "submissions": submissions, "workers": 1, "unconfined": True}
    monkeypatch.setattr(sys, "stdin", io.StringIO(json.dumps(request)))
    monkeypatch.setattr(sys, "argv", ["on_request", str(COURSE.root)])
    assert on_request.main() == 0
    printed = capsys.readouterr()
    assert broken_grader in printed.err
    document = json.loads(printed.out)
    assert (document["verdict"], document["score"]) == ("grader_error", None)
    assert any(broken_grader in flag for flag in document["flags"])


def test_a_seed_that_is_given_is_used_as_it_is(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
    monkeypatch.setattr(control, "MARGIN", 0.0)
    result = grade(RNN, SubmissionRef("ada", RNN.solution, seed=BAD, only="rnn_cell_step"), sandbox)
    assert (result.seed, result.score, result.flags) == (BAD, result.max_score, ())
