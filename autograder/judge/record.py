"""The judge's record of a test: its requests and replies, by which diagnosis.py recognises a mistake."""

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
    """A part of a test: its interactions and nested attempts, in order."""

    def __init__(self) -> None:
        self._parts: list[Interaction | Attempt] = []
        self._aside = False

    def add(self, part: Interaction | Attempt) -> None:
        self._parts.append(part)

    def discard(self) -> None:
        """Remove the interactions so far, including those of nested attempts: diagnosis does not use them."""
        for part in self._parts:
            if isinstance(part, Attempt):
                part.discard()
        self._parts.clear()

    def set_aside(self) -> None:
        """Diagnosis uses these interactions only to tell mistakes apart that fit all others."""
        self._aside = True

    @property
    def interactions(self) -> list[Interaction]:
        return list(self._walk())

    @property
    def all_interactions(self) -> list[Interaction]:
        """With those that are set aside."""
        return list(self._walk(aside=True))

    @property
    def raised(self) -> bool:
        """Whether a reply was an error."""
        return any(isinstance(interaction.reply, Error) for interaction in self._walk())

    def _walk(self, aside: bool = False) -> Iterator[Interaction]:
        for part in self._parts if aside or not self._aside else ():
            if isinstance(part, Attempt):
                yield from part._walk(aside)
            else:
                yield part
