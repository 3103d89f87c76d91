"""The rule about the misconceptions in the grader files."""

from __future__ import annotations

from collections.abc import Iterator

from autograder.course import CourseError
from autograder.judge.catalogue import families_of, misconceptions_of

from .subject import Subject


def misconceptions_fit(subject: Subject) -> Iterator[str]:
    """Every misconception can be made in the solution as it stands."""
    for task, misconception in (*misconceptions_of(subject.assignment), *families_of(subject.assignment)):
        try:
            misconception.submissions(subject.assignment, task)
        except CourseError as error:
            yield str(error)
