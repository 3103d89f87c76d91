"""How a process ended, in our own words."""

from __future__ import annotations

import signal

import pytest

from autograder.sandbox import Limits
from autograder.sandbox.exit_status import Exit, ending

ROWS = {
    "left with status 0": (Exit(0, 0.1, 0), "crashed", "exit status 0 without an answer"),
    "left with status 3": (Exit(3, 0.1, 0), "crashed", "exit status 3 without an answer"),
    "segmentation fault": (Exit(-signal.SIGSEGV, 0.1, 0), "crashed", "segmentation fault"),
    "abort": (Exit(-signal.SIGABRT, 0.1, 0), "crashed", "aborted"),
    "a signal without a name of ours": (Exit(-signal.SIGUSR1, 0.1, 0), "crashed", f"ended by signal {signal.SIGUSR1:d}"),
    "CPU limit": (Exit(-signal.SIGXCPU, 10.0, 0), "time_limit", "10 s of CPU time"),
    "CPU limit, first warning ignored": (Exit(-signal.SIGKILL, 11.0, 0), "time_limit", "10 s of CPU time"),
    "killed early by the system": (Exit(-signal.SIGKILL, 0.5, 0), "crashed", "killed by the system, perhaps for lack of memory"),
}


@pytest.mark.parametrize(("exit", "verdict", "detail"), ROWS.values(), ids=ROWS.keys())
def test_endings(exit: Exit, verdict: str, detail: str) -> None:
    found = ending(exit, Limits())
    assert (found.verdict, found.detail) == (verdict, detail)
