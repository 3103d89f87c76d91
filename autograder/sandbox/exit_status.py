"""From the way a process ended to a verdict in our own words. Pure."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from .errors import ChildEnded
from .limits import Limits

NAMES = {
    signal.SIGSEGV: "segmentation fault",
    signal.SIGABRT: "aborted",
    signal.SIGBUS: "bus error",
    signal.SIGFPE: "arithmetic error in native code",
    signal.SIGILL: "illegal instruction",
    signal.SIGSYS: "forbidden system call",
    signal.SIGKILL: "killed by the system, perhaps for lack of memory",
}


@dataclass(frozen=True)
class Exit:
    """As the zygote reports it: `code` is an exit status, or minus a signal number."""

    code: int
    cpu_s: float
    maxrss_bytes: int


def ending(exit: Exit, limits: Limits) -> ChildEnded:
    """The verdict about a child that ended by itself while it owed an answer."""
    if exit.code >= 0:
        return ChildEnded("crashed", f"exit status {exit.code} without an answer")
    number = -exit.code
    out_of_time = number == signal.SIGXCPU or (number == signal.SIGKILL and exit.cpu_s >= limits.cpu_s)
    if out_of_time:
        return ChildEnded("time_limit", f"{limits.cpu_s} s of CPU time")
    return ChildEnded("crashed", NAMES.get(number, f"ended by signal {number}"))
