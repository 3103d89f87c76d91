"""The child's end of the wire: 4-byte length, JSON header with `blobs: [lengths]`, then the raw blobs.

It blocks and does not validate, because the other end is the judge. The judge's own strict reader is
`autograder/sandbox/frame_reader.py`. Only read and write are used, so that the child needs no socket system call.
"""

from __future__ import annotations

import json
import os
import struct
from collections.abc import Sequence
from itertools import accumulate, pairwise
from typing import Any

LENGTH = struct.Struct("<I")
CHUNK = 1 << 20


def encode(header: dict[str, Any], blobs: Sequence[bytes] = ()) -> bytes:
    """One frame as bytes. `header` must not have a key `blobs` of its own."""
    text = json.dumps({**header, "blobs": [len(b) for b in blobs]}).encode()
    return b"".join([LENGTH.pack(len(text)), text, *blobs])


def _read_exactly(fd: int, count: int) -> bytes | None:
    """`count` bytes, or None when the other end has closed."""
    parts = bytearray()
    while len(parts) < count:
        part = os.read(fd, min(CHUNK, count - len(parts)))
        if not part:
            return None
        parts += part
    return bytes(parts)


def receive(fd: int) -> tuple[dict[str, Any], list[bytes]] | None:
    """The next request, or None when the judge has closed the wire."""
    prefix = _read_exactly(fd, LENGTH.size)
    text = prefix and _read_exactly(fd, LENGTH.unpack(prefix)[0])
    if not text:
        return None
    header = json.loads(text)
    lengths = header.pop("blobs")
    data = _read_exactly(fd, sum(lengths))
    if data is None:
        return None
    ends = list(accumulate(lengths, initial=0))
    return header, [data[start:end] for start, end in pairwise(ends)]


def send(fd: int, header: dict[str, Any], blobs: Sequence[bytes] = ()) -> None:
    rest = memoryview(encode(header, blobs))
    while rest:
        rest = rest[os.write(fd, rest) :]
