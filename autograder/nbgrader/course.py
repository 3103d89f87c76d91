"""The course that this installation grades, read once for each nbgrader process."""

from __future__ import annotations

from functools import lru_cache

from autograder.course import Course


@lru_cache
def course() -> Course:
    return Course()
