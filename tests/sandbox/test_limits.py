"""What a child does when it dies, hangs, floods or lies, and the verdict on it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

import pytest

from autograder.sandbox import ChildEnded, Limits, Sandbox

SHORT = Limits(idle_s=1.5, cpu_s=1, output_bytes=100_000, threads=16)
FRAME = "import os, json, struct\ndef frame(h):\n b = json.dumps(h).encode()\n return struct.pack('<I', len(b)) + b\n"

ENDINGS = {
    "leaves with status 0": ("import os; os._exit(0)", "crashed", "exit status 0 without an answer"),
    "leaves through SystemExit": ("raise SystemExit(3)", "crashed", "exit status 3 without an answer"),
    "segmentation fault": ("import ctypes; ctypes.string_at(0)", "crashed", "segmentation fault"),
    "abort": ("import os; os.abort()", "crashed", None),
    "computes for ever and ignores the warning": (
        "import signal; signal.signal(signal.SIGXCPU, signal.SIG_IGN)\nwhile True: pass",
        "time_limit",
        None,
    ),
    "sleeps": ("import time; time.sleep(60)", "time_limit", "1.5 s without computing or answering"),
    "reads its empty stdin, then sleeps": ("import sys, time; sys.stdin.read(); time.sleep(60)", "time_limit", None),
    "prints without end": ("while True: print('x' * 1000)", "output_limit", "more than 100000 bytes printed"),
    "prints one endless line to stderr": ("import os\nwhile True: os.write(2, b'x' * 65536)", "output_limit", None),
    "closes the wire": (
        "import os, time; os.close(3); time.sleep(60)",
        "protocol_violation",
        "the wire was closed without an answer",
    ),
    "writes noise on the wire": ("import os; os.write(3, b'\\xff' * 9)", "protocol_violation", None),
    "floods the wire": ("import os\nwhile True: os.write(3, b'x' * 65536)", "protocol_violation", None),
    "announces a huge blob": (FRAME + "os.write(3, frame({'blobs': [1 << 40]}))", "protocol_violation", None),
    "answers byte by byte": (
        FRAME + "import time\nfor b in frame({'blobs': []}):\n time.sleep(0.2)\n os.write(3, bytes([b]))",
        "time_limit",
        None,
    ),
    "answers twice": (
        FRAME + "os.write(3, frame({'blobs': []}) * 2)",
        "protocol_violation",
        "there is more than one answer to one request",
    ),
    "answers an earlier request": (
        FRAME + "import time\nos.write(3, frame({'answer': 1, 'number': 0, 'blobs': []}))\ntime.sleep(60)",
        "protocol_violation",
        "the answer belongs to no request",
    ),
    "starts threads without end": (
        "import threading, time\nthreading.stack_size(32768)\n"
        "while True:\n try: threading.Thread(target=time.sleep, args=(60,)).start()\n except RuntimeError: time.sleep(0.01)",
        None,
        None,
    ),
}


@pytest.mark.parametrize(("code", "verdict", "detail"), ENDINGS.values(), ids=ENDINGS.keys())
def test_a_bad_end_gets_its_verdict_in_time(sandbox: Sandbox, code: str, verdict: str | None, detail: str | None) -> None:
    start = time.monotonic()
    with sandbox.child(0, SHORT) as child, pytest.raises(ChildEnded) as raised:
        child.request({"code": code})
    assert time.monotonic() - start < 25  # a busy machine; without a limit it would be for ever
    assert verdict in (None, raised.value.verdict)
    assert detail in (None, raised.value.detail)
    with sandbox.child(0, SHORT) as child:
        assert child.request({"echo": 1})[0] == {"echo": 1}


def test_processor_time_is_bounded(sandbox: Sandbox) -> None:
    patient = replace(SHORT, idle_s=20)
    with sandbox.child(0, patient) as child, pytest.raises(ChildEnded) as raised:
        child.request({"code": "while True: pass"})
    assert (raised.value.verdict, raised.value.detail) == ("time_limit", "1 s of processor time")


YIELDS = """
import hashlib, os, resource, threading
os.sched_setaffinity(0, [min(os.sched_getaffinity(0))])
neighbour = threading.Thread(target=hashlib.pbkdf2_hmac, args=("sha256", b"", b"", 4_000_000), daemon=True)
neighbour.start()
def preempted(): return resource.getrusage(resource.RUSAGE_THREAD).ru_nivcsw
before = preempted()
for _ in range(100): os.sched_yield()
answer = preempted() - before if neighbour.is_alive() else "the neighbour ended too early"
"""


@pytest.mark.parametrize(("off", "stays"), [((), True), (("seccomp",), False)], ids=["confined", "without the filter"])
def test_a_child_cannot_wait_by_giving_its_processor_away(
    sandbox_like: Callable[..., Sandbox], off: tuple[str, ...], stays: bool
) -> None:
    """A wait for a processor counts against nobody, so one that a child asks for would hold the judge for hours.

    The neighbour is a thread of the child's own: Linux may keep each session's processes in a group of their own,
    and a process that yields then gives way to its own group only.
    """
    sandbox = sandbox_like(bubblewrap="off", minimum="none", _without=off)
    with sandbox.child(0) as child:
        given_away = child.request({"code": YIELDS})[0]["answer"]
    assert (given_away < 20) == stays, given_away


def test_memory_is_bounded_and_the_child_can_say_so(sandbox: Sandbox) -> None:
    with sandbox.child(0, Limits(memory_bytes=1 << 28)) as child:
        assert child.request({"code": "bytearray(1 << 29)"})[0]["error"] == "MemoryError"
        assert child.request({"code": "import torch; torch.empty(1 << 29)"})[0]["error"] == "RuntimeError"
        assert child.request({"code": "bytearray(1 << 26)"})[0] == {"answer": None}


def test_an_answer_before_the_question_is_a_violation(sandbox: Sandbox) -> None:
    code = FRAME + "import threading, time\nthreading.Timer(0.1, lambda: os.write(3, frame({'blobs': []}))).start()"
    with sandbox.child(0) as child:
        child.request({"code": code})
        time.sleep(0.4)
        with pytest.raises(ChildEnded, match="an answer without a request"):
            child.request({"echo": 1})


def test_a_child_that_does_not_read_blocks_nobody(sandbox: Sandbox) -> None:
    code = "import threading, os, time\nos.dup2(0, 3)\ntime.sleep(60)"
    with sandbox.child(0, SHORT) as child, pytest.raises(ChildEnded):
        child.request({"code": code}, [bytes(1 << 20)] * 20)


def test_the_idle_time_is_for_the_child_as_a_whole(sandbox: Sandbox) -> None:
    with sandbox.child(0, SHORT) as child:
        for _ in range(2):
            child.request({"code": "import time; time.sleep(0.6)"})
        with pytest.raises(ChildEnded) as raised:
            child.request({"code": "import time; time.sleep(0.6)"})
    assert raised.value.verdict == "time_limit"


def test_threads_are_bounded_where_the_kernel_can(sandbox: Sandbox) -> None:
    code = """
import threading
stop = threading.Event(); answer = 0
try:
    while answer < 200: threading.Thread(target=stop.wait, daemon=True).start(); answer += 1
except RuntimeError: pass
stop.set()
"""
    with sandbox.child(0, Limits(threads=16)) as child:
        try:
            assert child.request({"code": code})[0]["answer"] <= 16 or not sandbox.protection.own_uid
        except ChildEnded as ended:
            assert ended.detail == "more than 16 threads"


def test_usage_is_reported(sandbox: Sandbox) -> None:
    with sandbox.child(0) as child:
        child.request({"code": "import time\nend = time.process_time() + 0.3\nwhile time.process_time() < end: pass"})
    usage = child.close()
    assert 0.3 <= usage.cpu_s < 2
    assert usage.wall_s >= 0.3
    assert usage.maxrss_bytes > 1 << 20


def test_output_is_kept(sandbox: Sandbox) -> None:
    with sandbox.child(0) as child:
        child.request({"code": "import sys; print('out'); print('err', file=sys.stderr)"})
    assert sorted(child.output.split()) == [b"err", b"out"]
