"""Results on disk, FOLDER/<assignment>/<student>.json: the database of a class. Every report is a view of it.

A document that is replaced is kept under FOLDER/archive/<time>/, in the same layout.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Iterator
from pathlib import Path

from autograder.results import Result

from .durable import write_whole
from .run_record import NAME as RUN_RECORD
from .run_record import now

ARCHIVE = "archive"
LONGEST_NAME = 250  # bytes, so that the name with `.json` is within a file system's limit of 255


def document_path(folder: Path, assignment: str, student: str) -> Path:
    """The path of a result. A student's name that is too long for a file name is cut and gets a hash."""
    name = os.fsencode(student)
    if len(name) > LONGEST_NAME:
        student = name[: LONGEST_NAME - 32].decode("utf-8", "ignore") + "-" + hashlib.sha256(name).hexdigest()[:16]
    return folder / assignment / f"{student}.json"


def write(folder: Path, result: Result) -> None:
    """Write a result atomically; it is on disk when this returns."""
    path = document_path(folder, result.assignment, result.student)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, result.json() + "\n")


def read(path: Path) -> Result | None:
    """The result in a document; None when there is none or it is invalid."""
    try:
        return Result.from_json(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return None


def document_paths(folder: Path) -> list[Path]:
    """The paths of the documents in a results folder, by assignment, then by student."""
    return sorted(path for path in folder.glob("*/*.json") if path.parent.name != ARCHIVE)


def read_all(folder: Path) -> Iterator[Result]:
    """All results in a folder, one at a time. Invalid documents are skipped."""
    return (result for result in map(read, document_paths(folder)) if result is not None)


def read_folder(folder: Path) -> tuple[list[Result], list[str]]:
    """All results, one for each student and assignment, and a line about each document that was skipped."""
    documents = [(path, read(path)) for path in document_paths(folder)]
    documents.sort(key=lambda document: document[1] is not None and document[1].student != document[0].stem)  # copies last
    found: dict[tuple[str, str], Result] = {}
    passed_over = []
    for path, result in documents:
        if result is None:
            passed_over.append(f"{path.parent.name}/{path.name}, which is no result document")
        elif found.setdefault((result.assignment, result.student), result) is not result:
            passed_over.append(f"{path.parent.name}/{path.name}, a second result of {result.student}")
    return list(found.values()), sorted(passed_over)


class Archive:
    """Keeps the documents that a run replaces, with the record of the run that made them.

    Create it before the run writes anything. Its folder is created with the first document.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.count = 0
        self.path = folder / ARCHIVE / now().replace(":", "")
        for number in range(2, 1000):
            if not self.path.exists():
                break
            self.path = self.path.with_name(f"{now().replace(':', '')}-{number}")
        record = folder / RUN_RECORD
        self._record = record.read_bytes() if record.exists() else b""

    def keep(self, assignment: str, student: str) -> None:
        """Copy the document that is about to be replaced, if it exists."""
        path = document_path(self.folder, assignment, student)
        if not path.exists():
            return
        kept = document_path(self.path, assignment, student)
        kept.parent.mkdir(parents=True, exist_ok=True)
        if not self.count and self._record:
            (self.path / RUN_RECORD).write_bytes(self._record)
        shutil.copy2(path, kept)
        self.count += 1
