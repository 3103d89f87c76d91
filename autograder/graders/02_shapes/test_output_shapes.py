"""output_shapes: what a recurrent layer returns, by reasoning."""

from functools import lru_cache
from itertools import product

import torch
from torch import nn

from autograder.kit import Misconception, check_all, points

FORBIDDEN = (
    "RNN", "RNNCell", "RNNBase", "RNNCellBase", "LSTM", "LSTMCell", "GRU", "GRUCell",
    "rnn_tanh", "rnn_relu", "lstm", "gru", "rnn_tanh_cell", "rnn_relu_cell", "lstm_cell", "gru_cell", "_VF",
)  # fmt: skip
KINDS = ("RNN", "LSTM", "GRU")
DEFAULTS = (1, False, False)


@lru_cache(maxsize=256)  # a class on the same inputs asks for the same layers
def expected(kind, seq_len, batch, input_size, hidden_size, num_layers=1, bidirectional=False, batch_first=False):
    """What the real layer returns."""
    layer = getattr(nn, kind)(input_size, hidden_size, num_layers, bidirectional=bidirectional, batch_first=batch_first)
    shape = (batch, seq_len, input_size) if batch_first else (seq_len, batch, input_size)
    with torch.no_grad():
        output, state = layer(torch.zeros(shape))
    names = ("h_n", "c_n") if kind == "LSTM" else ("h_n",)
    states = state if kind == "LSTM" else (state,)
    return {"output": tuple(output.shape), **{name: tuple(s.shape) for name, s in zip(names, states, strict=True)}}


def grid(draw, layers=(1,), directions=(False,), orders=(False,)):
    """Every kind under every setting; settings that are the default are left out where nothing but defaults follows."""
    for kind, *settings in product(KINDS, layers, directions, orders):
        while settings and settings[-1] == DEFAULTS[len(settings) - 1]:
            settings.pop()
        yield kind, *draw.sizes(4, 2, 9), *settings


def check_cases(submission, *cases):
    check_all(submission.call_many("output_shapes", cases), [expected(*args) for args in cases])


@points(1)
def test_one_layer(submission, draw):
    """For one layer and one direction, output has the state of every step, h_n that of the last; an LSTM also has c_n."""
    special = ("RNN", 3, 1, 4, 2), ("RNN", 1, 5, 4, 4), ("RNN", 50, 4, 128, 64)
    check_cases(submission, *grid(draw), *grid(draw), *special)


@points(1)
def test_layers_and_directions(submission, draw):
    """output is the top layer with its directions side by side; the states have a row for every layer and direction."""
    check_cases(submission, *grid(draw, layers=(1, 2, 3, 4), directions=(False, True)))


@points(1)
def test_batch_first(submission, draw):
    """batch_first swaps the first two axes of output and does not affect the states."""
    check_cases(submission, *grid(draw, layers=(1, 3), directions=(False, True), orders=(True, False)))


STATE = "(num_directions * num_layers, batch, hidden_size)"

MISCONCEPTIONS = (
    Misconception(
        "batch_first for the states too",
        "batch_first affects only the input and output. h_n and c_n stay (layers and directions, batch, hidden_size).",
        {STATE: f"(batch, num_directions * num_layers, hidden_size) if batch_first else {STATE}"},
    ),
    Misconception(
        "batch_first ignored",
        "output is always time first. With batch_first=True it begins with the batch.",
        {"(batch, seq_len) if batch_first else (seq_len, batch)": "(seq_len, batch)"},
    ),
    Misconception(
        "batch_first the wrong way round",
        "batch_first is used the wrong way round. seq_len comes first when it is False, batch when it is True.",
        {"(batch, seq_len) if batch_first else (seq_len, batch)": "(seq_len, batch) if batch_first else (batch, seq_len)"},
    ),
    Misconception(
        "directions missing in output",
        "A bidirectional layer joins two states along the last axis of output: 2 * hidden_size.",
        {"(*first_two, num_directions * hidden_size)": "(*first_two, hidden_size)"},
    ),
    Misconception(
        "directions missing in the states",
        "The states have a row for every layer and every direction: 2 * num_layers when the layer is bidirectional.",
        {STATE: "(num_layers, batch, hidden_size)"},
    ),
    Misconception(
        "directions joined in the states",
        "In h_n each direction has its own row. Only output joins the directions along the last axis.",
        {STATE: "(num_layers, batch, num_directions * hidden_size)"},
    ),
    Misconception(
        "layers missing in the states",
        "h_n holds the last state of every layer, not of the top one alone.",
        {STATE: "(num_directions, batch, hidden_size)"},
    ),
    Misconception(
        "layers counted in output",
        "output holds the top layer only: its last axis does not grow with the number of layers.",
        {"(*first_two, num_directions * hidden_size)": "(*first_two, num_layers * num_directions * hidden_size)"},
    ),
    Misconception(
        "states without an axis for layers",
        "The states have three axes even for one layer in one direction. The first axis counts layers and directions.",
        {STATE: f"{STATE} if num_directions * num_layers > 1 else (batch, hidden_size)"},
    ),
    Misconception(
        "input_size in output",
        "The last axis of output is hidden_size: the layer turns input_size numbers into hidden_size numbers.",
        {"(*first_two, num_directions * hidden_size)": "(*first_two, num_directions * input_size)"},
    ),
    Misconception(
        "seq_len in the states",
        "h_n holds only the state after the last step, so seq_len does not appear in its shape.",
        {STATE: "(num_directions * num_layers, seq_len, hidden_size)"},
    ),
    Misconception(
        "c_n missing",
        "An LSTM has a second state, the cell state. Add the key c_n.",
        {'    if kind == "LSTM":\n        shapes["c_n"] = state\n': ""},
    ),
    Misconception(
        "c_n for every kind",
        "Only an LSTM has a cell state. nn.RNN and nn.GRU return output and h_n.",
        {'    if kind == "LSTM":\n        shapes["c_n"] = state\n': '    shapes["c_n"] = state\n'},
    ),
)
