"""Arbitrary answers: the judge always ends with one of its own verdicts."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from autograder.batch import SubmissionRef, grade
from autograder.course import Assignment
from autograder.intake.source import SubmissionSource
from autograder.judge import CheckFailed, diagnosis
from autograder.judge.check import check, check_all
from autograder.judge.compare import describe, mismatch
from autograder.judge.error_text import explain
from autograder.judge.failures import TaskAborted
from autograder.judge.submission import Submission
from autograder.protocol.replies import Error, MalformedMessage
from autograder.protocol.requests import Load
from autograder.protocol.values import MalformedValue, decode, encode
from autograder.reports.text import result_text
from autograder.results import OUR_FAULT, VERDICTS
from autograder.sandbox import Usage
from tests.redteam.strategies import BLOBS, ERROR, LEAK, NODE, PLAIN, REPLY, fuzz


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
