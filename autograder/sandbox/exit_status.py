"""Turn the exit status of a child into a verdict in our own words. Pure."""

from __future__ import annotations

import signal
from dataclasses import dataclass

from .errors import ChildEnded, ChildLost
from .limits import Limits

NAMES = {
    signal.SIGSEGV: "segmentation fault",
    signal.SIGABRT: "aborted",
    signal.SIGBUS: "bus error",
    signal.SIGFPE: "arithmetic error in native code",
    signal.SIGILL: "illegal instruction",
    signal.SIGSYS: "forbidden system call",
}
# Signals that a process cannot send to itself under seccomp, which refuses every kill.
OUTSIDE = {
    signal.SIGKILL: "killed from outside, perhaps because this machine was out of memory",
    signal.SIGTERM: "told from outside to end",
    signal.SIGINT: "interrupted from outside",
    signal.SIGHUP: "hung up from outside",
    signal.SIGQUIT: "told from outside to quit",
}


@dataclass(frozen=True)
class Exit:
    """The end of a child as the zygote reports it. code: an exit status, or minus a signal number."""

    code: int
    cpu_s: float
    maxrss_bytes: int


def ending(exit: Exit, limits: Limits, *, can_signal: bool = False, out_of_memory: bool = False) -> ChildEnded | ChildLost:
    """The verdict on a child that ended while it owed an answer; ChildLost when something else killed it.

    can_signal: it runs without seccomp and may have sent itself any signal.
    out_of_memory: its own cgroup's limit was met, and the kernel ended it for that.
    """
    if exit.code >= 0:
        return ChildEnded("crashed", f"exit status {exit.code} without an answer")
    number = -exit.code
    if number == signal.SIGKILL and out_of_memory:
        return ChildEnded("memory_limit", f"more than {limits.memory_bytes >> 20} MB of its own")
    out_of_time = number == signal.SIGXCPU or (number == signal.SIGKILL and exit.cpu_s >= limits.cpu_s)
    if out_of_time:
        return ChildEnded("time_limit", f"{limits.cpu_s} s of processor time")
    if number in OUTSIDE and not can_signal:
        return ChildLost(f"a submission's process was {OUTSIDE[signal.Signals(number)]}")
    return ChildEnded("crashed", NAMES.get(signal.Signals(number), f"ended by signal {number}"))
