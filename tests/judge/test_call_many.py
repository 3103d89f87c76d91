"""Many small calls in one request: the same answers, outcome and record as one by one."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import pytest
import torch

from autograder.child import runner
from autograder.child.runner import Runner
from autograder.judge import Answer, CheckFailed
from autograder.judge.failures import TaskAborted
from autograder.judge.submission import Submission
from autograder.protocol.replies import Wire

SOURCE = """
import torch
calls = []
def half(n):
    calls.append(n)
    if n % 2:
        raise ValueError(f"{n} is odd")
    return n // 2
def many(n):
    return torch.full((n,), 1.0 * n), {"n": n}
def square(x):
    return x * x
"""
Way = Callable[[Submission, str, Sequence[Any]], Iterable[Answer]]


class Counted:
    """Answers in this process and counts the interactions."""

    def __init__(self) -> None:
        namespace: dict[str, Any] = {}
        exec(SOURCE, namespace)
        self.runner, self.count = Runner(namespace), 0

    def request(self, header: dict[str, Any], blobs: Sequence[bytes] = ()) -> Wire:
        self.count += 1
        return self.runner.execute(header, blobs)


def one_by_one(submission: Submission, name: str, cases: Sequence[Any]) -> Iterator[Answer]:
    return (submission.call(name, *args) for args in cases)


def at_once(submission: Submission, name: str, cases: Sequence[Any]) -> Iterator[Answer]:
    return submission.call_many(name, cases)


def taken(way: Way, name: str, cases: Sequence[Any]) -> tuple[list[Any], str, list[Any], Counted]:
    channel = Counted()
    submission = Submission(channel, {"module.py": SOURCE.splitlines()})
    record = submission.begin()
    values, message = [], ""
    try:
        for answer in way(submission, name, cases):
            values.append((answer.label, answer.value, answer.call_id))
    except CheckFailed as failure:
        message = str(failure)
    return values, message, [(i.wire, i.reply) for i in record.interactions], channel


@pytest.mark.parametrize("numbers", [[2, 4, 6], [], [2, 4, 5, 6, 8], [1, 2], [2, 3]])
def test_values_failures_and_records_are_those_of_single_calls(numbers: list[int]) -> None:
    cases = [(n,) for n in numbers]
    single, together = taken(one_by_one, "half", cases), taken(at_once, "half", cases)
    assert together[:3] == single[:3]
    assert together[3].runner.namespace["calls"] == single[3].runner.namespace["calls"], "nothing is called after a failure"
    assert together[3].count == min(1, len(cases))


def test_large_answers_come_in_several_exchanges(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runner, "ENOUGH_BYTES", 90)
    values, _, interactions, channel = taken(at_once, "many", [(n,) for n in (3, 40, 1, 2, 20, 2)])
    assert [(value[0].tolist(), value[1]) for _, value, _ in values] == [([float(n)] * n, {"n": n}) for n in (3, 40, 1, 2, 20, 2)]
    assert channel.count == 3
    assert len(interactions) == 6


def test_only_the_last_answer_has_gradients() -> None:
    submission = Submission(Counted(), {})
    xs = [torch.tensor([n], dtype=torch.float32, requires_grad=True) for n in (2, 3)]
    first, last = submission.call_many("square", [(x,) for x in xs])
    assert last.gradients(torch.ones(1))[0].item() == 6
    with pytest.raises(RuntimeError, match="after another call"):
        first.gradients(torch.ones(1))


def test_an_answer_can_be_asked_for_again() -> None:
    submission = Submission(Counted(), {})
    assert [answer.again().value for answer in submission.call_many("half", [(2,), (8,)])] == [1, 4]


class Says:
    def __init__(self, reply: Any, blobs: list[bytes]) -> None:
        self.reply, self.blobs = reply, blobs

    def request(self, header: dict[str, Any], blobs: Sequence[bytes] = ()) -> Wire:
        return {"ok": self.reply}, self.blobs


GOOD = {"ok": {"value": ["int", 1], "changed": [], "containers_changed": False, "switched": []}}


@pytest.mark.parametrize(
    ("reply", "blobs"),
    [([], []), ([[GOOD, 0]] * 4, []), ([[GOOD, 1]], []), ([[GOOD, 0]], [b"x"]), ([[GOOD, -1]], []), ([[GOOD, True]], [b"x"]),
     ([GOOD], []), ([["ok", 0]], []), ({}, []), (None, [])],
)  # fmt: skip
def test_what_no_honest_child_says_ends_the_task(reply: Any, blobs: list[bytes]) -> None:
    with pytest.raises(TaskAborted):
        list(Submission(Says(reply, blobs), {}).call_many("half", [(2,), (4,), (6,)]))
