"""Rarer mistakes, and two common ones made together, lose points and are named: a sample of each task's.

The share of all of them is printed by `python -m benchmarks.named_mistakes`.
"""

from __future__ import annotations

import pytest

from autograder.batch import SubmissionRef, grade_many
from autograder.course import Assignment, Course
from autograder.intake.source import SubmissionSource
from autograder.judge.catalogue import families_of, misconceptions_of
from autograder.judge.misconceptions import AND, Misconception, pairs_of
from autograder.results import Result
from autograder.sandbox import Sandbox

CELLS = {"05_lstm": "lstm_cell_step", "06_gru": "gru_cell_step"}
EQUIVALENT = {f"z and 1 - z swapped{AND}reset before the product": "the lecture's form"}
EVERY = 12  # of a family's members one in so many is graded here


def named(assignment: Assignment, task: str, mistakes: list[Misconception], sandbox: Sandbox) -> dict[str, set[str | None]]:
    """The names that the feedback gives to each mistake, made in the solution."""
    entries = [
        SubmissionRef(m.name, source=SubmissionSource("module", assignment.stem, (source,), ""), seed=31, only=task)
        for m in mistakes
        for source in m.submissions(assignment, task)[:1]
    ]
    found: list[Result] = []
    grade_many(assignment, entries, sandbox, found.append)
    return {
        result.student: {test.misconception for graded in result.tasks for test in graded.tests if test.outcome == "failed"}
        for result in found
    }


@pytest.mark.parametrize("name", CELLS)
def test_a_member_of_a_family_is_named(name: str, sandbox: Sandbox) -> None:
    assignment, task = Course()[name], CELLS[name]
    members = [m for t, m in families_of(assignment) if t == task][::EVERY]
    assert len(members) > 5
    for mistake, names in named(assignment, task, members, sandbox).items():
        assert mistake in names


@pytest.mark.parametrize("name", CELLS)
def test_two_mistakes_are_both_told(name: str, sandbox: Sandbox) -> None:
    assignment, task = Course()[name], CELLS[name]
    pairs = list(pairs_of(m for t, m in misconceptions_of(assignment) if t == task))[::EVERY]
    assert len(pairs) > 2
    for mistake, names in named(assignment, task, pairs, sandbox).items():
        assert {mistake, EQUIVALENT.get(mistake)} & names
