"""Which students a command is about. nbgrader takes every name for a pattern, also `[abc]`, which is one that students have."""

from __future__ import annotations

import fnmatch
import glob
import os
from collections.abc import Iterable


def chosen(names: Iterable[str], pattern: str) -> list[str]:
    """The student of exactly that name, else those that the pattern fits; an empty pattern fits all. Sorted."""
    found = sorted(names)
    return [pattern] if pattern in found else [name for name in found if fnmatch.fnmatchcase(name, pattern or "*")]


def as_pattern(step: str, pattern: str) -> str:
    """A pattern for `glob` that says the same of the students in the folder `step`."""
    return glob.escape(pattern) if os.path.isdir(os.path.join(step, pattern)) else pattern
