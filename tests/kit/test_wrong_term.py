"""The advice on an equation: which part is wrong, told by answers alone, for mistakes that have no name."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from autograder.batch.control import InThisProcess
from autograder.child.runner import Runner
from autograder.course import Course
from autograder.judge import CheckFailed, Submission
from autograder.judge.catalogue import grader_module
from autograder.judge.draw import Draw
from autograder.kit import check_equation

RIGHT = """
def rnn_cell_step(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    from_x, from_h, bias = x @ weight_ih.T, h @ weight_hh.T, bias_ih + bias_hh
    return torch.tanh(from_x + from_h + bias)
def lstm_cell_step(x, state, weight_ih, weight_hh, bias_ih, bias_hh):
    h, c = state
    i, f, g, o = (x @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh).chunk(4, 1)
    i, f, g, o = i.sigmoid(), f.sigmoid(), g.tanh(), o.sigmoid()
    c_next = f * c + i * g
    h_next = o * c_next.tanh()
    return h_next, c_next
def gru_cell_step(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    x_r, x_z, x_n = (x @ weight_ih.T + bias_ih).chunk(3, 1)
    h_r, h_z, h_n = (h @ weight_hh.T + bias_hh).chunk(3, 1)
    r, z = (x_r + h_r).sigmoid(), (x_z + h_z).sigmoid()
    n = (x_n + r * h_n).tanh()
    return (1 - z) * n + z * h
def gru_cell_step_paper(x, h, w_z, w_r, w):
    joined = torch.cat([h, x], dim=1)
    z, r = (joined @ w_z.T).sigmoid(), (joined @ w_r.T).sigmoid()
    candidate = (torch.cat([r * h, x], dim=1) @ w.T).tanh()
    return (1 - z) * h + z * candidate
"""
WRONG = [
    ("01_rnn_cell/rnn_cell_step", "x @ weight_ih.T, h", "x.sin() @ weight_ih.T, h", "With x at zero"),
    ("01_rnn_cell/rnn_cell_step", ", h @ weight_hh.T, bias", ", h.sin() @ weight_hh.T, bias", "With h at zero"),
    ("01_rnn_cell/rnn_cell_step", "from_h + bias", "from_h + bias.sin()", "With both biases at zero"),
    ("01_rnn_cell/rnn_cell_step", "from_x + from_h", "(from_x + from_h).sin()", "With x and h at zero"),
    ("05_lstm/lstm_cell_step", "f.sigmoid()", "f.sigmoid() ** 2", "With f forced to 1"),
    ("05_lstm/lstm_cell_step", "i.sigmoid()", "i.sigmoid().sqrt()", "With i forced to 1"),
    ("05_lstm/lstm_cell_step", "g.tanh()", "g.tanh() ** 3", "With g forced to 1"),
    ("05_lstm/lstm_cell_step", "o.sigmoid()", "o.sigmoid() ** 2", "With o forced to 1"),
    ("05_lstm/lstm_cell_step", "f * c +", "f * c.sin() +", "With c at zero"),
    ("05_lstm/lstm_cell_step", "i * g\n", "(i * g).sin()\n", "With i forced to 0"),
    ("05_lstm/lstm_cell_step", "return h_next, c_next", "return h_next, c_next.tanh()", "The new h is right"),
    ("05_lstm/lstm_cell_step", "c_next.tanh()", "c_next.tanh().sin()", "The new c is right"),
    ("06_gru/gru_cell_step", "(x_r + h_r).sigmoid()", "(x_r + h_r).sigmoid() ** 2", "With r forced to 1"),
    ("06_gru/gru_cell_step", "r * h_n", "r * h_n.sin()", "With r forced to 0"),
    ("06_gru/gru_cell_step", ".tanh()\n    return (1", ".tanh() ** 3\n    return (1", "With n forced to 1"),
    ("06_gru/gru_cell_step", "z * h\n", "z * h.sin()\n", "With h at zero"),
    ("06_gru/gru_cell_step", "(x_z + h_z).sigmoid()", "(x_z + h_z).sigmoid() ** 2", "With z forced to 1"),
    ("06_gru/gru_cell_step_paper", "(joined @ w_r.T)", "(2 * joined @ w_r.T)", "With w_r at zero"),
    ("06_gru/gru_cell_step_paper", "(joined @ w_z.T)", "(2 * joined @ w_z.T)", "With w_z at zero"),
    ("06_gru/gru_cell_step_paper", "dim=1) @ w.T", "dim=1).sin() @ w.T", "With w at zero"),
]


def asked(code: str) -> Submission:
    """A submission that is asked in this process."""
    namespace: dict[str, Any] = {"torch": torch}
    exec(code, namespace)
    return Submission(InThisProcess(Runner(namespace)), {})


def advice_on(code: str, where: str, seed: int = 3) -> str:
    assignment, task = where.split("/")
    grader, draw = grader_module(Course()[assignment], task), Draw(seed, where)
    with pytest.raises(CheckFailed) as raised:
        check_equation(asked(code), task, [grader.case(draw), grader.case(draw)], grader.expected, grader.AXES, grader.QUESTIONS)
    return raised.value.hint


@pytest.mark.parametrize("seed", [3, 4])
@pytest.mark.parametrize(("where", "right", "wrong", "advice"), WRONG, ids=[f"{w[0][3:]} {w[2]!r}" for w in WRONG])
def test_advice_tells_the_part_that_is_wrong(where: str, right: str, wrong: str, advice: str, seed: int) -> None:
    assert advice_on(RIGHT.replace(right, wrong), where, seed).startswith(advice)


def test_no_part_is_blamed_when_several_are_wrong() -> None:
    assert advice_on(RIGHT.replace("torch.tanh(from_x", "torch.erf(from_x"), "01_rnn_cell/rnn_cell_step") == ""


def test_a_right_answer_is_asked_no_further_question() -> None:
    grader, draw = grader_module(Course()["05_lstm"], "lstm_cell_step"), Draw(3, "lstm")
    submission = asked(RIGHT)
    record = submission.begin()
    check_equation(submission, "lstm_cell_step", [grader.case(draw)], grader.expected, grader.AXES, grader.QUESTIONS)
    assert len(record.all_interactions) == 1
