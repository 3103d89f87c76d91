"""nbgrader's `autograde` with our judge instead of its Execute."""

from .preprocessors import configure

__all__ = ["configure"]
