"""rnn_cell_step: one step of the tanh equation."""

import torch

from autograder.kit import (
    Equation,
    Misconception,
    check_all,
    check_equation,
    check_gradients,
    check_pure,
    equation_mistakes,
    points,
    requires_grad,
    saturating,
    switched_off,
    zeros,
)

NEXT_LOOK = "Compare your code with the equation in the docstring, term by term: weights, biases, activations, order."
AXES = "batch hidden_size"
FORBIDDEN = (
    "RNN", "RNNCell", "RNNBase", "RNNCellBase", "LSTM", "LSTMCell", "GRU", "GRUCell",
    "rnn_tanh_cell", "rnn_relu_cell", "rnn_tanh", "rnn_relu", "lstm_cell", "gru_cell", "_VF",
)  # fmt: skip


def case(draw, batch=None, input_size=None, hidden_size=None):
    sizes = draw.sizes(3)
    batch, input_size, hidden_size = batch or sizes[0], input_size or sizes[1], hidden_size or sizes[2]
    return draw.normal(batch, input_size), draw.uniform(0.9, batch, hidden_size), *draw.weights(1, input_size, hidden_size)


expected = torch.rnn_tanh_cell


QUESTIONS = (
    switched_off("h at zero", zeros(1), "the product with h"),
    switched_off("x at zero", zeros(0), "the product with x"),
    switched_off("both biases at zero", zeros(4, 5), "the biases"),
    switched_off("x and h at zero", zeros(0, 1), "the two products"),
)


def saturated(draw):
    """x so large that a clamp of a sum shows."""
    x, h, weight_ih, *rest = case(draw)
    return saturating(x, weight_ih), h, weight_ih, *rest


def check_cases(submission, cases):
    check_all(submission.call_many("rnn_cell_step", cases), [expected(*args) for args in cases], AXES)


@points(1)
def test_follows_the_equation(submission, draw):
    """rnn_cell_step computes tanh(W_ih x + b_ih + W_hh h + b_hh) for a whole batch."""
    cases = [case(draw), case(draw), saturated(draw)]
    check_equation(submission, "rnn_cell_step", cases, expected, AXES, QUESTIONS)


@points(1)
def test_works_for_any_sizes(submission, draw):
    """rnn_cell_step works for one item, for one feature, and when sizes happen to be equal."""
    special = (1, None, None), (None, 1, None), (4, 4, 4), (1, 3, 1), (None, 20, 30)
    check_cases(submission, [case(draw, *sizes) for sizes in special])


@points(1)
def test_gradients_flow_to_every_weight(submission, draw):
    """Gradients flow through rnn_cell_step to x, h, both weights and both biases."""
    names = ("x", "h", "weight_ih", "weight_hh", "bias_ih", "bias_hh")
    leaves = dict(zip(names, map(requires_grad, case(draw)), strict=True))
    answer = submission.rnn_cell_step(*leaves.values())
    check_gradients(answer, expected(*leaves.values()), leaves, draw, AXES)


@points(1)
def test_keeps_nothing_and_changes_nothing(submission, draw):
    """rnn_cell_step returns the same result when called again and does not change its arguments."""
    x, *rest = case(draw)
    check_pure(submission.rnn_cell_step, [(x, *rest), (draw.normal(*x.shape), *rest), case(draw)], expected, AXES)


SUM = "x @ weight_ih.T + bias_ih + h @ weight_hh.T + bias_hh"

MISCONCEPTIONS = (
    Misconception(
        "bias_hh left out",
        "The sum has four terms: PyTorch adds bias_ih and also bias_hh.",
        {" + bias_hh)": ")"},
        common=True,
    ),
    Misconception(
        "bias_ih left out",
        "The sum has four terms: PyTorch adds bias_hh and also bias_ih.",
        {" + bias_ih + h @": " + h @"},
        common=True,
    ),
    Misconception(
        "bias_ih used twice",
        "The sum has bias_ih twice. The product with h has a bias of its own, bias_hh.",
        {SUM: SUM.replace("bias_hh", "bias_ih")},
    ),
    Misconception(
        "x and h joined in another order than their weights",
        "x and h are joined in one order and the weights in the other, so x meets weight_hh. Join both in the same order.",
        forms=(
            {SUM: "torch.cat([x, h], dim=1) @ torch.cat([weight_hh, weight_ih], dim=1).T + bias_ih + bias_hh"},
            {SUM: "torch.cat([h, x], dim=1) @ torch.cat([weight_ih, weight_hh], dim=1).T + bias_ih + bias_hh"},
        ),
    ),
    Misconception(
        "both biases left out",
        "Both biases are missing. Add bias_ih and bias_hh to the two products.",
        {SUM: "x @ weight_ih.T + h @ weight_hh.T"},
        common=True,
    ),
    Misconception(
        "tanh left out",
        "The sum is right, but the tanh is missing. The new state is the tanh of the sum.",
        {f"torch.tanh({SUM})": SUM},
        common=True,
    ),
    Misconception(
        "sigmoid instead of tanh",
        "The sum goes through a sigmoid, which gives numbers from 0 to 1. The equation has tanh.",
        {"torch.tanh(": "torch.sigmoid("},
        common=True,
    ),
    Misconception(
        "relu instead of tanh",
        "The sum goes through a relu. The equation has tanh, which is also the default of nn.RNNCell.",
        {"torch.tanh(": "torch.relu("},
        common=True,
    ),
    Misconception(
        "tanh on each term",
        "Each of the two products went through a tanh of its own. Add them first, then take one tanh of the sum.",
        {SUM: "x @ weight_ih.T + bias_ih) + torch.tanh(h @ weight_hh.T + bias_hh"},
    ),
    Misconception(
        "tanh only around a part of the sum",
        "All four terms are added up first; then tanh is applied once, to the whole sum.",
        forms=(
            {f"({SUM})": "(x @ weight_ih.T + bias_ih) + h @ weight_hh.T + bias_hh"},
            {f"({SUM})": "(x @ weight_ih.T + bias_ih + h @ weight_hh.T) + bias_hh"},
            {f"({SUM})": "(h @ weight_hh.T + bias_hh) + x @ weight_ih.T + bias_ih"},
            {f"({SUM})": "(x @ weight_ih.T + h @ weight_hh.T) + bias_ih + bias_hh"},
        ),
    ),
    Misconception(
        "hidden state not used",
        "The result does not depend on h. Add the term W_hh h, which carries the memory of earlier steps.",
        {"h @ weight_hh.T + ": ""},
    ),
    Misconception(
        "weight_hh not transposed",
        "weight_hh is not transposed. It is square, so the product works either way, but a batch in rows needs h @ weight_hh.T.",
        {"h @ weight_hh.T": "h @ weight_hh"},
    ),
    Misconception(
        "weights not transposed",
        "A weight is stored as (out, in). The last axis of x has to match the axis `in`, so transpose the weight.",
        {"x @ weight_ih.T": "x @ weight_ih", "h @ weight_hh.T": "h @ weight_hh"},
    ),
    Misconception(
        "first item for the whole batch",
        "Every row of the result uses x[0]. Keep the batch axis: one product handles all rows at once.",
        {"x @ weight_ih.T": "x[0] @ weight_ih.T"},
    ),
    Misconception(
        "only the first item of the batch",
        "The result has only one row. Return one row per item of the batch: one product handles all rows at once.",
        {f"torch.tanh({SUM})": f"torch.tanh({SUM})[:1]"},
    ),
    Misconception(
        "result detached",
        "The values are right, but the result is detached from the graph. Leave out .detach(), .data and no_grad here.",
        {f"torch.tanh({SUM})": f"torch.tanh({SUM}).detach()"},
    ),
    Misconception(
        "weights detached",
        "The values are right, but no gradient reaches weights used through .data or .detach(). Use them as they are passed.",
        forms=(
            {SUM: "x @ weight_ih.data.T + bias_ih.data + h @ weight_hh.data.T + bias_hh.data"},
            {SUM: "x @ weight_ih.data.T + bias_ih + h @ weight_hh.data.T + bias_hh"},
        ),
    ),
    Misconception(
        "state detached",
        "The values are right, but h is detached, so no gradient flows back through time. Use h as it is passed.",
        {"h @ weight_hh.T": "h.detach() @ weight_hh.T"},
    ),
    Misconception(
        "state changed in place",
        "The function writes its result into the h that it was given. Make a new tensor for the new state.",
        {f"torch.tanh({SUM})": f"h.copy_(torch.tanh({SUM}))"},
    ),
)

EQUATION = Equation(
    f"torch.tanh({SUM})",
    lambda text: {f"torch.tanh({SUM})": text},
    alike=(("bias_ih", "bias_hh"), ("h",)),
    square={"weight_hh"},
)
FAMILIES = tuple(equation_mistakes(EQUATION, {m.name for m in MISCONCEPTIONS}, pairs=True))
