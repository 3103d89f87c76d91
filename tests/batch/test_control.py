"""The control run: a seed on which the reference loses a point, or nearly so, is replaced before anybody is graded, and told."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from autograder.batch import SubmissionRef, control, grade, grading
from autograder.batch.control import ControlJob, good_seed
from autograder.batch.pool import find_submissions
from autograder.batch.run import ClassOptions, plan_class, run_class
from autograder.course import Course
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


def test_a_seed_that_is_given_is_used_as_it_is(monkeypatch: pytest.MonkeyPatch, sandbox: Sandbox) -> None:
    monkeypatch.setattr(control, "MARGIN", 0.0)
    result = grade(RNN, SubmissionRef("ada", RNN.solution, seed=BAD, only="rnn_cell_step"), sandbox)
    assert (result.seed, result.score, result.flags) == (BAD, result.max_score, ())
