"""The students that a command selects. nbgrader treats every name as a pattern, even a real name such as `[abc]`."""

from __future__ import annotations

import fnmatch
import glob
import os
from collections.abc import Iterable


def chosen(names: Iterable[str], pattern: str) -> list[str]:
    """The student of exactly that name, otherwise those that match the pattern, sorted. An empty pattern matches all."""
    found = sorted(names)
    return [pattern] if pattern in found else [name for name in found if fnmatch.fnmatchcase(name, pattern or "*")]


def as_pattern(step: str, pattern: str) -> str:
    """A pattern for `glob` that selects the same students in the folder `step`."""
    return glob.escape(pattern) if os.path.isdir(os.path.join(step, pattern)) else pattern
