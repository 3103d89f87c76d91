"""parameter_shapes: names and shapes of what a recurrent layer owns, by reasoning."""

from functools import lru_cache
from itertools import product

from torch import nn

from autograder.kit import Misconception, check, check_all, points

FORBIDDEN = (
    "RNN", "RNNCell", "RNNBase", "RNNCellBase", "LSTM", "LSTMCell", "GRU", "GRUCell",
    "rnn_tanh", "rnn_relu", "lstm", "gru", "rnn_tanh_cell", "rnn_relu_cell", "lstm_cell", "gru_cell", "_VF",
)  # fmt: skip
KINDS = ("RNN", "LSTM", "GRU")


@lru_cache(maxsize=256)  # a class on the same inputs asks for the same layers
def expected(kind, input_size, hidden_size, num_layers=1, bidirectional=False):
    """What the real layer owns, in its order."""
    layer = getattr(nn, kind)(input_size, hidden_size, num_layers, bidirectional=bidirectional)
    return {name: tuple(parameter.shape) for name, parameter in layer.named_parameters()}


def check_cases(submission, cases):
    check_all(submission.call_many("parameter_shapes", cases), [expected(*args) for args in cases])


@points(1)
def test_one_layer(submission, draw):
    """A layer owns two weights and two biases, with one block of rows for an RNN, three for a GRU, four for an LSTM."""
    check_cases(submission, [(kind, *sizes) for kind in KINDS for sizes in (draw.sizes(2, 2, 12), (5, 5), (1, 3), (3, 1))])


@points(1)
def test_several_layers(submission, draw):
    """From the second layer on, weight_ih reads the hidden_size numbers of the layer below."""
    check_cases(submission, [(kind, *draw.sizes(2, 2, 12), layers) for kind, layers in product(KINDS, (2, 3, 4))])


@points(1)
def test_two_directions(submission, draw):
    """A bidirectional layer has two sets of parameters, and the layer above it reads both directions."""
    check_cases(submission, [(kind, *draw.sizes(2, 2, 12), layers, True) for kind, layers in product(KINDS, (1, 2, 4))])


@points(1)
def test_order_of_the_names(submission, draw):
    """The names come in PyTorch's order: layer by layer, forward before backward, weights before biases."""
    for num_layers, bidirectional in ((1, False), (3, False), (1, True), (2, True)):
        args = (draw.one_of(KINDS), *draw.sizes(2, 2, 12), num_layers, bidirectional)
        answer, right = submission.parameter_shapes(*args), expected(*args)
        check(answer, right)
        for place, (found, name) in enumerate(zip(answer.value, right, strict=True)):
            if found != name:
                answer.fail(f"name {place} is {found}, expected {name}.", "Fill the dict layer by layer; it remembers the order.")


ROWS = '{"RNN": 1, "GRU": 3, "LSTM": 4}[kind] * hidden_size'
COLUMNS = "input_size if layer == 0 else len(directions) * hidden_size"
DIRECTIONS = 'directions = ["", "_reverse"] if bidirectional else [""]'

MISCONCEPTIONS = (
    Misconception(
        "upper layers read the input",
        "Only layer 0 reads x. From layer 1 on, weight_ih reads the layer below, so it has hidden_size columns, not input_size.",
        {COLUMNS: "input_size"},
    ),
    Misconception(
        "upper layers read one direction",
        "A layer above a bidirectional one reads both directions side by side: 2 * hidden_size columns.",
        {COLUMNS: "input_size if layer == 0 else hidden_size"},
    ),
    Misconception(
        "blocks of the gates forgotten",
        "Every kind has hidden_size rows here. A GRU stacks 3 such blocks of rows in each parameter, and an LSTM stacks 4.",
        {ROWS: "hidden_size"},
    ),
    Misconception(
        "wrong number of blocks",
        "A GRU stacks 3 blocks of rows (reset, update, new), an LSTM 4 (input, forget, cell, output).",
        forms=tuple(
            {'"GRU": 3, "LSTM": 4': f'"GRU": {gru}, "LSTM": {lstm}'} for gru, lstm in ((4, 3), (2, 3), (2, 4), (3, 3))
        ),
    ),
    Misconception(
        "four blocks for a GRU",
        "A GRU stacks 3 blocks of rows: reset, update, new. The LSTM is the one with 4.",
        {'"GRU": 3': '"GRU": 4'},
    ),
    Misconception(
        "blocks missing in the biases",
        "A bias has one number per row of its weight: it grows with the number of blocks as well.",
        {'["bias_ih" + suffix] = (rows,)': '["bias_ih" + suffix] = (hidden_size,)',
         '["bias_hh" + suffix] = (rows,)': '["bias_hh" + suffix] = (hidden_size,)'},
    ),
    Misconception(
        "weights as (in, out)",
        "PyTorch stores a weight as (out, in): the rows come first.",
        {"(rows, columns)": "(columns, rows)", "(rows, hidden_size)": "(hidden_size, rows)"},
    ),
    Misconception(
        "biases with two axes",
        "A bias has one axis: (rows,), with a comma.",
        {'["bias_ih" + suffix] = (rows,)': '["bias_ih" + suffix] = (rows, 1)',
         '["bias_hh" + suffix] = (rows,)': '["bias_hh" + suffix] = (rows, 1)'},
    ),
    Misconception(
        "biases as plain numbers",
        "(10) without a comma is just the number 10. Write the shape of a bias as a tuple of one number: (10,).",
        {'["bias_ih" + suffix] = (rows,)': '["bias_ih" + suffix] = (rows)',
         '["bias_hh" + suffix] = (rows,)': '["bias_hh" + suffix] = (rows)'},
    ),
    Misconception(
        "one bias instead of two",
        "PyTorch keeps two biases per layer and direction: bias_ih and bias_hh.",
        {'            shapes["bias_hh" + suffix] = (rows,)\n': ""},
    ),
    Misconception(
        "bidirectional ignored",
        "A bidirectional layer has a second set of parameters, for the backward direction. Their names end in _reverse.",
        {DIRECTIONS: 'directions = [""]'},
    ),
    Misconception(
        "weight_hh reads both directions",
        "weight_hh reads only the state of its own direction, so it has hidden_size columns even in a bidirectional layer.",
        {"(rows, hidden_size)": "(rows, len(directions) * hidden_size)"},
    ),
    Misconception(
        "num_layers ignored",
        "There is only layer 0. Every layer owns parameters: l0, l1, ...",
        {"range(num_layers)": "range(1)"},
    ),
    Misconception(
        "layers counted from 1",
        "PyTorch counts layers from 0: the first one is l0.",
        {"_l{layer}{direction}": "_l{layer + 1}{direction}"},
    ),
    Misconception(
        "reverse in front of the layer",
        "The word _reverse is at the end of the name: weight_ih_l0_reverse.",
        {"_l{layer}{direction}": "{direction}_l{layer}"},
    ),
    Misconception(
        "names in another order",
        "The names and shapes are right, but not their order: layer by layer, forward before backward, weights before biases.",
        {"    return shapes\n": "    return dict(sorted(shapes.items()))\n"},
    ),
)  # fmt: skip
