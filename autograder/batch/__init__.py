"""Grade one submission, several, or a class. Grading is imported on first use: reading results does not need torch."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .grading import SubmissionRef, fresh_seed, grade, grade_many

__all__ = ["SubmissionRef", "fresh_seed", "grade", "grade_many"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import grading

    return getattr(grading, name)
