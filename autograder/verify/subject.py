"""The subject of a rule, and the type of a rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.course import Assignment
from autograder.sandbox import Sandbox


@dataclass(frozen=True)
class Subject:
    """One assignment under verification: its files, freshly built trees to compare with, and a warm sandbox."""

    assignment: Assignment
    fresh: Path
    sandbox: Sandbox


Rule = Callable[[Subject], Iterator[str]]  # yields what breaks it; its docstring is printed
