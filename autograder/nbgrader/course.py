"""The course of this installation, read once per nbgrader process."""

from __future__ import annotations

from functools import lru_cache

from autograder.course import Course


@lru_cache
def course() -> Course:
    return Course()
