"""Write the files of a results folder atomically, even across a power cut, and by one run at a time."""

from __future__ import annotations

import errno
import fcntl
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

LOCK = ".lock"


def write_whole(path: Path, text: str) -> None:
    """Write a new file beside `path`, then move it there. Both steps are on disk when this returns.

    Raises OSError, with the path, when it cannot be written; what was there before stays.
    """
    short = hashlib.sha256(os.fsencode(path.name)).hexdigest()[:16]  # the name itself may be as long as a name can be
    fresh = path.with_name(f".{short}.new")
    try:
        with fresh.open("w", encoding="utf-8") as file:
            file.write(text)
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
    except OSError as error:  # of a full disk, Python does not say which file was being written
        with suppress(OSError):
            fresh.unlink(missing_ok=True)
        raise OSError(error.errno, error.strerror, str(path)) from error
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)  # a rename alone may be undone by a power cut
    finally:
        os.close(folder)


@contextmanager
def only_run(folder: Path) -> Iterator[None]:
    """Keep other runs from writing into `folder`. The lock ends with this process; its workers do not inherit it.

    Raises BlockingIOError when another run is writing there.
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
