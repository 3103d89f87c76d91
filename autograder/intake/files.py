"""The files of a submission as bytes in memory: from a folder, a zip or a single file, or from one folder or zip inside it.

Regular files only, caps on size and number; nothing is ever unpacked to disk, no link is followed.
"""

from __future__ import annotations

import errno
import hashlib
import os
import re
import stat
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from autograder.sanitize import one_line

from .rejected import RejectedInput
from .zipped import ZipRejected, members

MAX_BYTES = 100 << 20  # for a notebook with its outputs, and for all files together; nbgrader's own limit
MAX_FILES = 500
NO_FILE = (errno.ELOOP, errno.ENXIO, errno.ENODEV, errno.ENOTDIR, errno.EISDIR)  # a link, a socket, a device
MAX_DEPTH = 3  # folders and zips inside each other
SUFFIX = re.compile(r".*(\.(?:py|ipynb))(?:\.txt|\.json|\.download)?", re.IGNORECASE | re.DOTALL)  # browsers append these
NBGRADERS = ("timestamp.txt", "submission_secret.txt")  # files that nbgrader puts beside a submission
NOT_HANDED_IN = re.compile(r"\.|__|test_|conftest\.py$")


@dataclass(frozen=True)
class Files:
    """contents: bytes by name. others: names of other files. notes: what the student should know about where the files were."""

    contents: dict[str, bytes]
    others: tuple[str, ...] = ()
    notes: tuple[str, ...] = field(default=())


def suffix_of(name: str) -> str:
    """`.py` or `.ipynb`, also for names such as `rnn_cell.ipynb.txt`; '' for other files."""
    found = SUFFIX.fullmatch(name)
    return "" if found is None or NOT_HANDED_IN.match(name) else found[1].lower()


def read_files(path: Path, stem: str) -> Files:
    """Read the files. Raises RejectedInput for an invalid submission, OSError when we cannot read it, which is our fault."""
    try:
        mode = os.lstat(path).st_mode
        if stat.S_ISDIR(mode):
            return _read_folder(path, stem, MAX_DEPTH)
    except OSError as error:
        if error.errno not in NO_FILE:
            raise
        raise RejectedInput(f"{one_line(path.name, 80)} cannot be read: {error.strerror}.") from error
    if not stat.S_ISREG(mode):
        raise RejectedInput(f"{one_line(path.name, 80)} is not a regular file. Hand in the file itself, not a link or a device.")
    if path.suffix.lower() == ".zip":
        return Files(_unzipped(_read_file(path)))
    suffix = suffix_of(path.name) or path.suffix.lower()
    if suffix in (".py", ".ipynb"):
        return Files({f"{stem}{suffix}": _read_file(path)})
    raise RejectedInput(f"{one_line(path.name, 80)} is neither .py, .ipynb, .zip nor a folder.")


def _read_file(path: Path, folder: int | None = None) -> bytes:
    """A regular file's bytes. It is opened once and links are not followed, so changing the path meanwhile has no effect."""
    name = path.name if folder is not None else path
    try:
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except OSError as error:
        if error.errno not in NO_FILE:
            raise
        raise RejectedInput(f"{one_line(path.name, 80)} cannot be opened: {error.strerror}. Is it a link?") from error
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise RejectedInput(f"{one_line(path.name, 80)} is not a regular file.")
        with os.fdopen(fd, "rb", closefd=False) as file:
            data = file.read(MAX_BYTES + 1)
    finally:
        os.close(fd)
    if len(data) > MAX_BYTES:
        raise RejectedInput(f"{one_line(path.name, 80)} is larger than {MAX_BYTES >> 20} MiB. Clear the outputs and save again.")
    return data


def _unzipped(data: bytes) -> dict[str, bytes]:
    try:
        return members(data, MAX_FILES, MAX_BYTES)
    except ZipRejected as error:
        raise RejectedInput(str(error), hashlib.sha256(data).hexdigest()) from error


def _read_folder(path: Path, stem: str, depth: int) -> Files:
    """The relevant files of a folder: the assignment's own, copies of it, and Python modules beside them."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in islice(entries, MAX_FILES + 1))
        if len(names) > MAX_FILES:
            raise RejectedInput(f"The folder holds more than {MAX_FILES} files.")
        found = _read_candidates(names, stem, folder)
    finally:
        os.close(folder)
    others = tuple(name for name in names if name not in found and not name.startswith((".", "__", *NBGRADERS)))
    if any(map(suffix_of, found)) or not depth:
        return Files(found, others)
    inner = [inside for name in others if (inside := _inside(path / name, stem, depth - 1)) is not None]
    if len(inner) > 1:
        raise RejectedInput("Several folders or zip files hold a file that could be meant. Hand in one of them.")
    return inner[0] if inner else Files(found, others)


def _read_candidates(names: list[str], stem: str, folder: int) -> dict[str, bytes]:
    found: dict[str, bytes] = {}
    own = [name for name in names if name in (f"{stem}.py", f"{stem}.ipynb")]
    rest = [name for name in names if (suffix_of(name) or name.endswith(".py")) and _is_regular(name, folder)]
    for name in dict.fromkeys([*own, *rest]):
        found[name] = _read_file(Path(name), folder)
        if sum(map(len, found.values())) > MAX_BYTES:
            raise RejectedInput(f"The files of the folder are larger than {MAX_BYTES >> 20} MiB together.")
    return found


def _inside(path: Path, stem: str, depth: int) -> Files | None:
    """The files of the folder or zip at `path`, if one of them can be graded; otherwise None."""
    mode = os.lstat(path).st_mode
    if stat.S_ISDIR(mode):
        files = _read_folder(path, stem, depth)
    elif stat.S_ISREG(mode) and path.suffix.lower() == ".zip":
        files = Files(_unzipped(_read_file(path)))
    else:
        return None
    if not any(map(suffix_of, files.contents)):
        return None
    return Files(files.contents, files.others, (f"The file was found inside {one_line(path.name, 80)}.", *files.notes))


def _is_regular(name: str, folder: int) -> bool:
    try:
        return stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except OSError:  # removed in the meantime
        return False
