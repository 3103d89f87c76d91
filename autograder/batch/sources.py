"""The text of the submissions behind results, for the section on similar submissions and for tools that compare them."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from pathlib import Path

from autograder.course import Assignment, Course
from autograder.intake.source import RejectedInput, read_submission

from .pool import find_submissions


def known_texts(assignment: Assignment) -> list[str]:
    """Text that says nothing about copying, because everybody has seen it or may write it: the stub and the solution."""
    stub = assignment.module
    return [assignment.solution_module, *([stub.read_text(encoding="utf-8")] if stub.exists() else [])]


def export(place: Path, assignment: Assignment, texts: Mapping[str, str]) -> None:
    """Write `submissions/<student>/<name>.py`, `base/<name>.py` (the stub) and `info.csv` (for Dolos) into `place`."""
    name = f"{assignment.stem}.py"
    _write(place / "base" / name, assignment.module.read_text(encoding="utf-8"))
    rows = []
    for student, text in texts.items():
        path = place / "submissions" / student / name
        _write(path, text)
        rows.append([path.relative_to(place).as_posix(), student, student])
    with (place / "info.csv").open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([["filename", "label", "full_name"], *rows])


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8", errors="replace")


def texts_in(folder: Path, course: Course, assignment: Assignment) -> Iterator[tuple[str, str]]:
    """(student, code) of each submission that can be read."""
    for name, ref in find_submissions(folder, course):
        if name != assignment.name or ref.path is None:
            continue
        try:
            source = read_submission(ref.path, assignment.stem)
        except (RejectedInput, OSError):
            continue
        yield ref.student, "\n\n".join([*source.cells, *source.helpers.values()])
