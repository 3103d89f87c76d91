"""Results on disk, FOLDER/<assignment>/<student>.json: the journal of a class, from which a stopped run goes on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from autograder import __version__
from autograder.course import Course
from autograder.intake.source import RejectedInput, read_submission
from autograder.results import OUR_FAULT, Result

from .pool import Work


def write(folder: Path, result: Result) -> None:
    """Whole or not at all: written beside its place, then moved there."""
    path = _place(folder, result.assignment, result.student)
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    fresh.write_text(result.json() + "\n", encoding="utf-8")
    fresh.replace(path)


def split(folder: Path, course: Course, work: Sequence[Work], confined: bool) -> tuple[list[Result], list[Work]]:
    """What an earlier run has graded, and what is left to do.

    A result counts when the submission has not changed since, the grader is the same, and it says something about the
    submission.
    """
    found: list[Result] = []
    left: list[Work] = []
    for name, entry in work:
        result = _read(_place(folder, name, entry.student))
        known = result is not None and result.verdict not in OUR_FAULT
        if (
            known
            and (result.grader_version, result.confined) == (__version__, confined)
            and result.submission_sha256 == _sha256(entry.path, course[name].stem)
        ):
            found.append(result)
            continue
        left.append((name, entry))
    return found, left


def _place(folder: Path, assignment: str, student: str) -> Path:
    return folder / assignment / f"{student}.json"


def _read(path: Path) -> Result | None:
    try:
        return Result.from_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def _sha256(path: Path, stem: str) -> str | None:
    try:
        return read_submission(path, stem).sha256
    except RejectedInput as error:
        return error.sha256
