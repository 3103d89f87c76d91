"""Arbitrary bytes and arbitrary answers: the judge comes out of all of them with one of its own words."""

# ruff: noqa: E501  (tables: one row, one line)

from __future__ import annotations

import contextlib
import io
import json
import time
import unicodedata
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from autograder import sanitize
from autograder.batch import SubmissionRef, grade
from autograder.course import Assignment
from autograder.intake import forbidden
from autograder.intake.source import RejectedInput, SubmissionSource, code_cells, read_submission, without_checks
from autograder.intake.zipped import ZipRejected, members
from autograder.judge import CheckFailed, diagnosis
from autograder.judge.check import check, check_all
from autograder.judge.compare import describe, mismatch
from autograder.judge.error_text import explain, known_text
from autograder.judge.failures import TaskAborted
from autograder.judge.submission import Submission
from autograder.protocol.replies import Error, MalformedMessage
from autograder.protocol.requests import Load
from autograder.protocol.values import MalformedValue, decode, encode
from autograder.reports.text import result_text
from autograder.results import OUR_FAULT, VERDICTS
from autograder.sandbox import Usage
from autograder.sanitize import one_line, visible

LEAK = "leak-7f3a"
fuzz = settings(
    database=None, deadline=None, derandomize=True, max_examples=60,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow, HealthCheck.filter_too_much],
)  # fmt: skip

TEXT = st.text(max_size=30) | st.sampled_from([LEAK, "weight", "rnncell.weight_ih", "", "\x1b[2J", "::error::x", "x" * 3000])
NUMBER = st.integers(-(2**64), 2**64) | st.floats()
PLAIN = st.recursive(
    st.none() | st.booleans() | NUMBER | TEXT,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(TEXT, inner, max_size=4),
    max_leaves=8,
)
DTYPE = st.sampled_from(["float32", "float64", "float16", "bfloat16", "int64", "bool", "uint8", "complex64", LEAK])
SHAPE = st.lists(st.integers(0, 6) | st.sampled_from([-1, 2**31 - 1, 2**31, 1.0, True, "2"]), max_size=5)
NODE = st.recursive(
    st.one_of(
        st.just(["none"]),
        st.tuples(st.just("bool"), st.booleans()).map(list),
        st.tuples(st.just("int"), st.integers(-(2**63), 2**63) | PLAIN).map(list),
        st.tuples(st.just("float"), st.floats() | PLAIN).map(list),
        st.tuples(st.just("str"), TEXT).map(list),
        st.tuples(st.just("tensor"), DTYPE, SHAPE, st.integers(-1, 3), st.booleans()).map(list),
        st.tuples(st.just("handle"), TEXT, TEXT).map(list),
        st.tuples(st.just("odd"), TEXT | st.just("a value of type " + LEAK)).map(list),
        PLAIN,
    ),
    lambda inner: st.one_of(
        st.tuples(st.sampled_from(["list", "tuple"]), st.lists(inner, max_size=5)).map(list),
        st.tuples(st.just("dict"), st.lists(st.lists(inner, min_size=2, max_size=2), max_size=4)).map(list),
    ),
    max_leaves=8,
)
ERROR = st.fixed_dictionaries(
    {"kind": st.sampled_from(["memory", "missing", "not_callable", "not_a_module", "names", "exception"]) | PLAIN},
    optional={
        "name": TEXT, "type": TEXT | st.sampled_from(["ValueError", "NotImplementedError", "KeyError"]), "text": TEXT,
        "place": TEXT | st.just("rnn_cell.py"), "line": NUMBER | st.none(),
    },
)  # fmt: skip
OK = st.one_of(
    st.fixed_dictionaries({"value": NODE, "changed": PLAIN, "containers_changed": PLAIN}),
    st.fixed_dictionaries({"module": st.booleans() | PLAIN, "type": TEXT}),
    NODE,
    st.lists(st.tuples(st.just("tuple"), st.tuples(st.tuples(st.just("str"), TEXT).map(list), NODE).map(list)).map(list), max_size=4)
    .map(lambda pairs: ["list", pairs]),
    PLAIN,
)  # fmt: skip
SINGLE = st.one_of(
    st.fixed_dictionaries({"ok": OK}), st.fixed_dictionaries({"error": ERROR | PLAIN}), st.dictionaries(TEXT, PLAIN, max_size=3)
)
COUNTED = st.lists(st.tuples(SINGLE | PLAIN, st.integers(-1, 3) | PLAIN).map(list) | PLAIN, max_size=4)
REPLY = SINGLE | st.fixed_dictionaries({"ok": COUNTED})
BLOBS = st.lists(st.binary(max_size=48) | st.sampled_from([bytes(16), bytes(64), b"\xff" * 16]), max_size=4)


class Scripted:
    """A channel that gives prepared answers, whatever it is asked; then the last one for ever."""

    def __init__(self, replies: Sequence[tuple[Any, list[bytes]]]) -> None:
        self.replies = list(replies)

    def request(self, header: dict[str, Any], blobs: Sequence[bytes] = ()) -> tuple[dict[str, Any], list[bytes]]:
        return self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]


QUESTIONS = {
    "a call": lambda s: check(s.encode("hello", ["e"]), torch.zeros(2, 3), "batch hidden_size"),
    "several calls": lambda s: check_all(s.call_many("encode", [("h",), ("e",), ("l",)]), [torch.zeros(2, 3), 1.5, "x"]),
    "a call with parts": lambda s: check(s.run("x"), (torch.zeros(2), (3, "a"), 2.5), ("seq_len", None, None)),
    "a dict": lambda s: check(s.shapes(), {"a": (1, 2), "b": "x"}),
    "a model": lambda s: s.new("Model", size=3).set_parameters({"weight": torch.zeros(2)}),
    "a model with other names": lambda s: s.new("Model", size=3).adopt({"weight": torch.zeros(2), "bias": torch.zeros(4)}),
    "attributes": lambda s: s.build("made = 1", "made").attributes("x"),
    "a method": lambda s: check(s.new("Model").method("init_hidden"), torch.zeros(1, 2)),
    "gradients": lambda s: s.encode(torch.zeros(1)).gradients(torch.zeros(1)),
    "an error": lambda s: s.error_of("encode", "x"),
}


@pytest.mark.parametrize("ask", QUESTIONS.values(), ids=QUESTIONS.keys())
def test_any_answer_is_right_failed_or_ended(ask: Any) -> None:
    @fuzz
    @given(st.lists(st.tuples(REPLY, BLOBS), min_size=1, max_size=3))
    def survives(replies: list[tuple[Any, list[bytes]]]) -> None:
        submission = Submission(Scripted(replies), {"rnn_cell.py": ["def encode(text): pass"]})
        record = submission.begin()
        try:
            ask(submission)
        except (CheckFailed, TaskAborted) as end:
            assert LEAK not in str(end)
            assert "\x1b" not in str(end)
            assert len(str(end)) < 5000
        diagnosis.difference(
            record.interactions, diagnosis.MisconceptionReplay("def encode(*args): return 1\nModel = run = shapes = encode")
        )

    survives()


@fuzz
@given(REPLY | PLAIN)
def test_any_reply_to_load_is_taken_or_ended(reply: Any) -> None:
    request = Load("module", "rnn_cell", [""], {}, ["encode"])
    try:
        Submission(Scripted([(reply if isinstance(reply, dict) else {"ok": reply}, [])]), {}).load(request)
    except TaskAborted as end:
        assert end.verdict in VERDICTS - OUR_FAULT


@fuzz
@given(NODE | PLAIN, BLOBS, NODE, BLOBS)
def test_any_tree_is_a_value_or_malformed_and_every_value_can_be_compared(
    tree: Any, blobs: list[bytes], other: Any, more: list[bytes]
) -> None:
    values = []
    for node, data in ((tree, blobs), (other, more)):
        try:
            values.append(decode(node, data))
        except MalformedValue:
            return
    for expected in (torch.zeros(2, 3), 1.5, (torch.zeros(1), 2), {"a": 1}, "text", None, True, values[1]):
        found = mismatch(values[0], expected)
        assert found is None or LEAK not in found.text or expected is values[1]
    assert LEAK not in describe(values[0])
    assert len(describe(values[0])) < 300
    again: list[bytes] = []
    assert decode(encode(values[0], again), again) is not None or values[0] is None


@fuzz
@given(ERROR | PLAIN, st.booleans())
def test_any_error_is_explained_in_one_line(error: Any, hidden: bool) -> None:
    try:
        found = Error.from_wire(error)
    except MalformedMessage:
        return
    if found.kind == "exception":
        text = explain(found, {"rnn_cell.py": ["x = 1"]}, hidden_inputs=hidden)
        assert text.isprintable()
        assert len(text) < 600
        assert not hidden or LEAK not in text


class Liar:
    """A sandbox whose child answers anything at all to a real run of the hidden graders."""

    unconfined = False

    def __init__(self, replies: Sequence[tuple[Any, list[bytes]]], loads: bool) -> None:
        self.replies, self.loads = replies, loads

    def child(self, seed: int, limits: object) -> Liar:
        self.channel = Scripted(self.replies)
        return self

    def request(self, header: dict[str, Any], blobs: Sequence[bytes] = ()) -> tuple[Any, list[bytes]]:
        if header["op"] == "load" and self.loads:
            return {"ok": {"skipped": [], "missing": []}}, []
        return self.channel.request(header, blobs)

    def close(self) -> Usage:
        return Usage(0, 0, 0)


@settings(fuzz, max_examples=4)
@given(st.lists(st.tuples(REPLY, BLOBS), min_size=1, max_size=4), st.booleans())
def test_no_answers_bring_the_hidden_graders_down_or_earn_points(
    whole_assignment: Assignment, replies: list, loads: bool
) -> None:
    _liar_earns_nothing(whole_assignment, replies, loads)


@settings(fuzz, max_examples=15)
@given(st.lists(st.tuples(REPLY, BLOBS), min_size=1, max_size=4))
def test_no_answers_bring_the_quick_graders_down_or_earn_points(assignment: Assignment, replies: list) -> None:
    _liar_earns_nothing(assignment, replies, True)


def _liar_earns_nothing(assignment: Assignment, replies: list, loads: bool) -> None:
    source = SubmissionSource("module", "rnn_cell", ("def encode(): pass",), "")
    result = grade(assignment, SubmissionRef("liar", source=source, seed=7), Liar(replies, loads))
    assert result.verdict in VERDICTS - OUR_FAULT
    assert result.score == 0
    assert LEAK not in result.json()
    assert LEAK not in result_text(result)


# ---- files


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
