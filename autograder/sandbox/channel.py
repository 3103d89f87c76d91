"""Send one request and receive its answer, from a child that may stall, flood, lie or die.

Every read and write is non-blocking and limited in time, and the output pipe is drained meanwhile, so that no child can block the
judge.
"""

from __future__ import annotations

import os
import select
import socket
from collections.abc import Callable

from .errors import ChildEnded, ChildLost
from .frame_reader import Frame, FrameReader, OverBudget, ProtocolViolation
from .idle_time import TICK_S

CHUNK = 1 << 16
GRACE_S = 2.0  # between the end of the wire and the report of the child's death


class Output:
    """What the child printed, up to the cap."""

    def __init__(self, fd: int, cap: int) -> None:
        self.fd, self.cap = fd, cap
        self.data = bytearray()
        self.open = True
        os.set_blocking(fd, False)

    def drain(self) -> None:
        """Read what is available. Raises ChildEnded when the total exceeds the cap."""
        while self.open:
            try:
                part = os.read(self.fd, CHUNK)
            except BlockingIOError:
                return
            if not part:
                self.open = False
            self.data += part
            if len(self.data) > self.cap:
                del self.data[self.cap :]
                raise ChildEnded("output_limit", f"more than {self.cap} bytes printed")

    def close(self) -> None:
        os.close(self.fd)
        self.open = False


class Conversation:
    """The wire, the output pipe and the zygote's control socket of one child."""

    def __init__(
        self,
        wire: socket.socket,
        output: Output,
        control: socket.socket,
        ended: Callable[[float], ChildEnded | ChildLost | None],
        watch: Callable[[], None],
        reply_bytes: int,
    ) -> None:
        """ended: waits that many seconds for the child's end; None while it runs. reply_bytes: the budget of all answers.

        watch: called at least once per tick; it must raise when the child breaks a limit or takes too long.
        """
        wire.setblocking(False)
        self._left = reply_bytes
        self.wire, self.output, self.ended, self.watch = wire, output, ended, watch
        self.poll = select.poll()
        for readable in (wire, control, output.fd):
            self.poll.register(readable, select.POLLIN)

    def _send(self, rest: memoryview) -> memoryview:
        try:
            return rest[self.wire.send(rest[:CHUNK]) :]
        except BlockingIOError:
            return rest
        except OSError:  # ECONNRESET, EPIPE: the child has closed its end
            return memoryview(b"")

    def _receive(self, reader: FrameReader) -> bool:
        """Read what is available, up to one frame. False at the end of the wire."""
        while reader.frame is None:
            try:
                part = self.wire.recv(CHUNK)
            except BlockingIOError:
                return True
            except OSError:
                return False
            if not part:
                return False
            reader.feed(part)
        return True

    def silent(self) -> None:
        """Raise ProtocolViolation when the child has sent something between requests."""
        try:
            surplus = self.wire.recv(1)
        except OSError:
            return  # nothing there, or the child is gone, which the next request will notice
        if surplus:
            raise ProtocolViolation("there is an answer without a request")

    def ask(self, request: bytes) -> Frame:
        """Send one request and return its answer. Raises ChildEnded."""
        try:
            self.silent()
            reader = FrameReader(self._left)
            answer = self._exchange(reader, memoryview(request), self.watch)
            self._left -= reader.size
            return answer
        except OverBudget:
            raise ChildEnded("memory_limit", "the answers together are too large") from None
        except ProtocolViolation as violation:
            raise ChildEnded("protocol_violation", str(violation)) from None

    def greeting(self, watch: Callable[[], None]) -> Frame:
        """The one frame a child sends without a request: it is confined and ready."""
        return self._exchange(FrameReader(CHUNK), memoryview(b""), watch)

    def _exchange(self, reader: FrameReader, rest: memoryview, watch: Callable[[], None]) -> Frame:
        while True:
            if rest:
                rest = self._send(rest)
            ready = self._wait(bool(rest), TICK_S)
            if self.output.fd in ready:
                self._drain()
            listening = self.wire.fileno() not in ready or self._receive(reader)
            if reader.frame is not None:
                return reader.frame
            if not listening:
                raise self._end_of_wire()
            if (ending := self.ended(0.0)) is not None:
                self._receive(reader)  # what it sent before it ended
                if reader.frame is not None:
                    return reader.frame
                raise ending
            watch()

    def _wait(self, writing: bool, seconds: float) -> set[int]:
        """The descriptors that are ready within `seconds`."""
        if writing:
            self.poll.modify(self.wire, select.POLLIN | select.POLLOUT)
        ready = {fd for fd, _ in self.poll.poll(seconds * 1000)}
        if writing:
            self.poll.modify(self.wire, select.POLLIN)
        return ready

    def _drain(self) -> None:
        self.output.drain()
        if not self.output.open:
            self.poll.unregister(self.output.fd)

    def _end_of_wire(self) -> ChildEnded | ChildLost:
        ending = self.ended(GRACE_S)  # even past the deadline: the student needs to know how it ended
        self.output.drain()
        return ending or ChildEnded("protocol_violation", "the wire was closed without an answer")
