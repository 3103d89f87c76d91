"""Every misconception, as a submission, loses points in its task and only there, and is named.

Whoever adds one to a grader file has added its test as well. What a student would read stands in messages/, one file each, so
that a change of wording is seen and read as a student who is stuck: `ACCEPT_MESSAGES=1 pytest tests/grading` writes them.
"""

from __future__ import annotations

import os
import re
from functools import cache
from pathlib import Path

import pytest

from autograder.course import Assignment, Course
from autograder.judge import Entry, Misconception, Result, grade_many
from autograder.judge.catalogue import misconceptions_of
from autograder.judge.intake import Intake
from autograder.reports.text import task_text
from autograder.sandbox import Sandbox

ALL = [(a, task, m) for a in Course().assignments for task, m in misconceptions_of(a)]
SEED = 20  # messages are compared word for word, so the inputs are fixed
MESSAGES = Path(__file__).with_name("messages")
TRAINED_WORD = re.compile(r"'[ehlo]{5}'")  # what a wrongly trained model says depends on the machine's rounding


def file_name(misconception: Misconception) -> str:
    return re.sub(r"[^a-z0-9]+", "-", misconception.name.lower()).strip("-")


def case_id(value: object) -> str:
    if isinstance(value, Assignment):
        return value.name
    return value.name.replace(" ", "-") if isinstance(value, Misconception) else str(value)


@cache
def graded(assignment: Assignment, sandbox: Sandbox) -> dict[tuple[str, str], Result]:
    mine = [(task, m) for a, task, m in ALL if a == assignment]
    entries = [
        Entry(m.name, intake=Intake("module", assignment.stem, (m.submission(assignment, task),), ""), seed=SEED) for task, m in mine
    ]
    results: list[Result] = []
    grade_many(assignment, entries, sandbox, results.append)
    return {(task, m.name): result for (task, m), result in zip(mine, results, strict=True)}


@pytest.mark.parametrize(("assignment", "task", "misconception"), ALL, ids=case_id)
def test_is_recognised(assignment: Assignment, task: str, misconception: Misconception, sandbox: Sandbox) -> None:
    result = graded(assignment, sandbox)[task, misconception.name]
    assert result.verdict == "graded"
    assert [t.task for t in result.tasks if t.score != t.max_score] == [task]
    tests = next(t.tests for t in result.tasks if t.task == task)
    named = {test.misconception for test in tests if test.outcome == "failed"}
    assert misconception.name in named, [test.message for test in tests if test.outcome == "failed"]
    assert any(misconception.advice in test.message for test in tests)


@pytest.mark.parametrize(("assignment", "task", "misconception"), ALL, ids=case_id)
def test_message_is_the_one_that_was_read(
    assignment: Assignment, task: str, misconception: Misconception, sandbox: Sandbox
) -> None:
    result = graded(assignment, sandbox)[task, misconception.name]
    text = TRAINED_WORD.sub("'.....'", task_text(next(t for t in result.tasks if t.task == task), result))
    golden = MESSAGES / assignment.name / task / f"{file_name(misconception)}.txt"
    if os.environ.get("ACCEPT_MESSAGES"):
        golden.parent.mkdir(parents=True, exist_ok=True)
        golden.write_text(text)
    assert golden.is_file(), f"{golden.name} is missing. Read the message, then run with ACCEPT_MESSAGES=1:\n{text}"
    assert text == golden.read_text()


def test_no_message_outlives_its_misconception() -> None:
    wanted = {MESSAGES / a.name / task / f"{file_name(m)}.txt" for a, task, m in ALL}
    assert set(MESSAGES.rglob("*.txt")) == wanted


@pytest.mark.parametrize("assignment", Course().assignments, ids=case_id)
def test_there_are_enough(assignment: Assignment) -> None:
    """Eight for each cell, loop and training task, five for each other one."""
    found = [task for a, task, _ in ALL if a == assignment]
    for task in assignment.tasks:
        loop = task.name.endswith(("_step", "_step_paper", "_forward", "cell", "cells", "train"))
        assert found.count(task.name) >= (8 if loop else 5), task.name


def test_names_are_unique_in_a_task() -> None:
    keys = [(a.name, task, m.name) for a, task, m in ALL]
    assert len(set(keys)) == len(keys)
