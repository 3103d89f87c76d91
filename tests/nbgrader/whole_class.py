"""The whole troubled class, with its own command: `python -m pytest tests/nbgrader/whole_class.py` (some minutes)."""

from __future__ import annotations

from tests.nbgrader.test_troubled_class import *  # noqa: F403  the same tests
from tests.nbgrader.troubled import CASES

NAMES = tuple(CASES)


def test_the_class_is_large() -> None:
    assert len(NAMES) >= 70
