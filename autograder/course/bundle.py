"""The zip for students: the exercises in both forms, the watcher, the requirements, and a page to start from.

It is made from the built trees. The same trees give the same bytes.
"""

from __future__ import annotations

import shutil
from collections.abc import Iterable
from pathlib import Path

from .archive import write_zip
from .assignment import Assignment
from .build import AT_THE_ROOT, copy_ours

NAME = "rnn-course"  # of the zip, and of the one folder in it
NOT_OURS = shutil.ignore_patterns("__pycache__", ".*")


def lay_out(assignments: Iterable[Assignment], folder: Path) -> None:
    """Copy the files for students into `folder`."""
    for assignment in assignments:
        for tree in ("assignments", "release"):
            shutil.copytree(assignment.root / tree / assignment.name, folder / tree / assignment.name, ignore=NOT_OURS)
    copy_ours((*AT_THE_ROOT, "START_HERE.md"), folder)


def pack(folder: Path, target: Path) -> int:
    """Zip the files below `folder` and return their number."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    return write_zip(target, {f"{NAME}/{path.relative_to(folder).as_posix()}": path.read_bytes() for path in files})
