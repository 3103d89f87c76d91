"""The public door: `Sandbox` keeps one warm zygote, `Child` is one confined process of a submission."""
from __future__ import annotations

import itertools
import os
import signal
import socket
import time
from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TypeVar

from . import places, selftest
from .endings import Exit, ending
from .errors import ChildEnded, SandboxLost, SandboxUnavailable
from .exchange import Conversation, Output
from .launch import Zygote, process_id
from .limits import Limits, Usage
from .protection import Protection, demand, plan, required
from .wire import Frame, ProtocolViolation, encode

T = TypeVar("T")
START_S = 20.0
FIRST_SPARE_UID = 1 << 30                                       # far above what any machine hands out
_ids = itertools.count(1)


def _spare_uid(id: int) -> int:
    """A uid that no other process on this machine has, so that limits per uid count one child only."""
    return FIRST_SPARE_UID + ((os.getpid() & 0x3FFFFF) << 8) + (id & 0xFF)


class Child:
    """One confined process. Requests go in lockstep; any failure ends it."""

    def __init__(self, zygote: Zygote, seed: int, limits: Limits, serve: str = "runner") -> None:
        self._zygote, self.limits = zygote, limits
        self._id = next(_ids)
        self._waited_s = 0.0
        self._usage: Usage | None = None
        self._failed: BaseException | None = None
        self._pidfd = -1
        self._wire, theirs = socket.socketpair()
        reading, writing = os.pipe()
        self._output = Output(reading, limits.output_bytes)
        bounds = {"address_space": zygote.address_space + limits.memory_bytes, "cpu_s": limits.cpu_s,
                  "open_files": limits.open_files, "threads": limits.threads, "uid": _spare_uid(self._id)}
        job = {"id": self._id, "serve": serve, "seed": seed, "bounds": bounds}
        try:
            try:
                self._pidfd = zygote.start(job, theirs, writing)
            finally:
                theirs.close()
                os.close(writing)
            self._conversation = Conversation(self._wire, self._output, zygote.control, self._ended, self._watch)
            self._await_ready()
        except BaseException:
            self.close()
            raise

    def _await_ready(self) -> None:
        """The child says so once it is confined; nothing of the student's has run until then."""
        try:
            ready, _ = self._conversation.greeting(time.monotonic() + START_S)
        except (ChildEnded, ProtocolViolation) as end:
            said = self.output.decode(errors="replace")
            raise SandboxUnavailable(f"a child could not be confined: {said or end}") from None
        if ready != {"ready": True}:
            raise SandboxLost("a child did not report that it is ready")

    def _ended(self, seconds: float) -> ChildEnded | None:
        deadline = time.monotonic() + seconds
        while self._zygote.exit(self._id) is None:
            left = deadline - time.monotonic()
            self._zygote.pump(left)
            if left <= 0:
                break
        exit = self._zygote.exit(self._id)
        return None if exit is None else ending(exit, self.limits)

    def _watch(self) -> None:
        """Threads cannot always be bounded by the kernel (see child/confine.py), so we also count."""
        try:
            with open(f"/proc/{process_id(self._pidfd)}/stat") as stat:
                threads = int(stat.read().rpartition(")")[2].split()[17])
        except (OSError, StopIteration):
            return
        if threads > self.limits.threads + 1:
            raise ChildEnded("crashed", f"more than {self.limits.threads} threads")

    @property
    def output(self) -> bytes:
        """What it printed so far: a student's bytes, capped, not yet made safe to show."""
        return bytes(self._output.data)

    def request(self, header: dict, blobs: Sequence[bytes] = ()) -> Frame:
        """Ask, and wait for the answer. ChildEnded when none comes; SandboxLost when the zygote has gone."""
        if self._usage is not None:
            raise ValueError("this child is closed")
        request = encode(header, blobs)
        start = time.monotonic()
        deadline = start + self.limits.wall_s - self._waited_s
        try:
            return self._conversation.ask(request, deadline, f"{self.limits.wall_s:g} s without an answer")
        except BaseException as failure:
            self._failed = failure
            raise
        finally:
            self._waited_s += time.monotonic() - start
            if self._failed is not None:
                self.close()

    def close(self) -> Usage:
        """Kill it, wait until it is gone, and say what it used."""
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
            try:
                signal.pidfd_send_signal(self._pidfd, signal.SIGKILL)
            except ProcessLookupError:
                pass
            return self._zygote.wait_exit(self._id)
        except SandboxLost:
            return None                                         # the zygote's end was its end too
        finally:
            self._drain()
            self._output.close()
            self._wire.close()
            if self._pidfd >= 0:
                os.close(self._pidfd)
                self._pidfd = -1

    def _drain(self) -> None:
        try:
            self._output.drain()
        except ChildEnded:
            pass                                                # it is over anyway; the cap has been kept

    def __enter__(self) -> Child:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


class Sandbox:
    """One warm zygote, restarted when it is lost. Not for use by two threads at once.

    minimum: "none", "standard", "full" or a set of layers; with less, SandboxUnavailable and nothing runs.
    unconfined: only resource limits. The protection record says so, and so must every result.
    bubblewrap: "auto" uses it where it works, "off" does not, "required" adds it to the minimum.
    """

    def __init__(self, *, minimum: str | Collection[str] = "standard", unconfined: bool = False,
                 bubblewrap: str = "auto", _without: Collection[str] = (), _child: Path | None = None) -> None:
        self._needed = frozenset() if unconfined else required(minimum, bubblewrap)
        self._places = places.find(_child)
        self._plan, self._protection = plan(self._places, unconfined=unconfined, bubblewrap_mode=bubblewrap,
                                            without=frozenset(_without))
        demand(self._needed, self._protection.missing)
        self._tested = False
        self._zygote: Zygote | None = Zygote(self._plan)        # warms up while the judge does other things

    def _warm(self) -> Zygote:
        if self._zygote is None:
            self._zygote = Zygote(self._plan)
            self._tested = False
        self._zygote.wait_ready()
        if not self._tested:
            self._test(self._zygote)
        return self._zygote

    def _test(self, zygote: Zygote) -> None:
        try:
            with Child(zygote, seed=0, limits=Limits(), serve="probe") as probe:
                found = selftest.run(self._protection.layers, self._places,
                                     lambda acts: probe.request({"acts": acts})[0]["outcomes"])
        except ChildEnded as end:
            raise SandboxUnavailable(f"the self-test did not finish: {end}") from None
        demand(self._needed, found)
        before = self._protection
        self._protection = replace(before, layers=before.layers - found.keys(), missing={**before.missing, **found},
                                   own_uid=zygote.ready["changes_uid"])
        self._tested = True

    @property
    def protection(self) -> Protection:
        """What is in force, after the self-test has seen it."""
        self._retrying(self._warm)
        return self._protection

    def child(self, seed: int, limits: Limits = Limits()) -> Child:
        """A fresh process, confined and seeded."""
        return self._retrying(lambda: Child(self._warm(), seed, limits))

    def _retrying(self, act: Callable[[], T]) -> T:
        """Once more with a new zygote, in case the old one had died since it was last used."""
        try:
            return act()
        except SandboxLost:
            self._forget()
        try:
            return act()
        except SandboxLost:
            self._forget()
            raise

    def _forget(self) -> None:
        if self._zygote is not None:
            self._zygote.close()
            self._zygote = None

    def close(self) -> None:
        """End the zygote and every child of it."""
        self._forget()

    def __enter__(self) -> Sandbox:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()
