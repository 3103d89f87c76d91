"""The judge's reader against bytes that no honest child sends."""

from __future__ import annotations

import contextlib
import json
import math
import struct
import time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.sandbox import frame_reader
from autograder.sandbox.frame_reader import FrameReader, ProtocolViolation


def frame(text: bytes, rest: bytes = b"") -> bytes:
    return struct.pack("<I", len(text)) + text + rest


def read(data: bytes) -> frame_reader.Frame | None:
    reader = FrameReader(1 << 30)
    reader.feed(data)
    return reader.frame


VIOLATIONS = {
    "header length zero": struct.pack("<I", 0),
    "header length 4 GiB": b"\xff\xff\xff\xff",
    "header one byte over the cap": struct.pack("<I", frame_reader.HEADER_CAP + 1),
    "header is not JSON": frame(b"hello"),
    "header is a list": frame(b"[]"),
    "header is not utf-8": frame(b'{"blobs": [], "a": "\xff"}'),
    "header is utf-16": frame('{"blobs": []}'.encode("utf-16")),
    "header has two values": frame(b'{"blobs": []} {}'),
    "no blobs key": frame(b"{}"),
    "blobs is a number": frame(b'{"blobs": 3}'),
    "a blob length is negative": frame(b'{"blobs": [-1]}'),
    "a blob length is a float": frame(b'{"blobs": [1.0]}'),
    "a blob length is true": frame(b'{"blobs": [true]}'),
    "a blob of 1 TiB": frame(b'{"blobs": [1099511627776]}'),
    "blobs over the cap together": frame(b'{"blobs": [33554433, 33554433]}'),
    "too many blobs": frame(json.dumps({"blobs": [0] * (frame_reader.BLOB_COUNT_CAP + 1)}).encode()),
    "a key twice": frame(b'{"blobs": [], "a": 1, "a": 2}'),
    "a key twice, further in": frame(b'{"blobs": [], "a": {"b": 1, "b": 2}}'),
    "an integer of 5000 digits": frame(b'{"blobs": [], "a": ' + b"9" * 5000 + b"}"),
    "an integer of 30 digits": frame(b'{"blobs": [], "a": ' + b"9" * 30 + b"}"),
    "nested 100 000 deep": frame(b'{"blobs": [], "a": ' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "nested and never closed": frame(b"[" * 100_000),
    "nested objects": frame(b'{"a":' * 40 + b"1" + b"}" * 40),
    "a lone surrogate": frame(b'{"blobs": [], "a": "\\ud800"}'),
    "an unfinished string of backslashes": frame(b'{"a": "' + b"\\" * 100_000),
    "a byte after the frame": frame(b'{"blobs": []}', b"x"),
    "two frames": frame(b'{"blobs": []}') * 2,
    "more blob than announced": frame(b'{"blobs": [1]}', b"xy"),
}


@pytest.mark.parametrize("data", VIOLATIONS.values(), ids=VIOLATIONS.keys())
def test_a_violation_is_told_at_once_and_quotes_nothing(data: bytes) -> None:
    with pytest.raises(ProtocolViolation) as raised:
        read(data)
    assert len(str(raised.value)) < 80


SLOW_TO_PARSE = {
    "an unfinished string of escaped quotes": b'{"blobs": [], "a": "' + b'\\"' * 500_000,
    "half a million empty strings": b'{"blobs": [], "a": [' + b'"",' * 340_000 + b'""]}',
    "a float of a million digits": b'{"blobs": [], "a": ' + b"7" * 1_000_000 + b".5}",
    "half a million lists": b'{"blobs": [], "a": [' + b"[]," * 340_000 + b"[]]}",
    "a million spaces": b'{"blobs": []' + b" " * 1_000_000 + b"}",
}


@pytest.mark.parametrize("text", SLOW_TO_PARSE.values(), ids=SLOW_TO_PARSE.keys())
def test_no_header_under_the_cap_takes_long(text: bytes) -> None:
    start = time.process_time()
    with contextlib.suppress(ProtocolViolation):
        read(frame(text))
    assert time.process_time() - start < 2


HONEST = {
    "an empty answer": ({}, []),
    "blobs, one of them empty": ({"a": 1}, [b"xy", b"", b"z"]),
    "text beyond ASCII": ({"a": "Zürich \U0001f600"}, []),
    "brackets in a string": ({"a": "[" * 1000 + '"\\' + "{" * 1000}, []),
    "64-bit integers": ({"a": [2**63 - 1, -(2**63), 2**64 - 1]}, []),
    "infinities": ({"a": [math.inf, -math.inf]}, []),
    "depth just under the cap": ({"a": json.loads("[" * 30 + "]" * 30)}, []),
}


@pytest.mark.parametrize("sent", HONEST.values(), ids=HONEST.keys())
@pytest.mark.parametrize("step", [1, 3, 10**6], ids=["byte by byte", "in threes", "at once"])
def test_what_is_encoded_is_read_back(sent: frame_reader.Frame, step: int) -> None:
    data = frame_reader.encode(*sent)
    reader = FrameReader(1 << 30)
    for start in range(0, len(data), step):
        assert reader.frame is None
        reader.feed(data[start : start + step])
    assert reader.frame == (sent[0], sent[1])


def test_nan_is_a_number() -> None:
    header, _ = read(frame_reader.encode({"a": math.nan}))
    assert math.isnan(header["a"])


@settings(database=None, deadline=None)
@given(st.binary(max_size=300))
def test_any_bytes_are_a_frame_an_unfinished_frame_or_a_violation(data: bytes) -> None:
    with contextlib.suppress(ProtocolViolation):
        read(data)


@settings(database=None, deadline=None)
@given(st.binary(max_size=300), st.binary(max_size=50))
def test_any_header_is_a_frame_an_unfinished_frame_or_a_violation(text: bytes, rest: bytes) -> None:
    try:
        found = read(frame(text, rest))
    except ProtocolViolation:
        return
    assert found is None or type(found[0]) is dict


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64)
    | st.floats(allow_nan=False)
    | st.text(st.characters(exclude_categories=["Cs"])),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(st.characters(exclude_categories=["Cs"])), inner),
    max_leaves=10,
)


@settings(database=None, deadline=None)
@given(st.dictionaries(st.text("abc"), JSON), st.lists(st.binary(max_size=20), max_size=4), st.integers(1, 50))
def test_honest_frames_survive_any_cut(header: dict, blobs: list[bytes], cut: int) -> None:
    data = frame_reader.encode(header, blobs)
    reader = FrameReader(1 << 30)
    reader.feed(data[:cut])
    reader.feed(data[cut:])
    assert reader.frame == (header, blobs)


def test_our_own_requests_keep_to_the_caps() -> None:
    with pytest.raises(ValueError, match="the key `blobs` is reserved"):
        frame_reader.encode({"blobs": []})
    with pytest.raises(ValueError, match="too many or too large blobs"):
        frame_reader.encode({}, [b""] * (frame_reader.BLOB_COUNT_CAP + 1))


@pytest.mark.parametrize("fed", [1, 40])
def test_a_frame_over_the_budget_is_refused_before_its_bytes_are_taken_in(fed: int) -> None:
    text = b'{"blobs": [1000]}'
    with pytest.raises(frame_reader.OverBudget):
        FrameReader(len(text) + 999).feed(frame(text))
    with pytest.raises(frame_reader.OverBudget):
        FrameReader(len(text) - 1).feed(frame(text)[:4])
    reader = FrameReader(len(text) + 1000)
    for start in range(0, len(data := frame(text, bytes(1000))), fed):
        reader.feed(data[start : start + fed])
    assert reader.frame is not None
    assert reader.size == len(text) + 1000
