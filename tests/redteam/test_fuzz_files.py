"""Arbitrary files and texts: they are read, or rejected in one line, and their contents do no harm."""

# ruff: noqa: E501  (tables: one row, one line)

from __future__ import annotations

import contextlib
import io
import json
import time
import unicodedata
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from autograder import sanitize
from autograder.intake import forbidden
from autograder.intake.source import RejectedInput, code_cells, read_submission, without_checks
from autograder.intake.zipped import ZipRejected, members
from autograder.judge.known_texts import known_text
from autograder.sanitize import one_line, visible
from tests.redteam.strategies import LEAK, PLAIN, fuzz


@fuzz
@given(st.sampled_from([".py", ".ipynb", ".zip"]), st.binary(max_size=400))
def test_any_bytes_are_read_or_rejected(tmp_path: Path, suffix: str, data: bytes) -> None:
    path = tmp_path / f"rnn_cell{suffix}"
    path.write_bytes(data)
    try:
        read_submission(path, "rnn_cell")
    except RejectedInput as error:
        assert str(error).isprintable()


CELL = st.dictionaries(
    st.sampled_from(["cell_type", "source", "metadata", "outputs", "id"]),
    PLAIN | st.sampled_from(["code", "markdown"]),
    max_size=4,
)


@fuzz
@given(
    st.dictionaries(
        st.sampled_from(["nbformat", "cells", "metadata"]), PLAIN | st.just(4) | st.lists(CELL, max_size=4), max_size=3
    )
)
def test_any_notebook_is_read_or_rejected(document: dict) -> None:
    try:
        assert all(isinstance(cell, str) for cell in code_cells(json.dumps(document).encode()))
    except RejectedInput as error:
        assert str(error).isprintable()


@fuzz
@given(st.data())
def test_a_zip_with_bytes_changed_is_read_or_rejected(data: st.DataObject) -> None:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("a/rnn_cell.py", "x = 1\n" * 20)
        archive.writestr("a/helper.py", "y")
    content = bytearray(buffer.getvalue())
    for place, value in data.draw(st.lists(st.tuples(st.integers(0, len(content) - 1), st.integers(0, 255)), max_size=8)):
        content[place] = value
    try:
        members(bytes(content), 10, 1000)
    except ZipRejected as error:
        assert str(error).isprintable()


@fuzz
@given(st.binary(max_size=300))
def test_any_bytes_as_a_zip(data: bytes) -> None:
    with contextlib.suppress(ZipRejected):
        members(b"PK\3\4" + data + b"PK\5\6" + data[:18].ljust(18, b"\0"), 10, 1000)


# ---- source text

N = forbidden.MAX_SCAN - 200
ASKED = {"encode": ("LSTM",)}
WORST = {
    "minus signs": "-" * N, "open parentheses": "(" * N, "attributes": "a" + ".a" * (N // 2), "not": "not " * (N // 4),
    "lambdas": "lambda:" * (N // 7) + "0", "nested parentheses": "(" * 5000 + ")" * 5000, "names": "a\n" * (N // 2),
    "semicolons": "a;" * (N // 2), "a sum": "1" + "+1" * (N // 2), "calls": "f" + "()" * (N // 2), "a list": "[" + "a," * (N // 2) + "]",
    "an f-string": "f'" + "{a}" * (N // 3) + "'", "an f-string that is not closed": "f'" + "{a}" * (N // 3), "slices": "a[" + ":," * (N // 2) + "]",
    "never closed": "a\n" * (N // 2) + "(((", "a comparison": "a" + "<a" * (N // 2), "assignments": "a=" * (N // 2) + "1", "parameters": "lambda " + "a," * (N // 2) + ":0",
    "definitions": "def encode():a\n" * (N // 15), "definitions that use each other": "".join(f"def f{i}(): f{i + 1}()\n" for i in range(N // 24)) + "encode = f0",
    "names of the task": "'encode';" * (N // 9), "elif": "if a:0\n" + "elif a:0\n" * (N // 9), "comprehensions": "[a " + "for a in a " * (N // 11) + "]",
    "indentation": "".join(" " * i + "if a:\n" for i in range(300)), "digits": "9" * N, "NUL": "\0" * N, "magics": "%x\n" * (N // 3), "carriage returns": "\r" * N,
    "decorators": "@a\n" * (N // 3) + "def encode():0", "stars": "*" * N, "backslashes": "\\\n" * (N // 2), "a string that is not closed": '"""' + "a" * N,
    "over the cap": "a\n" * N,
}  # fmt: skip


@pytest.mark.parametrize("source", WORST.values(), ids=WORST.keys())
def test_the_worst_source_within_the_cap_is_searched_in_time(source: str) -> None:
    start = time.process_time()
    found = forbidden.flags([source], ASKED)
    assert time.process_time() - start < 5
    assert all(len(line) < 300 and line.isprintable() for line in map(str, found))


@fuzz
@given(
    st.lists(
        st.text(max_size=80)
        | st.sampled_from(["def encode(x): return LSTM(x)", "\ufeffx=1", "x='\ud800'", "%time x\n!ls", "\0"]),
        max_size=4,
    )
)
def test_any_text_is_searched(parts: list[str]) -> None:
    found = forbidden.flags(parts, ASKED)
    assert ("def encode(x): return LSTM(x)" not in parts) or any("LSTM" in flag.text for flag in found)
    for part in parts:
        assert len(without_checks(part).split("\n")) == len(part.split("\n"))


@fuzz
@given(st.text(max_size=400), st.integers(4, 300))
def test_any_text_is_made_harmless(text: str, limit: int) -> None:
    shown = one_line(text, limit)
    assert shown.isprintable()
    assert len(shown) <= limit
    assert not shown.startswith("::")
    assert "##[" not in shown
    assert "##vso[" not in shown
    shown_lines = sanitize.lines(text)
    assert all(line.isprintable() and not line.lstrip().startswith("::") for line in shown_lines.split("\n"))
    document = json.dumps({"x": text}, ensure_ascii=False)
    assert json.loads(visible(document)) == {"x": text}
    assert not any(unicodedata.category(c) in ("Cc", "Cf", "Cs") for c in visible(document))


@fuzz
@given(st.text(max_size=200), st.text(max_size=200))
def test_no_text_of_an_error_is_known_but_what_torch_and_python_write(text: str, source: str) -> None:
    assert known_text(text + LEAK, source).count(LEAK) == 0
