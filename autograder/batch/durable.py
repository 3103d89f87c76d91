"""Files of a results folder: whole or not at all, also when the power goes, and written by one run at a time."""

from __future__ import annotations

import errno
import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

LOCK = ".lock"


def write_whole(path: Path, text: str) -> None:
    """Written beside its place, then moved there. Both are on the disk before this returns."""
    fresh = path.with_suffix(".new")
    with fresh.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)  # a rename alone may be undone by a power cut
    finally:
        os.close(folder)


@contextmanager
def only_run(folder: Path) -> Iterator[None]:
    """No other run writes into `folder` meanwhile. The lock dies with this process, and its workers do not have it.

    Raises BlockingIOError when another run is at work there.
    """
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / LOCK).open("a") as file:
        try:
            fcntl.lockf(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            if error.errno not in (errno.EAGAIN, errno.EACCES):
                raise
            text = "another run is writing results here. Wait until it ends, or give another folder"
            raise BlockingIOError(errno.EAGAIN, text, str(folder)) from None
        yield
