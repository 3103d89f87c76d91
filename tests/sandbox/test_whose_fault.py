"""A child loses no points for what it did not cause: a stopped judge, a kill from outside."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.sandbox import ChildEnded, ChildLost, Limits, Sandbox

ROOT = Path(__file__).parents[2]
PATIENT = Limits(idle_s=2.0, cpu_s=20)
COMPUTES = "import time\nend = time.process_time() + {seconds}\nwhile time.process_time() < end: pass\nanswer = 'done'"
STOPPED = """
import sys, pathlib
from autograder.sandbox import Limits, Sandbox
with Sandbox(_child=pathlib.Path(sys.argv[1]), bubblewrap="off") as sandbox, sandbox.child(0, Limits(idle_s=2.0)) as child:
    child.request({"code": "import time"})
    print("asks", flush=True)
    print(child.request({"code": sys.argv[2]})[0], flush=True)
"""


@pytest.mark.parametrize("code", [COMPUTES.format(seconds=1.5), "time.sleep(1); answer = 'done'"], ids=["computes", "sleeps"])
def test_a_judge_that_was_stopped_blames_nobody(stub_child: Path, code: str) -> None:
    command = [sys.executable, "-c", STOPPED, str(stub_child), code]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) as judge:
        assert judge.stdout is not None
        assert judge.stdout.readline() == "asks\n"
        time.sleep(0.3)
        judge.send_signal(signal.SIGSTOP)
        time.sleep(4)  # twice as long as a child may be idle
        judge.send_signal(signal.SIGCONT)
        out, err = judge.communicate(timeout=60)
    assert out == "{'answer': 'done'}\n", err


def test_computing_is_not_idle(sandbox: Sandbox) -> None:
    with sandbox.child(0, replace(PATIENT, idle_s=0.5)) as child:
        assert child.request({"code": COMPUTES.format(seconds=1.5)})[0] == {"answer": "done"}


def test_computing_in_a_thread_is_not_idle_either(sandbox: Sandbox) -> None:
    code = (
        "import threading, time\nend = time.process_time() + 1.5\n"
        "def work():\n    while time.process_time() < end: pass\n"
        "t = threading.Thread(target=work); t.start(); t.join(); answer = 'done'"
    )
    with sandbox.child(0, replace(PATIENT, idle_s=0.7)) as child:
        assert child.request({"code": code})[0] == {"answer": "done"}


def test_sleeping_is_idle_however_often_it_is_interrupted(sandbox: Sandbox) -> None:
    with sandbox.child(0, PATIENT) as child, pytest.raises(ChildEnded) as raised:
        child.request({"code": "import time\nwhile True: time.sleep(0.05)"})
    assert (raised.value.verdict, raised.value.idle) == ("time_limit", True)


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM], ids=["SIGKILL", "SIGTERM"])
def test_a_child_that_is_killed_from_outside_is_no_crash(sandbox: Sandbox, number: signal.Signals) -> None:
    with sandbox.child(0) as child:
        child.request({"code": "import threading; threading.Timer(0, lambda: None).start()"})
        os.kill(child._pid, number)
        with pytest.raises(ChildLost, match="from outside"):
            child.request({"echo": 1})
    with sandbox.child(0) as child:
        assert child.request({"echo": 1})[0] == {"echo": 1}


def test_the_kernel_takes_the_child_first_when_memory_runs_out(sandbox: Sandbox) -> None:
    own = int(Path("/proc/self/oom_score_adj").read_text())
    with sandbox.child(0) as child:
        theirs = int(Path(f"/proc/{child._pid}/oom_score_adj").read_text())
    assert theirs >= max(own, 500)
