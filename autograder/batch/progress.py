"""Show the progress of a class: a bar with rate and time left on a terminal, a line now and then in a log."""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Callable
from types import TracebackType
from typing import Any, TextIO

from tqdm import tqdm

LINE_EVERY_S = 10.0


class Progress:
    """Counts finished submissions out of `total`, on standard error by default."""

    def __init__(self, total: int, file: TextIO | None = None, clock: Callable[[], float] = time.monotonic) -> None:
        self.total, self.done = total, 0
        self._file = file if file is not None else sys.stderr
        self._clock = clock
        self._start = self._told = clock()
        self._bar: tqdm[Any] | None = None
        if self._file.isatty() and _has_room(self._file):
            tqdm.monitor_interval = 0  # no thread: the workers are forks of this process
            self._bar = tqdm(total=total, unit=" submissions", file=self._file, dynamic_ncols=True, leave=False)

    def __enter__(self) -> Progress:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._bar is not None:
            self._bar.close()

    def step(self) -> None:
        """Count one more submission."""
        self.done += 1
        if self._bar is not None:
            self._bar.update()
            return
        moment = self._clock()
        if moment - self._told >= LINE_EVERY_S and self.done < self.total:
            self._told = moment
            print(self.line(moment - self._start), file=self._file, flush=True)

    def line(self, elapsed_s: float) -> str:
        """`120 of 500 submissions, 3.9 a second, 1 min 37 s left`."""
        rate = self.done / elapsed_s
        return f"{self.done} of {self.total} submissions, {rate:.1f} a second, {duration(self.total / rate - elapsed_s)} left"


def _has_room(terminal: TextIO) -> bool:
    """Whether a bar fits. Terminals in containers and recording tools may have a width of 0 and would show nothing."""
    try:
        return os.get_terminal_size(terminal.fileno()).columns > 0
    except OSError:
        return True


def duration(seconds: float) -> str:
    """97.2 -> `1 min 37 s`; 7500 -> `2 h 5 min`."""
    minutes, rest = divmod(round(seconds), 60)
    if minutes >= 60:
        return f"{minutes // 60} h {minutes % 60} min"
    return f"{minutes} min {rest} s" if minutes else f"{rest} s"
