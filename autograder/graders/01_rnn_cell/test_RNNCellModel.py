"""RNNCellModel: the cell as a module."""

import torch

from autograder.graders.kit.models import check_names, drawn_weights, with_weights
from autograder.graders.kit.probes import gradients_reach, leaf, pure
from autograder.judge import Misconception, check, points

AXES = "batch hidden_size"


def shapes(input_size, hidden_size):
    return {
        "rnncell.weight_ih": (hidden_size, input_size),
        "rnncell.weight_hh": (hidden_size, hidden_size),
        "rnncell.bias_ih": (hidden_size,),
        "rnncell.bias_hh": (hidden_size,),
    }


def drawn_sizes(draw):
    batch, input_size, hidden_size = draw.sizes(3)
    return {"input_size": input_size, "hidden_size": hidden_size, "batch_size": batch}


def model_and_step(submission, draw):
    """A model with drawn weights, and the step that it must do."""
    sizes = drawn_sizes(draw)
    weights = drawn_weights(draw, shapes(sizes["input_size"], sizes["hidden_size"]))
    model = with_weights(submission, "RNNCellModel", sizes, weights)
    return model, lambda x, h: torch.rnn_tanh_cell(x, h, *weights.values()), sizes


@points(1)
def test_parameter_names(submission, draw):
    """RNNCellModel keeps one nn.RNNCell in the attribute rnncell, and nothing else that learns."""
    for _ in range(2):
        sizes = drawn_sizes(draw)
        expected = drawn_weights(draw, shapes(sizes["input_size"], sizes["hidden_size"]))
        check_names(submission, "RNNCellModel", sizes, expected)


@points(1)
def test_forward(submission, draw):
    """forward(input, hidden) is one step of the cell, from the input and the state that it is given."""
    model, step, sizes = model_and_step(submission, draw)
    for batch in (sizes["batch_size"], 1, sizes["batch_size"] + 3):
        cases = [(draw.normal(batch, sizes["input_size"]), draw.uniform(0.9, batch, sizes["hidden_size"])) for _ in range(2)]
        pure(model, cases, step, AXES)
    x, h = leaf(draw.normal(2, sizes["input_size"])), leaf(draw.uniform(0.9, 2, sizes["hidden_size"]))
    gradients_reach(model(x, h), step(x, h), {"x": x, "h": h}, draw, AXES)


@points(1)
def test_init_hidden(submission, draw):
    """init_hidden() returns new zeros of shape (batch_size, hidden_size), every time, and they fit forward."""
    model, step, sizes = model_and_step(submission, draw)
    zeros = torch.zeros(sizes["batch_size"], sizes["hidden_size"])
    for _ in range(2):
        hidden = model.method("init_hidden")
        check(hidden, zeros, "batch_size hidden_size")
        x = draw.normal(sizes["batch_size"], sizes["input_size"])
        check(model(x, hidden.value), step(x, zeros), AXES)


MISCONCEPTIONS = (
    Misconception(
        "attribute named rnn_cell",
        "The parameters get their names from the attribute: it has to be called rnncell, as in the lecture.",
        {
            "self.rnncell = nn": "self.rnn_cell = nn",
            "return self.rnncell(": "return self.rnn_cell(",
            "return self.rnncell.weight": "return self.rnn_cell.weight",
        },
    ),
)
