"""Run a command and measure it with all its descendants: wall time, processor time, peak memory."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

SAMPLE_S = 0.25


@dataclass(frozen=True)
class Cost:
    wall_s: float
    cpu_s: float
    peak_bytes: int = 0

    def __add__(self, other: Cost) -> Cost:
        return Cost(self.wall_s + other.wall_s, self.cpu_s + other.cpu_s, max(self.peak_bytes, other.peak_bytes))

    def __sub__(self, other: Cost) -> Cost:
        return self + other * -1

    def __mul__(self, factor: float) -> Cost:
        return Cost(self.wall_s * factor, self.cpu_s * factor, self.peak_bytes)


class CommandFailed(Exception):
    """A tool failed; the message ends with its output."""


def run(command: Sequence[str], folder: Path, status: Sequence[int] = (0,), **environment: str) -> Cost:
    """Run a command until it ends. Raises CommandFailed unless its exit status is in `status`."""
    log = folder / "command.log"
    with log.open("wb") as file:
        start = perf_counter()
        process = subprocess.Popen(
            command,
            cwd=folder,
            stdin=subprocess.DEVNULL,
            stdout=file,
            stderr=subprocess.STDOUT,
            env={**os.environ, **environment},
        )
        watch = _Peak(process.pid)
        _, ended, usage = os.wait4(process.pid, 0)
        wall = perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(ended)  # otherwise Popen would wait again
        peak = watch.stop()
    if process.returncode not in status:
        last = "\n".join(log.read_text(errors="replace").splitlines()[-15:])
        raise CommandFailed(f"{' '.join(command)} ended with status {process.returncode}:\n{last}")
    return Cost(wall, usage.ru_utime + usage.ru_stime, peak)


class _Peak(threading.Thread):
    """Polls the memory of a process and all its descendants; shared pages count once."""

    def __init__(self, pid: int) -> None:
        super().__init__(daemon=True)
        self.pid, self.peak, self.over = pid, 0, threading.Event()
        self.start()

    def run(self) -> None:
        while not self.over.wait(SAMPLE_S):
            self.peak = max(self.peak, sum(map(proportional_bytes, [self.pid, *descendants(self.pid)])))

    def stop(self) -> int:
        self.over.set()
        self.join()
        return self.peak


def descendants(pid: int) -> list[int]:
    """All processes below this one, by /proc."""
    parents: dict[int, list[int]] = {}
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            parents.setdefault(int(_stat(int(name))[1]), []).append(int(name))
        except OSError:  # it has ended
            continue
    found, queue = [], [pid]
    while queue:
        below = parents.get(queue.pop(), [])
        found += below
        queue += below
    return found


def _stat(pid: int) -> list[str]:
    """The fields of /proc/<pid>/stat after the name: state, parent, ..."""
    return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()


def cpu_s(pid: int) -> float:
    """Processor time of a process itself, without its children."""
    user, system = _stat(pid)[11:13]
    return (int(user) + int(system)) / os.sysconf("SC_CLK_TCK")


def proportional_bytes(pid: int) -> int:
    """Proportional memory of a process (PSS); its anonymous memory if that cannot be read."""
    try:
        return 1024 * _field(f"/proc/{pid}/smaps_rollup", "Pss:")
    except PermissionError:
        return anonymous_bytes(pid)
    except (OSError, LookupError):  # it has ended
        return 0


def anonymous_bytes(pid: int) -> int:
    """Anonymous memory: what a leak would increase."""
    try:
        return 1024 * _field(f"/proc/{pid}/status", "RssAnon:")
    except (OSError, LookupError):
        return 0


def private_bytes(pid: int) -> int | None:
    """Memory that only this process uses; None if it cannot be read."""
    path = f"/proc/{pid}/smaps_rollup"
    try:
        return 1024 * (_field(path, "Private_Clean:") + _field(path, "Private_Dirty:"))
    except OSError:
        return None


def _field(path: str, name: str) -> int:
    for line in Path(path).read_text().splitlines():
        if line.startswith(name):
            return int(line.split()[1])
    raise LookupError(name)


def python(*arguments: str) -> list[str]:
    return [sys.executable, "-W", "ignore", *arguments]
