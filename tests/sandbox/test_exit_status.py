"""How exit statuses are worded."""

from __future__ import annotations

import signal

import pytest

from autograder.sandbox import ChildEnded, ChildLost, Limits
from autograder.sandbox.exit_status import Exit, ending

ROWS = {
    "left with status 0": (Exit(0, 0.1, 0), "crashed", "exit status 0 without an answer"),
    "left with status 3": (Exit(3, 0.1, 0), "crashed", "exit status 3 without an answer"),
    "segmentation fault": (Exit(-signal.SIGSEGV, 0.1, 0), "crashed", "segmentation fault"),
    "abort": (Exit(-signal.SIGABRT, 0.1, 0), "crashed", "aborted"),
    "a signal without a name of ours": (Exit(-signal.SIGALRM, 0.1, 0), "crashed", f"ended by signal {signal.SIGALRM:d}"),
    "CPU limit": (Exit(-signal.SIGXCPU, 30.0, 0), "time_limit", "30 s of processor time"),
    "CPU limit, first warning ignored": (Exit(-signal.SIGKILL, 31.0, 0), "time_limit", "30 s of processor time"),
}


@pytest.mark.parametrize(("exit", "verdict", "detail"), ROWS.values(), ids=ROWS.keys())
def test_endings(exit: Exit, verdict: str, detail: str) -> None:
    found = ending(exit, Limits())
    assert isinstance(found, ChildEnded)
    assert (found.verdict, found.detail, found.idle) == (verdict, detail, False)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_what_it_cannot_do_to_itself_says_nothing_about_it(number: signal.Signals) -> None:
    assert isinstance(ending(Exit(-number, 0.5, 0), Limits()), ChildLost)
    unconfined = ending(Exit(-number, 0.5, 0), Limits(), can_signal=True)
    assert isinstance(unconfined, ChildEnded)
    assert unconfined.verdict == "crashed"
