"""What nbgrader's converter reads instead of submitted/: a clean notebook per submission, and the regular files beside it."""

from __future__ import annotations

import os
import shutil
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode
from nbgrader.utils import parse_utc

from autograder.course import Assignment
from autograder.intake import handed_out
from autograder.intake.source import read_hand_in
from autograder.intake.text import decode
from autograder.results import Result

from .notebooks import as_notebook

TIMESTAMP = "timestamp.txt"
UNREADABLE = "timestamp.txt.unreadable"
MAX_COPIED = 100 << 20  # bytes of the files beside a notebook


@dataclass(frozen=True)
class Submission:
    """One student's submission in submitted/."""

    student: str
    path: Path


def stage(folder: Path, assignment: Assignment, submission: Submission, result: Result, source: NotebookNode) -> None:
    """Put the graded submission into `folder`, in nbgrader's layout."""
    place = folder / submission.student / assignment.name
    place.mkdir(parents=True)
    hand_in = read_hand_in(submission.path, assignment.stem, handed_out(assignment))
    nbformat.write(as_notebook(hand_in, result, source), place / f"{assignment.stem}.ipynb")
    for name in _plain_files(submission.path):
        (place / name).parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(submission.path / name, place / name, follow_symlinks=False)


def _plain_files(folder: Path) -> Iterator[Path]:
    """Copy regular files, but no notebooks and no links: a link's target would reach the student with the feedback."""
    total = 0
    for path, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if not name.startswith((".", "__"))]
        for name in sorted(names):
            found = os.lstat(os.path.join(path, name))
            total += found.st_size
            if stat.S_ISREG(found.st_mode) and total <= MAX_COPIED and not name.endswith((".ipynb", ".zip")):
                yield Path(path, name).relative_to(folder)


def settle_timestamp(folder: Path) -> str | None:
    """Make timestamp.txt readable for nbgrader, or rename it; return what was done, if anything.

    nbgrader ends the run for the whole class at one that it cannot read, and so does Formgrader's list.
    """
    path = folder / TIMESTAMP
    if not os.path.lexists(path):
        return None
    try:
        data = path.read_bytes() if stat.S_ISREG(os.lstat(path).st_mode) else b""
        text = decode(data, TIMESTAMP)[0].strip()
        parse_utc(text)
    except Exception:  # dateutil raises many types
        path.rename(folder / UNREADABLE)
        return f"{TIMESTAMP} could not be read and is now {UNREADABLE}: no time of submission is known, so nothing counts as late"
    if data.strip() == text.encode():
        return None
    path.unlink()
    path.write_text(text)
    return f"{TIMESTAMP} was not plain text. It was written anew"
