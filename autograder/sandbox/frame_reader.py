"""The judge's end of the wire: a strict, incremental reader of frames that a hostile process wrote.

A frame is a 4-byte little-endian length, a JSON header with `blobs: [lengths]`, then the raw blobs. Pure: bytes in,
frames or `ProtocolViolation` out; descriptors and deadlines are in `channel.py`. NaN and Infinity are valid numbers.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from autograder.protocol.frames import LENGTH
from autograder.protocol.frames import encode as _encode

Frame = tuple[dict[str, Any], list[bytes]]

HEADER_CAP = 1 << 20
BLOBS_CAP = 64 << 20
BLOB_COUNT_CAP = 4096
DEPTH_CAP = 32
DIGITS_CAP = 20  # any 64-bit integer, with its sign
NO_BRACKETS = bytes(set(range(256)) - set(b"[]{}"))


class ProtocolViolation(Exception):
    """Bytes that no honest child sends. The message is ours and quotes none of them."""


class OverBudget(Exception):
    """A frame that would exceed the budget for the replies of one child."""


def encode(header: dict[str, Any], blobs: Sequence[bytes] = ()) -> bytes:
    """One request as bytes. Raises ValueError when it would exceed our own caps."""
    if "blobs" in header:
        raise ValueError("the key `blobs` is reserved")
    if len(blobs) > BLOB_COUNT_CAP or sum(map(len, blobs)) > BLOBS_CAP:
        raise ValueError("too many or too large blobs")
    return _encode(header, blobs)


def _check_depth(text: bytes) -> None:
    """Limit the nesting before the JSON parser recurses; in linear time for any bytes."""
    if text.count(b"[") + text.count(b"{") <= DEPTH_CAP:  # a fast path for most answers
        return
    depth = 0
    outside = b"".join(text.replace(b"\\\\", b"").replace(b'\\"', b"").split(b'"')[::2])  # without the strings
    for bracket in outside.translate(None, NO_BRACKETS):
        depth += 1 if bracket in b"[{" else -1
        if depth > DEPTH_CAP:
            raise ProtocolViolation("the header is nested too deeply")


def _integer(digits: str) -> int:
    if len(digits) > DIGITS_CAP:
        raise ProtocolViolation("a number in the header is too long")
    return int(digits)


def _without_duplicates(pairs: list[tuple[str, object]]) -> dict[str, Any]:
    record = dict(pairs)
    if len(record) != len(pairs):
        raise ProtocolViolation("a key occurs twice in the header")
    return record


DECODER = json.JSONDecoder(parse_int=_integer, object_pairs_hook=_without_duplicates)


def parse_header(text: bytes) -> dict[str, Any]:
    """Parse a JSON object from untrusted bytes. Raises ProtocolViolation."""
    _check_depth(text)
    try:
        header = DECODER.decode(text.decode("utf-8"))
        if b"\\u" in text:  # lone surrogates cannot be printed
            json.dumps(header, ensure_ascii=False).encode("utf-8")
    except (ValueError, RecursionError):
        raise ProtocolViolation("the header is not valid JSON") from None
    if type(header) is not dict:
        raise ProtocolViolation("the header is not a JSON object")
    return header


def blob_lengths(header: dict[str, Any]) -> list[int]:
    """Remove `blobs` from the header, check it and return it. Raises ProtocolViolation."""
    lengths = header.pop("blobs", None)
    if type(lengths) is not list or len(lengths) > BLOB_COUNT_CAP:
        raise ProtocolViolation("the header has no proper list of blob lengths")
    if any(type(length) is not int or length < 0 for length in lengths) or sum(lengths) > BLOBS_CAP:
        raise ProtocolViolation("a blob length is wrong or over the cap")
    return lengths


class FrameReader:
    """Takes bytes as they arrive; `frame` is set once one frame is complete. One byte more is a violation.

    budget: the maximal size of the frame in bytes. `size` is its size.
    """

    def __init__(self, budget: int) -> None:
        self._budget, self.size = budget, 0
        self._buffer = bytearray()
        self._needed = LENGTH.size
        self._header: dict[str, Any] | None = None
        self._lengths: list[int] = []
        self._in_header = False
        self.frame: Frame | None = None

    def feed(self, data: bytes) -> None:
        self._buffer += data
        while self.frame is None and len(self._buffer) >= self._needed:
            self._advance()
        if self.frame is not None and self._buffer:
            raise ProtocolViolation("there is more than one answer to one request")

    def _take(self, count: int) -> bytes:
        taken = bytes(memoryview(self._buffer)[:count])
        del self._buffer[:count]
        return taken

    def _advance(self) -> None:
        if self._header is not None:
            self.frame = self._header, [self._take(length) for length in self._lengths]
        elif self._in_header:
            header = parse_header(self._take(self._needed))
            self._lengths = blob_lengths(header)
            self._header, self._needed = header, sum(self._lengths)
            self._count(self._needed)
        else:
            (self._needed,) = LENGTH.unpack(self._take(LENGTH.size))
            if not 0 < self._needed <= HEADER_CAP:
                raise ProtocolViolation("the header's length is zero or over the cap")
            self._count(self._needed)
            self._in_header = True

    def _count(self, size: int) -> None:
        """Charge bytes to the budget before they are read."""
        self.size += size
        if self.size > self._budget:
            raise OverBudget
