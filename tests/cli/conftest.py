"""One warm sandbox for all tests of grading, and the course that they grade."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from autograder.course import Course
from autograder.sandbox import Sandbox


@pytest.fixture(scope="session")
def course() -> Course:
    return Course()


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    with Sandbox() as warm:
        yield warm
