"""The time limits at top level count what the submission does, not what the machine does to it.

Each text runs in a process of its own, with limits of a fraction of a second, and only that process is stopped or starved.
"""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from autograder.child import statements

IDLE_S = 0.4
PROGRAM = f"""
import json, os, sys
from autograder.child import statements

statements.TOTAL_IDLE_S, statements.LATER_IDLE_S, statements.TOTAL_CPU_S = {IDLE_S}, {IDLE_S / 2}, 1.0
if sys.argv[1] == "starved":
    os.sched_setaffinity(0, {{min(os.sched_getaffinity(0))}})
    os.nice(19)
print("ready", flush=True)
top_level, names = statements.TopLevel(), {{"__name__": "answers"}}
top_level.run(sys.argv[2], "answers.py", names)
print(json.dumps([sorted(n for n in names if not n.startswith("__")), [[f.line, f.timed_out] for f in top_level.failures]]))
"""
COMPUTES = "import time\nend = time.process_time() + {seconds}\nwhile time.process_time() < end: pass\ndef task(): ...\n"


def start(text: str, how: str = "") -> subprocess.Popen[str]:
    process = subprocess.Popen([sys.executable, "-c", PROGRAM, how, text], stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    return process


def finish(process: subprocess.Popen[str]) -> tuple[list[str], list[tuple[int, bool]]]:
    """The names that the text defined, and its failures as (line, timed out)."""
    names, failures = json.loads(process.communicate(timeout=300)[0])
    return names, [(line, timed_out) for line, timed_out in failures]


@contextmanager
def busy_processor() -> Iterator[None]:
    """Something computes all the time on the processor that a starved process is confined to."""
    hog = subprocess.Popen([sys.executable, "-c", "while True: pass"])
    try:
        os.sched_setaffinity(hog.pid, {min(os.sched_getaffinity(0))})
        yield
    finally:
        hog.kill()
        hog.wait()


def test_a_starved_process_keeps_its_definitions() -> None:
    began = time.monotonic()
    with busy_processor():
        names, failures = finish(start(COMPUTES.format(seconds=0.05), "starved"))
    assert failures == []
    assert "task" in names
    assert time.monotonic() - began > 2 * IDLE_S, "it was not starved: this run shows nothing"


def test_a_stopped_process_keeps_its_definitions() -> None:
    process = start(COMPUTES.format(seconds=0.3))
    process.send_signal(signal.SIGSTOP)
    time.sleep(4 * IDLE_S)
    process.send_signal(signal.SIGCONT)
    names, failures = finish(process)
    assert failures == []
    assert "task" in names


SLEEPS = {
    "in one sleep": "import time; time.sleep(600)",
    "in many short sleeps": "import time\nwhile True: time.sleep(0.002)",
    "for an event that never comes": "import threading; threading.Event().wait()",
    "and swallows the first interruption": (
        "import time\nwhile True:\n    try: time.sleep(600)\n    except TimeoutError: time.sleep(600)"
    ),
}


@pytest.mark.parametrize("text", SLEEPS.values(), ids=SLEEPS)
def test_what_waits_is_interrupted_and_the_rest_runs(text: str) -> None:
    names, failures = finish(start(f"def before(): ...\n{text}\ndef after(): ...\n"))
    assert {"before", "after"} <= {*names}
    assert [timed_out for _, timed_out in failures] == [True]


def test_each_later_statement_may_still_wait_a_little() -> None:
    nap = f"import time; time.sleep({IDLE_S / 4})"
    names, failures = finish(start(f"import time; time.sleep(600)\n{nap}; first = 1\ntime.sleep(600)\n{nap}; second = 2\n"))
    assert {"first", "second"} <= {*names}
    assert failures == [(1, True), (3, True)]


def test_what_computes_too_long_is_interrupted() -> None:
    names, failures = finish(start("def before(): ...\nwhile True: pass\ndef after(): ...\n"))
    assert {"before", "after"} <= {*names}
    assert failures == [(2, True)]


def test_only_what_took_too_long_is_left_out_of_its_line_in_the_next_child(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(statements, "TOTAL_IDLE_S", IDLE_S)
    text = "import time; first = 1; time.sleep(600); second = 2\n"
    earlier, names = statements.TopLevel(), {"__name__": "answers"}
    earlier.run(text, "answers.py", {"__name__": "answers"})
    later = statements.TopLevel(frozenset(failure.position for failure in earlier.failures))
    later.run(text, "answers.py", names)
    assert {"time", "first", "second"} <= {*names}
    assert [(failure.position, failure.timed_out) for failure in later.failures] == [(("answers.py", 1, 24), True)]
