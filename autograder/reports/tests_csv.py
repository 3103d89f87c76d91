"""Results as one CSV table: a row for each hidden test, with columns for its task and its submission."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from autograder.results import Result

from .cells import Cell, csv_text

COLUMNS = (
    "student", "assignment", "verdict", "score", "max_score", "task", "task_score", "task_max_score",
    "test", "outcome", "points", "misconception", "seed", "duration_s", "submission_sha256", "flags",
)  # fmt: skip


def tests_csv(results: Iterable[Result]) -> str:
    """The table. A task without tests has one row with an empty `test`; a submission without a score has empty scores."""
    return csv_text([COLUMNS, *(row for result in results for row in _rows(result))])


def _rows(result: Result) -> Iterator[list[Cell]]:
    head: list[Cell] = [result.student, result.assignment, result.verdict, result.score, result.max_score]
    flags = "; ".join(map(str, result.flags))
    tail: list[Cell] = [str(result.seed), round(result.duration_s, 3), result.submission_sha256, flags]
    if not result.tasks:
        yield [*head, *[None] * 7, *tail]
    for task in result.tasks:
        place: list[Cell] = [*head, task.task, None if result.score is None else task.score, task.max_score]
        if not task.tests:
            yield [*place, *[None] * 4, *tail]
        for test in task.tests:
            yield [*place, test.name, test.outcome, test.points, test.misconception, *tail]
