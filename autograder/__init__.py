"""The course on recurrent networks in PyTorch: how it is built, verified and graded.

The Python API is in `autograder.api`, which is imported when one of its names is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from .api import ClassOutcome, Result, compare_results, grade_class, grade_submission, read_results, report

__version__ = "1.0.0"
__all__ = ["ClassOutcome", "Result", "compare_results", "grade_class", "grade_submission", "read_results", "report"]


def __getattr__(name: str) -> Any:
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from . import api

    return getattr(api, name)
