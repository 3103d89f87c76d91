"""The lifetime of the zygote: when children and zygotes are gone, nothing is left."""

from __future__ import annotations

import errno
import gc
import multiprocessing
import multiprocessing.connection
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from autograder.sandbox import Limits, Sandbox, SandboxLost, SandboxUnavailable, selftest
from autograder.sandbox.launch import process_id

MANY = 300


def parent(pid: int) -> int:
    return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[1])


def processes_below(pid: int) -> list[int]:
    found = []
    for process in map(int, filter(str.isdigit, os.listdir("/proc"))):
        try:
            below = parent(process) == pid
        except OSError:
            continue
        if below:
            found += [process, *processes_below(process)]
    return found


def resident(pid: int) -> int:
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGESIZE")


def wait_until_gone(pids: list[int]) -> list[int]:
    deadline = time.monotonic() + 5
    while (left := [pid for pid in pids if Path(f"/proc/{pid}").exists()]) and time.monotonic() < deadline:
        time.sleep(0.02)
    return left


def test_a_child_takes_no_huge_pages_of_its_own(sandbox: Sandbox) -> None:
    with sandbox.child(0) as child:
        child.request({"echo": 0})
        status = Path(f"/proc/{process_id(child._pidfd)}/status").read_text()
    assert "THP_enabled:\t0\n" in status or "THP_enabled" not in status  # Linux before 5.0 does not tell


def test_a_judge_and_its_children_share_a_processor_until_the_last_child_ends(sandbox: Sandbox) -> None:
    free = os.sched_getaffinity(0)
    with sandbox.child(0) as child:
        here = os.sched_getaffinity(0)
        assert len(here) == 1
        assert os.sched_getaffinity(process_id(child._pidfd)) == here
        sandbox.child(1).close()
        assert os.sched_getaffinity(0) == here
    assert os.sched_getaffinity(0) == free


def test_processors_that_cannot_be_had_are_no_hindrance(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: object) -> None:
        raise OSError(errno.EINVAL, "no such processor")

    monkeypatch.setattr(os, "sched_setaffinity", refuse)
    with sandbox.child(0) as child:
        assert child.request({"echo": 0})[0] == {"echo": 0}
        assert os.sched_getaffinity(process_id(child._pidfd)) == os.sched_getaffinity(0)


def test_three_hundred_children_leave_nothing(sandbox: Sandbox) -> None:
    with sandbox.child(0) as child:
        child.request({"echo": 0})
    zygote = process_id(sandbox._zygote.pidfd)
    gc.collect()
    before = (processes_below(os.getpid()), len(os.listdir("/proc/self/fd")), resident(zygote), resident(os.getpid()))
    for number in range(MANY):
        with sandbox.child(number) as child:
            assert child.request({"echo": number})[0]["echo"] == number
    after = (processes_below(os.getpid()), len(os.listdir("/proc/self/fd")), resident(zygote), resident(os.getpid()))
    assert after[:2] == before[:2]
    assert after[2] - before[2] < 4 << 20
    assert after[3] - before[3] < 8 << 20


@pytest.mark.parametrize("mode", ["off", "required"], ids=["without bubblewrap", "with bubblewrap"])
def test_a_zygote_that_is_killed_says_nothing_about_the_submission(stub_child: Path, bubblewrap_works: bool, mode: str) -> None:
    if mode == "required" and not bubblewrap_works:
        pytest.skip("needs bubblewrap: apt-get install bubblewrap")
    with Sandbox(_child=stub_child, bubblewrap=mode) as sandbox:
        with sandbox.child(0) as child:
            old = processes_below(sandbox._zygote.process.pid)
            os.kill(process_id(sandbox._zygote.pidfd), signal.SIGKILL)
            with pytest.raises(SandboxLost):
                child.request({"code": "import time; time.sleep(20)"})
        with sandbox.child(0) as child:
            assert child.request({"echo": 1})[0] == {"echo": 1}
        assert wait_until_gone(old) == []
        new = processes_below(sandbox._zygote.process.pid)
    assert wait_until_gone(new) == []


@pytest.mark.parametrize("killed", [1, 2])
def test_a_zygote_that_is_killed_while_it_starts_is_no_refusal(
    stub_child: Path, monkeypatch: pytest.MonkeyPatch, killed: int
) -> None:
    """In the self-test, before any submission: the next start is tried, and the sandbox is as good as before."""
    victims: list[int] = []
    run = selftest.run

    def interrupted(*args: Any) -> dict[str, str]:
        if len(victims) < killed:
            victims.append(process_id(sandbox._zygote.pidfd))
            os.kill(victims[-1], signal.SIGKILL)
        return run(*args)

    monkeypatch.setattr(selftest, "run", interrupted)
    with Sandbox(_child=stub_child, bubblewrap="off") as sandbox, sandbox.child(0) as child:
        assert child.request({"echo": 1})[0] == {"echo": 1}
        assert "seccomp" in sandbox.protection.layers
    assert len(victims) == killed


def test_a_zygote_that_never_starts_is_refused_once_and_for_all(stub_child: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    tries: list[int] = []

    def killed(*_: Any) -> dict[str, str]:
        tries.append(1)
        raise SandboxLost("killed")

    monkeypatch.setattr(selftest, "run", killed)
    with Sandbox(_child=stub_child, bubblewrap="off") as sandbox:
        for seed in range(2):
            with pytest.raises(SandboxUnavailable, match=r"does not start: killed\. Run: autograder doctor"):
                sandbox.child(seed)
    assert len(tries) == 3


@pytest.mark.parametrize("options", [{}, {"unconfined": True}], ids=["confined", "unconfined"])
def test_closing_the_sandbox_ends_a_child_at_work(stub_child: Path, options: dict) -> None:
    sandbox = Sandbox(_child=stub_child, bubblewrap="off", **options)
    child = sandbox.child(0)
    child.request({"code": "import threading, time; threading.Thread(target=time.sleep, args=(60,), daemon=True).start()"})
    pids = [sandbox._zygote.process.pid, *processes_below(sandbox._zygote.process.pid)]
    sandbox.close()
    assert wait_until_gone(pids) == []
    child.close()


FAMILY = """
import os, time
def settle(new_session):
    if os.fork() == 0:
        if new_session: os.setsid()
        if os.fork() == 0:
            time.sleep(60)
        time.sleep(60)
settle(False)
settle(True)
"""


def test_unconfined_children_leave_no_family(sandbox_like: Callable[..., Sandbox]) -> None:
    sandbox = sandbox_like(unconfined=True)
    assert sandbox.protection.unconfined
    assert sandbox.protection.layers == {"rlimits"}
    zygote = sandbox._zygote.process.pid
    with sandbox.child(0) as child:
        child.request({"code": FAMILY})
        deadline = time.monotonic() + 5
        while len(family := processes_below(zygote)) < 5 and time.monotonic() < deadline:
            time.sleep(0.02)
        assert len(family) == 5
    assert wait_until_gone(family) == []


def test_killing_the_judge_ends_everything(stub_child: Path) -> None:
    code = (
        "import sys, time, pathlib, os\nfrom autograder.sandbox import Sandbox\n"
        f"s = Sandbox(_child=pathlib.Path({str(stub_child)!r})); c = s.child(0)\nprint('up', flush=True); time.sleep(60)"
    )
    root = Path(__file__).parents[2]
    judge = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, cwd=root)
    assert judge.stdout.readline() == b"up\n"
    below = processes_below(judge.pid)
    assert len(below) >= 2
    judge.kill()
    judge.wait()
    judge.stdout.close()
    assert wait_until_gone(below) == []


def test_two_children_at_once(sandbox: Sandbox) -> None:
    with sandbox.child(1) as first, sandbox.child(2, Limits()) as second:
        assert second.request({"echo": 2})[0]["echo"] == 2
        assert first.request({"echo": 1})[0]["echo"] == 1


def worker(sandbox: Sandbox, pipe: multiprocessing.connection.Connection) -> None:
    """In a forked process: say which child is at work, and after a word from the test whether another one answers."""
    sandbox.join_after_fork()
    with sandbox:
        child = sandbox.child(0)
        pipe.send((process_id(child._pidfd), child.request({"echo": 1})[0]))
        pipe.recv()
        child.close()
        with sandbox.child(0) as another:
            pipe.send((process_id(another._pidfd), another.request({"echo": 2})[0]))
        pipe.recv()


@pytest.fixture
def forked(stub_child: Path, bubblewrap_works: bool, request: pytest.FixtureRequest):
    """A sandbox, and the pipe and process of a worker that has joined it; without and with bubblewrap."""
    if request.param == "required" and not bubblewrap_works:
        pytest.skip("needs bubblewrap: apt-get install bubblewrap")
    context = multiprocessing.get_context("fork")
    ours, theirs = context.Pipe()
    with Sandbox(_child=stub_child, bubblewrap=request.param) as sandbox:
        process = context.Process(target=worker, args=(sandbox, theirs))
        process.start()
        theirs.close()
        yield sandbox, ours, process
        process.kill()
        process.join()
    ours.close()


both_ways = pytest.mark.parametrize("forked", ["off", "required"], ids=["without bubblewrap", "with bubblewrap"], indirect=True)


@both_ways
def test_lanes_share_a_zygote_and_end_without_each_other(forked) -> None:
    sandbox, pipe, process = forked
    pid, answer = pipe.recv()
    assert answer == {"echo": 1}
    with sandbox.child(0) as child:
        zygote = process_id(sandbox._zygote.pidfd)
        assert parent(pid) == parent(process_id(child._pidfd)) == zygote
        process.kill()
        assert wait_until_gone([pid]) == []
        assert child.request({"echo": 3})[0] == {"echo": 3}
    assert processes_below(zygote) == []


@both_ways
def test_a_lane_that_loses_the_zygote_starts_its_own(forked) -> None:
    sandbox, pipe, process = forked
    pid, _ = pipe.recv()
    with sandbox.child(0):
        os.kill(process_id(sandbox._zygote.pidfd), signal.SIGKILL)
        assert wait_until_gone([pid]) == []
    pipe.send("go on")
    other, answer = pipe.recv()
    assert answer == {"echo": 2}
    assert other != pid
    pipe.send("end")
    process.join()
    assert process.exitcode == 0
    assert not Path(f"/proc/{other}").exists()
