"""Scores as CSV text for the importers of Canvas, Moodle and Blackboard.

A student's name in our folders is taken for the login in the LMS, by which each importer finds the person, unless `people` says
who it is there: by student, values under the importer's own column names, such as those of a roster that it exported.
What was not handed in, or has no score (needs attention, or our own fault), is an empty cell: the importers leave it as it is.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from autograder.results import Result

from .cells import Cell, csv_text

People = Mapping[str, Mapping[str, str]]
NOBODY: People = {}
# The columns that identify a student, and whether our folder name may be used there.
CANVAS = {"Student": True, "ID": False, "SIS User ID": False, "SIS Login ID": True, "Section": False}
MOODLE = {"username": True}
BLACKBOARD = {"Username": True}


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


def _who(student: str, columns: Mapping[str, bool], people: People) -> list[Cell]:
    """The student's identity in the importer's columns: from the roster, otherwise our folder name where it is allowed."""
    known = people.get(student, {})
    return [known.get(column) or (student if may_be_ours else None) for column, may_be_ours in columns.items()]


def canvas(book: Gradebook, people: People = NOBODY) -> str:
    """Canvas, Grades > Import: five columns that identify the student, and a second row with the points possible."""
    head: list[Cell] = [*CANVAS, *book.max_scores]
    points: list[Cell] = ["Points Possible", None, None, None, None, *book.max_scores.values()]
    return csv_text([head, points, *([*_who(name, CANVAS, people), *book.row(name)] for name in book.scores)])


def moodle(book: Gradebook, people: People = NOBODY) -> str:
    """Moodle, Grades > Import > CSV file: map `username` to the username and each assignment to its grade item."""
    return csv_text([[*MOODLE, *book.max_scores], *([*_who(name, MOODLE, people), *book.row(name)] for name in book.scores)])


def blackboard(book: Gradebook, people: People = NOBODY) -> str:
    """Blackboard, Grade Center > Work Offline > Upload: comma delimited, every field quoted, the student in `Username`."""
    rows = ([*_who(name, BLACKBOARD, people), *book.row(name)] for name in book.scores)
    return csv_text([[*BLACKBOARD, *book.max_scores], *rows], quote_all=True)
