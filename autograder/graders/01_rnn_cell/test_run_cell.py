"""run_cell: the loop over time."""

import torch

from autograder.graders.kit.probes import gradients_reach, leaf, pure
from autograder.judge import Failed, Misconception, check, points

AXES = ("seq_len batch hidden_size", "batch hidden_size")
RNN_CELL = "def made(x, h):\n    return torch.rnn_tanh_cell(x, h, *weights)"
ODD_CELL = "def made(x, h):\n    return torch.sin(x @ a + 0.5 * (h @ b)) + 0.1 * h"


def rnn_cell(*weights):
    return lambda x, h: torch.rnn_tanh_cell(x, h, *weights)


def odd_cell(a, b):
    return lambda x, h: torch.sin(x @ a + 0.5 * (h @ b)) + 0.1 * h


def expected(cell, inputs, h):
    outputs = []
    for x in inputs:
        h = cell(x, h)
        outputs.append(h)
    return torch.stack(outputs), h


def case(draw, seq_len=None, batch=None):
    """A torch cell in both processes, and inputs and a state that fit it."""
    sizes = draw.sizes(4)
    seq_len, batch = seq_len or sizes[0], batch or sizes[1]
    weights = list(draw.weights(1, sizes[2], sizes[3]))
    return weights, draw.normal(seq_len, batch, sizes[2]), draw.uniform(0.9, batch, sizes[3])


def ask(submission, weights, inputs, h):
    return submission.run_cell(submission.build(RNN_CELL, "cell", weights=weights), inputs, h)


@points(1)
def test_runs_the_cell_over_time(submission, draw):
    """run_cell feeds x[0], x[1], ... to the cell, each with the state of the step before, and returns all states."""
    for seq_len, batch in ((None, None), (1, None), (20, 1), (50, 2)):
        weights, inputs, h = case(draw, seq_len, batch)
        check(ask(submission, weights, inputs, h), expected(rnn_cell(*weights), inputs, h), AXES)


@points(1)
def test_takes_any_cell(submission, draw):
    """run_cell works with any callable as the cell, not only with an nn.RNNCell, and lets gradients through."""
    seq_len, batch, input_size, hidden_size = draw.sizes(4)
    a, b = draw.normal(input_size, hidden_size), draw.normal(hidden_size, hidden_size)
    inputs, h = leaf(draw.normal(seq_len, batch, input_size)), leaf(draw.normal(batch, hidden_size))
    cell = submission.build(ODD_CELL, "cell", a=a, b=b)
    answer = submission.run_cell(cell, inputs, h)
    gradients_reach(answer, expected(odd_cell(a, b), inputs, h), {"inputs": inputs, "h": h}, draw, AXES)


@points(1)
def test_looks_only_at_the_past(submission, draw):
    """A later input changes no earlier output of run_cell, and the same call gives the same answer again."""
    weights, inputs, h = case(draw, draw.integer(5, 8))
    pure(lambda i, s: ask(submission, weights, i, s), [(inputs, h)], lambda i, s: expected(rnn_cell(*weights), i, s), AXES)
    later = inputs.clone()
    later[3:] += 1
    before, after = ask(submission, weights, inputs, h).value[0], ask(submission, weights, later, h).value[0]
    if not torch.equal(before[:3], after[:3]):
        raise Failed("run_cell(...): an input of a later time step changed an earlier output.")


MISCONCEPTIONS = (
    Misconception(
        "state not carried on",
        "Every step starts from the same h: the state that the cell returns has to go into the next step.",
        {"h = cell(x, h)": "n = cell(x, h)", "outputs.append(h)": "outputs.append(n)"},
    ),
)
