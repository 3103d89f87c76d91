"""What a learner reads when a check fails: a table of failures and the words that the text must contain."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import checks
import pytest
import torch


def found(run: Callable[[], object]) -> str:
    def test_step_of_a_table() -> None:
        run()

    return "\n".join(checks.run_check("step", test_step_of_a_table).lines)


def equal(got: Any, expected: Any, axes: Any = "", **more: Any) -> Callable[[], None]:
    return lambda: checks.check_equal("step(x)", got, expected, axes, **more)


PAIR = (torch.zeros(3, 2, 4), torch.zeros(2, 4))
NAMES = {"output": "seq_len batch hidden_size", "h_n": "batch hidden_size"}
TOLD: dict[str, tuple[Callable[[], object], tuple[str, ...]]] = {
    "nothing is wrong": (equal(PAIR, PAIR, NAMES), ()),
    "a list instead of a tuple is fine": (equal(list(PAIR), PAIR, NAMES), ()),
    "nothing came back": (equal(None, PAIR[1], "batch hidden_size"), ("None: is a return missing?", "hidden_size) = (2, 4)")),
    "one of two parts": (equal(PAIR[0], PAIR, NAMES), ("a tensor of shape (3, 2, 4)", "2 values: output, h_n")),
    "the second part has another shape": (equal((PAIR[0], PAIR[0]), PAIR, NAMES), ("h_n", "shape (3, 2, 4)")),
    "axes swapped": (equal(PAIR[1].T, PAIR[1]), ("the same sizes, on different axes",)),
    "another dtype": (equal(torch.zeros(2).long(), torch.zeros(2), look_at="elsewhere"), ("torch.int64", ".to(torch.float32)")),
    "a few wrong numbers": (equal(torch.tensor([1.5]), torch.tensor([2.0]), "batch"), ("[1.5]", "[2]")),
    "many wrong numbers": (
        equal(torch.ones(5, 4), torch.zeros(5, 4), "seq_len batch"),
        ("20 of 20 values differ", "batch 0: 1", "0 there"),
    ),
    "not a number": (equal(torch.tensor([float("nan")]), torch.tensor([2.0])), ("nan",)),
    "a known mistake": (
        equal(torch.ones(1), torch.zeros(1), look_at="elsewhere", mistakes={"It is one.": torch.ones(1)}),
        ("It is one.",),
    ),
    "a wrong name": (equal({"a": (1,)}, {"b": (1,)}), ("the names a", "b", "Missing: b. Unexpected: a.")),
    "a wrong entry": (equal({"a": (1,), "b": (2,)}, {"a": (1,), "b": (3,)}), ("b (2,)", "b (3,)")),
    "no error raised": (lambda: checks.check_raises("f(0)", lambda: 3, ValueError, "z"), ("no error, but 3", "with 'z'")),
    "another message": (
        lambda: checks.check_raises("f(0)", lambda: int("x"), ValueError, "zebra"),
        ("invalid literal", "'zebra' in its message"),
    ),
    "no gradient": (
        lambda: checks.check_gradients("f(x)", torch.ones(2, requires_grad=True) * 2, {"x": torch.ones(1, requires_grad=True)}),
        ("does not reach x", ".detach()"),
    ),
}


@pytest.mark.parametrize(("run", "told"), TOLD.values(), ids=TOLD.keys())
def test_what_is_told(run: Callable[[], object], told: tuple[str, ...]) -> None:
    text = found(run)
    assert bool(text) == bool(told), text
    assert all(words in " ".join(text.split()) for words in told), text
    assert len(text.splitlines()) <= 8


STUBS = """
import torch

def encode(text):
    raise NotImplementedError()

def step(x):
    {body}
"""


def learners(body: str) -> dict[str, Any]:
    """A learner's file with one answer, in a file of its own."""
    namespace: dict[str, Any] = {}
    exec(compile(STUBS.format(body=body), "cell.py", "exec"), namespace)
    return namespace


@pytest.mark.parametrize(
    ("body", "outcome", "said"),
    [
        ("raise NotImplementedError()", checks.TODO, ""),
        ("return encode('h')", checks.WAITING, ""),
        ("return torch.ones(2, 3) @ x", checks.WRONG, "shapes cannot be multiplied (2x3 and 2x3)"),
        ("return y", checks.WRONG, "name 'y' is not defined"),
        ("import sys; sys.exit(3)", checks.WRONG, "SystemExit: 3"),
        ("raise KeyboardInterrupt", checks.WRONG, "interrupted"),
    ],
)
def test_an_exception(body: str, outcome: str, said: str, monkeypatch: pytest.MonkeyPatch) -> None:
    namespace = learners(body)
    lines = dict(enumerate(STUBS.format(body=body).splitlines(), 1))
    monkeypatch.setattr("tracebacks.linecache.getline", lambda name, line, *_: lines.get(line, "") if name == "cell.py" else "")

    def test_step_once() -> None:
        namespace["step"](torch.ones(2, 3))

    result = checks.run_check("step", test_step_once)
    text = "\n".join(result.lines)
    assert result.outcome == outcome, text
    assert said in text
    assert "site-packages" not in text
    if outcome == checks.WRONG:
        assert "line 8 of cell.py, in step" in text
    if outcome == checks.WAITING:
        assert result.unfinished == "encode"


def test_random_numbers_are_the_same_each_time_and_the_learners_go_on() -> None:
    drawn = []

    def test_step_draws() -> None:
        drawn.append(torch.rand(()).item())

    torch.manual_seed(5)
    undisturbed = torch.rand(()).item()
    torch.manual_seed(5)
    checks.run_check("step", test_step_draws)
    checks.run_check("step", test_step_draws)
    assert drawn[0] == drawn[1]
    assert torch.rand(()).item() == undisturbed


def test_the_end_of_a_check_cell_shows_no_traceback() -> None:
    error = checks.ChecksFailed(["encode  not written yet"])
    assert error._render_traceback_() == ["encode  not written yet"]
    assert "not written yet" in str(error)
