"""The answers of a misconception are computed once per set of requests, and never reused for others."""

from __future__ import annotations

import pytest

from autograder.course import Course
from autograder.judge.diagnosis import MisconceptionReplay, Recogniser, difference
from autograder.judge.record import Interaction
from autograder.protocol.replies import Error, Ok, Returned
from autograder.protocol.requests import Call

COUNTS = """
import builtins

builtins.asked += 1
seen = []

def f(x):
    seen.append(x)
    return len(seen)
"""


def question(x: int, answer: int) -> Interaction:
    call = Call("f", [x], "r1_1")
    return Interaction(call, call.to_wire(), Ok(Returned(answer)))


@pytest.fixture
def loaded(monkeypatch: pytest.MonkeyPatch):
    import builtins

    monkeypatch.setattr(builtins, "asked", 0, raising=False)
    return lambda: builtins.asked


def test_the_same_questions_are_put_once(loaded) -> None:
    replay = MisconceptionReplay(COUNTS)
    for _ in range(3):
        assert difference([question(5, 1), question(5, 2)], replay) == 0
    assert loaded() == 1
    replay.forget()
    assert difference([question(5, 1)], replay) == 0
    assert loaded() == 2


def test_an_answer_belongs_to_the_questions_before_it(loaded) -> None:
    replay = MisconceptionReplay(COUNTS)
    assert difference([question(5, 1), question(6, 2), question(5, 3)], replay) == 0
    assert difference([question(5, 1), question(5, 2)], replay) == 0  # other than the third above
    assert difference([question(6, 1)], replay) == 0
    assert difference([question(5, 1), question(6, 1)], replay) > 0
    assert loaded() == 3


def test_only_so_many_answers_are_kept(loaded, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("autograder.judge.diagnosis.MAX_CACHED_ANSWERS", 10)
    replay = MisconceptionReplay(COUNTS)
    for x in range(100):
        assert difference([question(x, 1)], replay) == 0
    assert replay._cached <= 11


def test_no_mistake_is_looked_for_in_an_unwritten_stub(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nor when another request follows the one that the stub refused."""
    monkeypatch.setattr(Recogniser, "usual", property(lambda _: pytest.fail("it asks the misconceptions")))
    call = Call("lstm_forward", [], "r1_1")
    refused = Interaction(call, call.to_wire(), Error("exception", type="NotImplementedError"))
    recogniser = Recogniser(Course()["05_lstm"], [])
    assert recogniser.recognise([refused], []) is None
    assert recogniser.recognise([refused, question(1, 1)], []) is None
