"""One confined process of a submission: start it, send requests, kill it, account for what it used."""

from __future__ import annotations

import contextlib
import itertools
import os
import signal
import socket
import time
from collections.abc import Sequence
from typing import Any

from . import cgroup
from .channel import Conversation, Output
from .errors import ChildEnded, ChildLost, SandboxLost, SandboxUnavailable
from .exit_status import Exit, ending
from .frame_reader import Frame, ProtocolViolation, encode
from .idle_time import IdleTime, Waiting
from .launch import Zygote, process_id, thread_count
from .limits import Limits, Usage

START_S = 60.0  # a fork and its confinement, on an overloaded machine
KILLED_FIRST = "1000"  # the highest score for the kernel's out-of-memory killer
FIRST_SPARE_UID = 1 << 30  # far above what any machine hands out
_ids = itertools.count(1)


def _spare_uid(id: int) -> int:
    """A uid that no other process on this machine has, so that limits per uid count one child only."""
    return FIRST_SPARE_UID + ((os.getpid() & 0x3FFFFF) << 8) + (id & 0xFF)


class Child:
    """One confined process. Each request waits for its answer; any failure ends the process."""

    def __init__(self, zygote: Zygote, seed: int, limits: Limits, serve: str = "runner") -> None:
        self._zygote, self.limits = zygote, limits
        self._id = next(_ids)
        self._asked = 0
        self._waited_s = 0.0
        self._usage: Usage | None = None
        self._pidfd = -1
        self._leaf: cgroup.Leaf | None = None
        self._wire, theirs = socket.socketpair()
        reading, writing = os.pipe()
        self._output = Output(reading, limits.output_bytes)
        bounds = {
            "address_space": zygote.address_space + limits.memory_bytes,
            "cpu_s": limits.cpu_s,
            "open_files": limits.open_files,
            "threads": limits.threads,
            "uid": _spare_uid(self._id),
        }
        processor = zygote.processor.take()
        job = {"id": self._id, "serve": serve, "seed": seed, "processor": processor, "bounds": bounds}
        try:
            try:
                self._pidfd = zygote.start(job, theirs, writing)
            finally:
                theirs.close()
                os.close(writing)
            self._pid = process_id(self._pidfd)
            self._idle = IdleTime(self._pid)
            self._offer_to_the_kernel()
            self._leaf = self._own_cgroup()
            self._conversation = Conversation(
                self._wire, self._output, zygote.control, self._ended, self._watch, limits.reply_bytes
            )
            self._await_ready()
        except BaseException:
            self.close()
            raise

    def _offer_to_the_kernel(self) -> None:
        """When memory runs out, let the kernel kill this process before any of ours."""
        with contextlib.suppress(OSError), open(f"/proc/{self._pid}/oom_score_adj", "w") as file:
            file.write(KILLED_FIRST)

    def _own_cgroup(self) -> cgroup.Leaf | None:
        """Where one is delegated to us: the kernel bounds the child before a byte of the student's runs."""
        ours, _ = cgroup.find()
        if ours is None or self._pid <= 0:
            return None
        return ours.child(self._id, self._pid, self.limits, self._zygote.resident)

    def _await_ready(self) -> None:
        """Wait until the child reports that it is confined; no code of the student has run until then."""
        waiting = Waiting(START_S)

        def watch() -> None:
            if waiting.over:
                raise ChildEnded("time_limit", "the child did not start")

        try:
            ready, _ = self._conversation.greeting(watch)
        except (ChildEnded, ProtocolViolation) as end:
            said = self.output.decode(errors="replace")
            raise SandboxUnavailable(f"a child could not be confined: {said or end}") from None
        if ready != {"ready": True}:
            raise SandboxLost("a child did not report that it is ready")

    def _ended(self, seconds: float) -> ChildEnded | ChildLost | None:
        deadline = time.monotonic() + seconds
        while self._zygote.exit(self._id) is None:
            left = deadline - time.monotonic()
            self._zygote.pump(left)
            if left <= 0:
                break
        exit = self._zygote.exit(self._id)
        if exit is None:
            return None
        full = self._leaf is not None and self._leaf.out_of_memory()
        return ending(exit, self.limits, can_signal=self._zygote.ready["can_signal"], out_of_memory=full)

    def _watch(self) -> None:
        """Check its idle time and its threads, which the kernel cannot always limit (see child/confine.py)."""
        if not self._idle.look():
            return
        if self._idle.total_s >= self.limits.idle_s:
            raise ChildEnded("time_limit", f"{self.limits.idle_s:g} s without computing or answering", idle=True)
        try:
            threads = thread_count(self._pid)
        except (OSError, StopIteration):  # it has just ended
            return
        if threads > self.limits.threads + 1:
            raise ChildEnded("crashed", f"more than {self.limits.threads} threads")

    @property
    def output(self) -> bytes:
        """What it has printed so far: a student's bytes, capped but not yet safe to show."""
        return bytes(self._output.data)

    def request(self, header: dict[str, Any], blobs: Sequence[bytes] = ()) -> Frame:
        """Send a request and wait for its answer, which must carry the request's number.

        Raises ChildEnded when there is no proper answer, SandboxLost when the zygote has ended.
        """
        if self._usage is not None:
            raise ValueError("this child is closed")
        self._asked += 1
        request = encode({**header, "number": self._asked}, blobs)
        start = time.monotonic()
        self._idle.begin()
        try:
            answer, answer_blobs = self._conversation.ask(request)
            if answer.pop("number", None) != self._asked:  # a thread of the student's may send a late answer
                raise ChildEnded("protocol_violation", "the answer belongs to no request")
        except BaseException:
            self._waited_s += time.monotonic() - start
            self.close()
            raise
        self._waited_s += time.monotonic() - start
        self._idle.end()
        return answer, answer_blobs

    def close(self) -> Usage:
        """Kill the process, wait for its end, and return what it used."""
        if self._usage is None:
            self._usage = Usage(0.0, self._waited_s, 0)
            exit = self._end()
            if exit is not None:
                self._usage = Usage(exit.cpu_s, self._waited_s, exit.maxrss_bytes)
        return self._usage

    def _end(self) -> Exit | None:
        try:
            if self._pidfd < 0:
                return None
            with contextlib.suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
            return self._zygote.wait_exit(self._id)
        except SandboxLost:
            return None  # the child ended with the zygote
        finally:
            if self._leaf is not None:
                self._leaf.remove()
            self._zygote.processor.give_back()
            self._drain()
            self._output.close()
            self._wire.close()
            if self._pidfd >= 0:
                os.close(self._pidfd)
                self._pidfd = -1

    def _drain(self) -> None:
        with contextlib.suppress(ChildEnded):  # the child has ended anyway, and the output is capped
            self._output.drain()

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
