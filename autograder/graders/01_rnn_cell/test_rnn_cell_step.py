"""rnn_cell_step: one step of the tanh equation."""

import torch

from autograder.graders.kit.probes import gradients_reach, leaf, pure
from autograder.judge import Misconception, check, points

AXES = "batch hidden_size"
FORBIDDEN = ("RNN", "RNNCell", "rnn_tanh_cell", "rnn_tanh", "_VF")


def case(draw, batch=None, input_size=None, hidden_size=None):
    sizes = draw.sizes(3)
    batch, input_size, hidden_size = batch or sizes[0], input_size or sizes[1], hidden_size or sizes[2]
    return draw.normal(batch, input_size), draw.uniform(0.9, batch, hidden_size), *draw.weights(1, input_size, hidden_size)


expected = torch.rnn_tanh_cell


@points(1)
def test_follows_the_equation(submission, draw):
    """rnn_cell_step computes tanh(W_ih x + b_ih + W_hh h + b_hh) for a whole batch."""
    args = case(draw)
    check(submission.rnn_cell_step(*args), expected(*args), AXES)


@points(1)
def test_works_for_any_sizes(submission, draw):
    """rnn_cell_step works for one item, for one feature, and when sizes happen to be equal."""
    for sizes in ((1, None, None), (None, 1, None), (4, 4, 4), (1, 3, 1)):
        args = case(draw, *sizes)
        check(submission.rnn_cell_step(*args), expected(*args), AXES)


@points(1)
def test_gradients_flow_to_every_weight(submission, draw):
    """Gradients flow through rnn_cell_step to x, h, both weights and both biases."""
    names = ("x", "h", "weight_ih", "weight_hh", "bias_ih", "bias_hh")
    leaves = dict(zip(names, map(leaf, case(draw)), strict=True))
    answer = submission.rnn_cell_step(*leaves.values())
    gradients_reach(answer, expected(*leaves.values()), leaves, draw, AXES)


@points(1)
def test_keeps_nothing_and_changes_nothing(submission, draw):
    """rnn_cell_step gives the same answer when asked again and leaves its arguments alone."""
    pure(submission.rnn_cell_step, [case(draw), case(draw)], expected, AXES)


MISCONCEPTIONS = (
    Misconception(
        "bias_hh left out",
        "The sum has four terms: PyTorch adds bias_ih and also bias_hh.",
        {" + bias_hh)": ")"},
    ),
)
