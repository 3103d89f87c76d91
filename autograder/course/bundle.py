"""The zip that students get: the exercises in both forms, the watcher, what to install, and a page to start from.

It is made from the built trees. The same trees give the same bytes.
"""

from __future__ import annotations

import shutil
import zipfile
from collections.abc import Iterable
from pathlib import Path

from .assignment import Assignment
from .build import AT_THE_ROOT, copy_ours

NAME = "rnn-course"  # of the zip, and of the one folder in it
STARTED = (2026, 1, 1, 0, 0, 0)  # when each file in the zip was last changed, so that the same files give the same bytes
NOT_OURS = shutil.ignore_patterns("__pycache__", ".*")


def lay_out(assignments: Iterable[Assignment], folder: Path) -> None:
    """Put what students get into `folder`."""
    for assignment in assignments:
        for tree in ("assignments", "release"):
            shutil.copytree(assignment.root / tree / assignment.name, folder / tree / assignment.name, ignore=NOT_OURS)
    copy_ours((*AT_THE_ROOT, "START_HERE.md"), folder)


def pack(folder: Path, target: Path) -> int:
    """Zip the files below `folder` and return their number."""
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for path in files:
            entry = zipfile.ZipInfo(f"{NAME}/{path.relative_to(folder).as_posix()}", STARTED)
            entry.external_attr = 0o644 << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, path.read_bytes())
    return len(files)
