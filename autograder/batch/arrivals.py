"""Find submissions that arrive in a folder, by polling, and tell which of them are complete.

Polling rather than inotify: network file systems report no changes, and polling needs no thread beside the forks of the pool.
"""

from __future__ import annotations

import ast
import errno
import fcntl
import os
import re
import stat
import warnings
from collections.abc import Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from autograder.course import Course
from autograder.intake.files import MAX_DEPTH, MAX_FILES
from autograder.intake.source import RejectedInput, read_submission

SETTLED_S = 0.3  # a submission is complete when it has not changed for this long;
INCOMPLETE_S = 3.0  # for this long when it cannot be parsed;
WRITTEN_S = 60.0  # for this long when a process of this machine has it open for writing
TEMPORARY = re.compile(r"[.#~].*|.*(~|\.(part|partial|filepart|crdownload|tmp|temp|swp|swx|new))|4913", re.IGNORECASE | re.DOTALL)

Key = tuple[str, str]  # student, assignment
Stamp = tuple[str, int, int, int]  # name, size, time of change, inode
Signature = tuple[Stamp, ...]


@dataclass(frozen=True)
class Look:
    """What the folder held at one moment. unknown: folders that match no assignment. unreadable: students we cannot read."""

    signatures: Mapping[Key, Signature]
    unknown: frozenset[str] = frozenset()
    unreadable: frozenset[str] = frozenset()


def look(folder: Path, course: Course) -> Look:
    """Every submission in nbgrader's layout, except those with nothing but temporary files so far.

    Raises OSError when `folder` itself cannot be read.
    """
    known = {assignment.name for assignment in course.assignments}
    found: dict[Key, Signature] = {}
    unknown, unreadable = set(), set()
    with os.scandir(folder) as students:
        names = [entry.name for entry in students if not entry.name.startswith(".") and entry.is_dir()]
    for student in names:
        try:
            with os.scandir(folder / student) as entries:
                for entry in entries:
                    if entry.name in known and (signature := _signature(entry)):
                        found[student, entry.name] = signature
                    elif entry.name not in known and entry.is_dir() and not entry.name.startswith((".", "__")):
                        unknown.add(entry.name)
        except (FileNotFoundError, NotADirectoryError):  # removed in the meantime
            continue
        except OSError:
            unreadable.add(student)
    return Look(found, frozenset(unknown), frozenset(unreadable))


def _signature(entry: os.DirEntry[str]) -> Signature:
    try:
        return tuple(sorted(islice(_stamps(entry, "", MAX_DEPTH), MAX_FILES)))
    except FileNotFoundError:
        return ()
    except OSError as error:  # its result says that it cannot be read
        return (("", -(error.errno or 0), 0, 0),)


def _stamps(entry: os.DirEntry[str], above: str, depth: int) -> Iterator[Stamp]:
    if entry.is_dir(follow_symlinks=False):
        if depth >= 0:
            with os.scandir(entry.path) as inside:
                for inner in inside:
                    if not TEMPORARY.fullmatch(inner.name):
                        yield from _stamps(inner, f"{above}{inner.name}/", depth - 1)
        return
    state = entry.stat(follow_symlinks=False)
    yield above, state.st_size, state.st_mtime_ns, state.st_ino


@dataclass
class Arrivals:
    """Which submissions are new or have changed; each is reported once, when it is complete."""

    folder: Path
    course: Course
    _since: dict[Key, tuple[Signature, float]] = field(default_factory=dict)
    _whole: dict[Key, tuple[Signature, bool]] = field(default_factory=dict)
    _told: dict[Key, Signature] = field(default_factory=dict)

    def complete(self, seen: Mapping[Key, Signature], moment: float, busy: Collection[Key] = ()) -> list[Key]:
        """The submissions in `seen` to grade now. moment: when they were seen, in seconds. busy: being graded, so they wait."""
        for table in (self._since, self._whole, self._told):
            for key in [key for key in table if key not in seen]:
                del table[key]  # it was removed
        found = []
        for key, signature in seen.items():
            if self._told.get(key) == signature:
                continue
            if key not in self._since or self._since[key][0] != signature:
                self._since[key] = signature, moment
            age = moment - self._since[key][1]
            if age >= SETTLED_S and key not in busy and age >= self._wait(key, signature):
                self._told[key] = signature
                found.append(key)
        return found

    def path(self, key: Key) -> Path:
        student, assignment = key
        return self.folder / student / assignment

    def _wait(self, key: Key, signature: Signature) -> float:
        path = self.path(key)
        if any(being_written(path / name if name else path) for name, *_ in signature):
            return WRITTEN_S
        if key not in self._whole or self._whole[key][0] != signature:
            self._whole[key] = signature, reads_whole(path, self.course[key[1]].stem)
        return SETTLED_S if self._whole[key][1] else INCOMPLETE_S


def being_written(path: Path) -> bool:
    """Whether a process of this machine has the file open for writing: then the kernel refuses a lease on it.

    Where there are no leases, as on most network file systems, this is False. When somebody opens the file for writing while we
    hold the lease, the kernel sends SIGIO, which the caller must ignore.
    """
    try:
        fd = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return False
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            return False
        fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_RDLCK)
        with suppress(OSError):
            fcntl.fcntl(fd, fcntl.F_SETLEASE, fcntl.F_UNLCK)
        return False
    except OSError as error:
        return error.errno == errno.EAGAIN
    finally:
        os.close(fd)


def reads_whole(path: Path, stem: str) -> bool:
    """Whether it parses as a notebook, an archive or a module. Half a file usually does not."""
    try:
        source = read_submission(path, stem)
        if source.kind == "module":
            with warnings.catch_warnings(action="ignore"):
                ast.parse(source.cells[0])
    except (RejectedInput, OSError, SyntaxError, ValueError, RecursionError, MemoryError):
        return False
    return True
