"""How long a child has been idle by its own fault.

Not counted: time in which it computes (the limit on processor time covers that) or waits for a processor, and time in which the
judge itself was stopped or starved, for instance by Ctrl-Z or on an overloaded machine.
"""

from __future__ import annotations

import contextlib
import os
import time

TICK_S = 0.1  # the interval between two looks
LONGEST_TICK_S = 0.25  # a longer tick counts as this much


class Waiting:
    """A timeout that does not count time in which the judge did not run."""

    def __init__(self, limit_s: float) -> None:
        self.left_s = limit_s
        self._looked = time.monotonic()

    @property
    def over(self) -> bool:
        now = time.monotonic()
        self.left_s -= min(now - self._looked, LONGEST_TICK_S)
        self._looked = now
        return self.left_s <= 0


class IdleTime:
    """The idle seconds of one process, summed over all its requests."""

    def __init__(self, pid: int) -> None:
        self.total_s = 0.0
        self._tasks = f"/proc/{pid}/task"
        self._pid = str(pid)
        self._looked = self._busy_s = 0.0
        self._ticks = 0

    def begin(self) -> None:
        """Start a request; the time since the last one does not count."""
        self._looked, self._ticks = time.monotonic(), 0
        self._busy_s = _busy_s(f"{self._tasks}/{self._pid}")

    def look(self) -> bool:
        """Count the time since the last look. Returns False before a tick has passed."""
        now = time.monotonic()
        if now - self._looked < TICK_S:
            return False
        self._count(now)
        return True

    def end(self) -> None:
        """End a request. An exchange shorter than a tick is not counted."""
        if self._ticks:
            self._count(time.monotonic())

    def _count(self, now: float) -> None:
        busy_s = self._all_busy_s()
        idle_s = now - self._looked - max(0.0, busy_s - self._busy_s)
        self.total_s += min(max(0.0, idle_s), LONGEST_TICK_S)
        self._looked, self._busy_s = now, busy_s
        self._ticks += 1

    def _all_busy_s(self) -> float:
        with contextlib.suppress(OSError):
            return sum(_busy_s(f"{self._tasks}/{task}") for task in os.listdir(self._tasks))
        return self._busy_s


def _busy_s(task: str) -> float:
    """Seconds in which a thread has run or waited for a processor; 0 where the kernel does not say."""
    try:
        with open(f"{task}/schedstat", "rb", buffering=0) as file:
            ran, waited = file.read().split()[:2]
        return (int(ran) + int(waited)) / 1e9
    except (OSError, ValueError):
        return 0.0
