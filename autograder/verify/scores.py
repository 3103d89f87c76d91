"""Rules about submissions whose score is known in advance."""

from __future__ import annotations

from collections.abc import Iterator

from autograder.batch import SubmissionRef, fresh_seed, grade, grade_many
from autograder.intake.source import SubmissionSource
from autograder.results import Result

from .degenerate import degenerate_answers
from .subject import Subject


def solutions_earn_full_marks(subject: Subject) -> Iterator[str]:
    """The solution earns full marks, as a module and as a notebook, and hidden tests give each task its points."""
    for path in (subject.assignment.solution, subject.assignment.notebook_in("source")):
        result = grade(subject.assignment, SubmissionRef("solution", path), subject.sandbox)
        if result.score is None:
            yield f"{path.name}: {result.verdict}: {result.message}"
            continue
        if result.score != result.max_score:
            yield f"{path.name}: {result.score} of {result.max_score}, {result.verdict} {result.message} (seed {result.seed})"
        for task, graded in zip(subject.assignment.tasks, result.tasks, strict=True):
            if task.points != graded.max_score:
                yield f"{task.name}: {task.points:g} points in the grade cell, {graded.max_score:g} in test_{task.name}.py"
            yield from (f"{task.name}, {test.name}: {test.message}" for test in graded.tests if test.outcome != "passed")


def stubs_earn_nothing(subject: Subject) -> Iterator[str]:
    """The untouched stubs earn nothing, as a module and as a notebook, and the message is kind."""
    for path in (subject.assignment.module, subject.assignment.notebook_in("release")):
        result = grade(subject.assignment, SubmissionRef("stub", path), subject.sandbox)
        if result.score != 0 or not result.not_started:
            yield f"{path.name}: {result.score} points, {result.verdict} {result.message}"


def empty_answers_earn_nothing(subject: Subject) -> Iterator[str]:
    """Zeros, ones, NaN, empty and echoed answers earn nothing in the task that gives them."""
    cases = list(degenerate_answers(subject.assignment))
    seed, stem = fresh_seed(), subject.assignment.stem  # one seed, as for a class: the right answers are computed once
    refs = [
        SubmissionRef(kind, source=SubmissionSource("module", stem, (source,), ""), seed=seed, only=name)
        for name, kind, source in cases
    ]
    found: list[Result] = []
    grade_many(subject.assignment, refs, subject.sandbox, found.append)
    for (name, kind, _), result in zip(cases, found, strict=True):
        scores = {task.task: task.score for task in result.tasks}
        if result.score is None or scores[name] != 0:
            yield f"{name}: the answer {kind!r} earns {scores.get(name)} points ({result.verdict} {result.message})"
