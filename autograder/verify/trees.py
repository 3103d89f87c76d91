"""The rule about the built trees."""

from __future__ import annotations

import filecmp
from collections.abc import Iterator

from autograder.course.build import TREES

from .subject import Subject

NOT_OURS = {"__pycache__", ".ipynb_checkpoints"}  # what Python and Jupyter leave behind


def trees_are_current(subject: Subject) -> Iterator[str]:
    """source/, release/ and assignments/ are what `autograder build` makes."""
    name, root = subject.assignment.name, subject.assignment.root
    for tree in TREES:
        ours, theirs = subject.fresh / tree / name, root / tree / name
        wanted = {p.relative_to(ours) for p in ours.rglob("*") if p.is_file()}
        found = {p.relative_to(theirs) for p in theirs.rglob("*") if p.is_file() and NOT_OURS.isdisjoint(p.parts)}
        same = wanted == found and all(filecmp.cmp(ours / p, theirs / p, shallow=False) for p in wanted)
        if not same:
            saved = " (or was opened there and saved: work on a copy)" if tree == "release" else ""
            yield f"{tree}/{name} is out of date{saved}. Run: autograder build {name}"
