"""Scores as the importers of Canvas, Moodle and Blackboard read them: CSV text.

A student's name in our folders is taken for the login in the LMS, by which each importer finds the person. An assignment that
was not handed in, or has no score because of us, is an empty cell: the importers leave such a score as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from autograder.results import Result

from .cells import Cell, csv_text


@dataclass(frozen=True)
class Gradebook:
    """The scores of a class. max_scores: by assignment, in the order of the columns. scores: by student, then assignment."""

    max_scores: Mapping[str, float]
    scores: Mapping[str, Mapping[str, float | None]]

    @classmethod
    def of_results(cls, results: Iterable[Result]) -> Gradebook:
        max_scores: dict[str, float] = {}
        scores: dict[str, dict[str, float | None]] = {}
        for result in results:
            max_scores[result.assignment] = max(result.max_score, max_scores.get(result.assignment, 0.0))
            scores.setdefault(result.student, {})[result.assignment] = result.score
        return cls(dict(sorted(max_scores.items())), dict(sorted(scores.items())))

    def row(self, student: str) -> list[Cell]:
        return [self.scores[student].get(assignment) for assignment in self.max_scores]


def canvas(book: Gradebook) -> str:
    """Canvas, Grades > Import: five columns that say who it is, and a second row with the points possible."""
    head: list[Cell] = ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", *book.max_scores]
    points: list[Cell] = ["Points Possible", None, None, None, None, *book.max_scores.values()]
    return csv_text([head, points, *([name, None, None, name, None, *book.row(name)] for name in book.scores)])


def moodle(book: Gradebook) -> str:
    """Moodle, Grades > Import > CSV file: map `username` to the username and each assignment to its grade item."""
    return csv_text([["username", *book.max_scores], *([name, *book.row(name)] for name in book.scores)])


def blackboard(book: Gradebook) -> str:
    """Blackboard, Grade Center > Work Offline > Upload: comma delimited, every field quoted, `Username` says who it is."""
    return csv_text([["Username", *book.max_scores], *([name, *book.row(name)] for name in book.scores)], quote_all=True)
