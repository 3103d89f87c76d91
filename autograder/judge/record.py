"""The judge's record of a test: what was asked and answered, by which a mistake is recognised (see diagnosis.py)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property

from autograder.protocol.replies import Error, Reply, Wire
from autograder.protocol.requests import Request


@dataclass(frozen=True)
class Interaction:
    """One request and its reply. wire: the request as it was sent."""

    request: Request
    wire: Wire
    reply: Reply

    @cached_property
    def key(self) -> tuple[object, ...]:
        """Equal for equal requests."""
        header, blobs = self.wire
        return json.dumps(header), *blobs


class Attempt:
    """A part of a test, and the interactions of that part in order. Attempts inside it are parts of it."""

    def __init__(self) -> None:
        self._parts: list[Interaction | Attempt] = []

    def add(self, part: Interaction | Attempt) -> None:
        self._parts.append(part)

    def discard(self) -> None:
        """Forget what was asked so far, in attempts inside this one too: no mistake is recognised by it."""
        for part in self._parts:
            if isinstance(part, Attempt):
                part.discard()
        self._parts.clear()

    @property
    def interactions(self) -> list[Interaction]:
        return list(self._walk())

    @property
    def raised(self) -> bool:
        """Whether a reply was an error."""
        return any(isinstance(interaction.reply, Error) for interaction in self._walk())

    def _walk(self) -> Iterator[Interaction]:
        for part in self._parts:
            if isinstance(part, Attempt):
                yield from part._walk()
            else:
                yield part
