"""Every misconception, as a submission, loses points in its task and is named.

A misconception in a grader file is its own test. The text that a student reads is in messages/, one file each, to make every
change of wording visible for review: `ACCEPT_MESSAGES=1 pytest tests/graders` writes them.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from autograder.batch import SubmissionRef, grade_many
from autograder.course import Assignment, Course
from autograder.intake.source import SubmissionSource
from autograder.judge.catalogue import misconceptions_of
from autograder.judge.misconceptions import Misconception
from autograder.reports.text import task_text
from autograder.results import Result
from autograder.sandbox import Sandbox
from autograder.verify.published import UNREAD_TASK, message_name
from benchmarks.misconceptions import document, page


def all_forms() -> Iterator[tuple[Assignment, str, Misconception, int]]:
    """Every form of every misconception.

    Training takes longest: of its mistakes two forms in the first exercise that has them, and in the later ones one form of every
    other mistake, or of one in three where the exercises share it word for word. `python -m benchmarks.named_mistakes` grades
    them all.
    """
    words: list[tuple[object, ...]] = []
    names: set[tuple[str, str]] = set()
    for place, assignment in enumerate(Course().assignments):
        before = set(names)
        for task, misconception in misconceptions_of(assignment):
            mistake = task, misconception.name, misconception.swaps, misconception.forms
            again = task == UNREAD_TASK and (task, misconception.name) in before
            shared = mistake in words
            words.append(mistake)
            if (shared and len(misconception.name) % 3) or (again and (len(misconception.name) + place) % 2):
                continue
            names.add((task, misconception.name))
            count = max(1, len(misconception.forms))
            if task == UNREAD_TASK:
                count = 1 if again else min(2, count)
            yield from ((assignment, task, misconception, form) for form in range(count))


ALL = list(all_forms())
# What a student reads of a wrong training names epochs and words that depend on the machine's rounding.
READABLE = [number for number, (_, task, _, _) in enumerate(ALL) if task != UNREAD_TASK]
SEED = 20  # messages are compared word for word, so the inputs are fixed
MESSAGES = Path(__file__).with_name("messages")
TRAINED_WORD = re.compile(r"'[ehlo]{5}'")  # what a wrongly trained model says depends on the machine's rounding


def golden(number: int) -> Path:
    """The file of a message. The forms of a mistake are numbered."""
    assignment, task, misconception, form = ALL[number]
    place = f"-{form + 1}" if misconception.forms else ""
    return MESSAGES / assignment.name / task / f"{message_name(misconception.name)}{place}.txt"


# Those of a draft need not be kept before it is published.
READ = [n for n in READABLE if not ALL[n][0].draft or os.environ.get("ACCEPT_MESSAGES") or golden(n).is_file()]


@cache
def graded(assignment: Assignment, sandbox: Sandbox) -> dict[int, Result]:
    """All misconceptions of an assignment, graded in one go, by their place in ALL."""
    mine = {n: (task, m, form) for n, (a, task, m, form) in enumerate(ALL) if a == assignment}
    entries = [
        SubmissionRef(
            m.name,
            source=SubmissionSource("module", assignment.stem, (m.submissions(assignment, task)[form],), ""),
            seed=SEED,
            only=task,
        )
        for task, m, form in mine.values()
    ]
    results: list[Result] = []
    grade_many(assignment, entries, sandbox, results.append)
    return dict(zip(mine, results, strict=True))


def case_id(number: int) -> str:
    return golden(number).relative_to(MESSAGES).with_suffix("").as_posix()


# From this seed's start a decay of 0.0001 moves the weights by no more than two forms of the solution may differ: not named.
TOO_FAINT = {"01_rnn_cell/train/weight-decay-added-6"}


@pytest.mark.parametrize("number", range(len(ALL)), ids=case_id)
def test_is_recognised(number: int, sandbox: Sandbox) -> None:
    assignment, task, misconception, _ = ALL[number]
    result = graded(assignment, sandbox)[number]
    assert result.verdict == "graded"
    assert result.score < result.max_score
    tests = next(t.tests for t in result.tasks if t.task == task)
    failed = [test for test in tests if test.outcome == "failed"]
    names = {test.misconception for test in failed}
    if case_id(number) in TOO_FAINT:
        assert names == {None}
        return
    assert misconception.name in names, [test.message for test in failed]
    assert any(misconception.advice in test.message for test in failed)


@pytest.mark.parametrize("number", READ, ids=case_id)
def test_message_is_the_one_that_was_read(number: int, sandbox: Sandbox) -> None:
    assignment, task, _, _ = ALL[number]
    result = graded(assignment, sandbox)[number]
    text = TRAINED_WORD.sub("'.....'", task_text(next(t for t in result.tasks if t.task == task), result))
    file = golden(number)
    if os.environ.get("ACCEPT_MESSAGES"):
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
    assert file.is_file(), f"{file.name} is missing. Read the message, then run with ACCEPT_MESSAGES=1:\n{text}"
    assert text == file.read_text()


def test_no_message_outlives_its_misconception() -> None:
    assert set(MESSAGES.rglob("*.txt")) == {golden(number) for number in READ}


def test_the_list_in_the_docs_is_current() -> None:
    course = Course()
    assert page(course).read_text() == document(course), "run: python -m benchmarks.misconceptions"


STEP_AND_LOOP = {"05_lstm": ("lstm_cell_step", "lstm_forward"), "06_gru": ("gru_cell_step", "gru_forward")}
IN_A_LOOP = {  # where a mistake of the step is one of the loop
    "h and c swapped in the result": "result of the step unpacked as c, h",
    "old cell state returned": "cell state not carried forward",
    "state detached": "state detached at every step",
}


@pytest.mark.parametrize("name", STEP_AND_LOOP)
def test_a_mistake_of_the_step_is_recognised_inside_the_loop(name: str, sandbox: Sandbox) -> None:
    """Who writes the equations into the loop, and leaves a right step beside it, reads the same advice."""
    assignment, (step, loop) = Course()[name], STEP_AND_LOOP[name]

    def stub(module: str, task: str) -> str:
        return re.search(rf"(?ms)^def {task}\(.*?(?=^def |^class |\Z)", module)[0]

    entries = []
    for task, misconception in misconceptions_of(assignment):
        if task == step:
            own = stub(misconception.submissions(assignment, step)[0], step).replace(f"def {step}(", "def error_carried_forward(")
            right = stub(assignment.solution_module, loop)
            module = assignment.solution_module.replace(right, own + right.replace(f"{step}(", "error_carried_forward("))
            source = SubmissionSource("module", assignment.stem, (module,), "")
            entries.append(SubmissionRef(misconception.name, source=source, seed=SEED, only=loop))
    results: list[Result] = []
    grade_many(assignment, entries, sandbox, results.append)
    assert len(results) > 20
    for result in results:
        names = {test.misconception for graded in result.tasks for test in graded.tests if test.outcome == "failed"}
        assert IN_A_LOOP.get(result.student, result.student) in names, (result.student, names)
