"""Bounds by cgroup v2 for each child, where a cgroup has been delegated to us: memory of every kind, and threads.

Below the cgroup in which the command was started:

    autograder-<pid>-judge    the command, its workers and the zygote, because a cgroup with processes hands on no controllers
    autograder-<pid>-<id>     one child, until it ends

What is left of a run is removed by the next one. Without delegation, resource limits bound the address space and the judge counts
threads, as they do with it.
"""

from __future__ import annotations

import contextlib
import functools
import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from .errors import SandboxLost
from .limits import Limits

PREFIX = "autograder-"
CONTROLLERS = frozenset({"memory", "pids"})
SYSTEMD = Path("/run/systemd/system")  # there when systemd owns the tree of cgroups
DELEGATED = ("user.delegate", "trusted.delegate")  # how systemd marks what it has given away
OPTIONAL = {"memory.swap.max"}  # absent on a kernel that does not account for swap


class NotDelegated(Exception):
    """There is no cgroup in which we may set limits, and why."""


def _make(folder: Path) -> None:
    folder.mkdir(exist_ok=True)


def _remove(folder: Path) -> None:
    folder.rmdir()  # a cgroup's files go with it; with a process in it this is refused


def _write(file: Path, text: str) -> None:
    fd = os.open(file, os.O_WRONLY | os.O_TRUNC)  # the kernel makes these files, never we
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


def _words(file: Path) -> list[str]:
    return file.read_text().split()


def own_folder(mounts: str, membership: str) -> Path:
    """The folder of this process's cgroup, from /proc/self/mountinfo and /proc/self/cgroup."""
    own = next((line.removeprefix("0::") for line in membership.splitlines() if line.startswith("0::")), None)
    for line in mounts.splitlines():
        place, _, kind = line.partition(" - ")
        root, mount = place.split()[3:5]
        if own is not None and kind.startswith("cgroup2 "):
            inside = os.path.relpath(own, root)
            if not inside.startswith(".."):
                return Path(mount) / inside
    raise NotDelegated("this process is in no cgroup of version 2 that is mounted")


def _given_by_systemd(folder: Path) -> bool:
    for name in DELEGATED:
        with contextlib.suppress(OSError):
            if os.getxattr(folder, name) == b"1":
                return True
    return False


def _may_use(folder: Path) -> frozenset[str]:
    """The controllers that we may use below it. Raises NotDelegated."""
    files = (folder, folder / "cgroup.procs", folder / "cgroup.subtree_control")
    if not all(os.access(file, os.W_OK) for file in files):
        raise NotDelegated("this process may not write to its own cgroup")
    if SYSTEMD.exists() and not _given_by_systemd(folder):
        raise NotDelegated("systemd has not delegated the cgroup of this process")
    controllers = CONTROLLERS.intersection(_words(folder / "cgroup.controllers"))
    if not controllers:
        raise NotDelegated("the cgroup of this process has no memory and no pids controller")
    return controllers


def _remove_leftovers(folder: Path) -> None:
    """Those whose process has ended, such as by kill -9."""
    for left in folder.glob(f"{PREFIX}*"):
        if not Path("/proc", left.name.split("-")[1]).exists():
            with contextlib.suppress(OSError):  # a child of it has yet to end
                _remove(left)


def _hand_on(folder: Path, controllers: frozenset[str]) -> None:
    """Let the cgroups below have the controllers; for that this process moves down itself."""
    if controllers <= set(_words(folder / "cgroup.subtree_control")):
        return
    judge = folder / f"{PREFIX}{os.getpid()}-judge"
    inside = (folder / "cgroup.type").exists()  # the root has no type, and may have processes and controllers
    if inside and _words(folder / "cgroup.procs") != [str(os.getpid())]:
        raise NotDelegated("other processes are in the cgroup of this one")
    if inside:
        _make(judge)
        _write(judge / "cgroup.procs", str(os.getpid()))
    try:
        _write(folder / "cgroup.subtree_control", " ".join(f"+{name}" for name in sorted(controllers)))
    except OSError:
        if inside:
            _write(folder / "cgroup.procs", str(os.getpid()))
            _remove(judge)
        raise


@dataclass(frozen=True)
class Leaf:
    """The cgroup of one child."""

    folder: Path

    def out_of_memory(self) -> bool:
        """Whether the kernel ended a process here because this cgroup's own limit was met, not the machine's or one above it."""
        try:
            words = _words(self.folder / "memory.events")
        except OSError:  # no memory controller
            return False
        events = dict(zip(words[::2], map(int, words[1::2]), strict=True))
        return min(events.get("oom", 0), events.get("oom_kill", 0)) > 0

    def remove(self) -> None:
        """With what is still in it; a process that takes a while to go leaves an empty cgroup to the next run."""
        with contextlib.suppress(OSError):
            return _remove(self.folder)
        with contextlib.suppress(OSError):
            _write(self.folder / "cgroup.kill", "1")
            _remove(self.folder)


@dataclass(frozen=True)
class Cgroup:
    """A cgroup below which we may make others, and the controllers that they have."""

    folder: Path
    controllers: frozenset[str]

    def leaf(self, name: str, pid: int, settings: Mapping[str, int]) -> Leaf:
        """A cgroup with these limits and this process in it. Raises SandboxLost."""
        leaf = Leaf(self.folder / f"{PREFIX}{name}")
        try:
            _make(leaf.folder)
            for file, number in settings.items():
                if file.partition(".")[0] in self.controllers and (file not in OPTIONAL or (leaf.folder / file).exists()):
                    _write(leaf.folder / file, str(number))
            with contextlib.suppress(ProcessLookupError):  # it has just ended, as whoever waits for it will see
                _write(leaf.folder / "cgroup.procs", str(pid))
        except OSError as error:
            leaf.remove()
            raise SandboxLost(f"a child could not be put into a cgroup: {error}") from None
        return leaf

    def child(self, id: int, pid: int, limits: Limits, shared_bytes: int) -> Leaf:
        """The cgroup of a child; it may come to copy all the memory that it shares with its zygote."""
        settings = {
            "memory.max": limits.memory_bytes + shared_bytes,
            "memory.swap.max": 0,
            "memory.oom.group": 1,
            "pids.max": limits.threads + 1,
        }
        return self.leaf(f"{os.getpid()}-{id}", pid, settings)


def take(folder: Path) -> Cgroup:
    """Make the cgroup of this process ready for those of children. Raises NotDelegated."""
    if folder.name.startswith(PREFIX):  # a command started by one of ours
        folder = folder.parent
    try:
        controllers = _may_use(folder)
        _remove_leftovers(folder)
        _hand_on(folder, controllers)
    except OSError as error:
        raise NotDelegated(f"the cgroup of this process cannot be used: {error}") from None
    return Cgroup(folder, controllers)


@functools.lru_cache(maxsize=1)
def find() -> tuple[Cgroup | None, str]:
    """The cgroup that is ours, or None and the reason; decided once, and inherited by forks."""
    try:
        with open("/proc/self/mountinfo") as mounts, open("/proc/self/cgroup") as membership:
            return take(own_folder(mounts.read(), membership.read())), ""
    except (OSError, NotDelegated) as reason:
        return None, str(reason)
