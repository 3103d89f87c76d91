"""The rules about the built trees."""

from __future__ import annotations

import filecmp
from collections.abc import Iterator

import nbformat

from autograder.course.build import TREES
from autograder.course.cells import grade_id

from .subject import Subject

NOT_OURS = {"__pycache__", ".ipynb_checkpoints"}  # made by Python and Jupyter
WIDTH = 104  # characters of code that JupyterLab shows on a screen 1280 wide, beside its list of files


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


def code_fits_the_screen(subject: Subject) -> Iterator[str]:
    """No line of code runs out of its cell in the notebook that students open."""
    path = subject.assignment.notebook_in("release")
    for cell in nbformat.read(path, as_version=4).cells:
        long = [line for line in cell.source.splitlines() if len(line) > WIDTH] if cell.cell_type == "code" else []
        for line in long:
            yield f"{subject.assignment.name}, {grade_id(cell)}: {len(line)} of {WIDTH} characters: {line.strip()[:60]}"
