"""RNNCellModel: the cell as a module."""

import torch

from autograder.kit import (
    Misconception,
    check,
    check_cell_gradients,
    check_gradients,
    check_names,
    check_pure,
    drawn_weights,
    points,
    requires_grad,
    with_weights,
)

NEXT_LOOK = "Follow one word through forward: what does each layer read, and which of its results is used?"
AXES = "batch hidden_size"
STATE_AXES = "batch_size hidden_size"


def shapes(input_size, hidden_size):
    return {
        "rnncell.weight_ih": (hidden_size, input_size),
        "rnncell.weight_hh": (hidden_size, hidden_size),
        "rnncell.bias_ih": (hidden_size,),
        "rnncell.bias_hh": (hidden_size,),
    }


def drawn_sizes(draw, batch=None):
    drawn, input_size, hidden_size = draw.sizes(3)
    return {"input_size": input_size, "hidden_size": hidden_size, "batch_size": batch or drawn}


def model_and_step(submission, draw, sizes):
    """A model with drawn weights, the step that it must do, and the weights."""
    weights = drawn_weights(draw, shapes(sizes["input_size"], sizes["hidden_size"]))
    model = with_weights(submission, "RNNCellModel", sizes, weights)
    return model, lambda x, h: torch.rnn_tanh_cell(x, h, *weights.values()), weights


def pair(draw, sizes):
    """An input and a state."""
    batch = sizes["batch_size"]
    return draw.normal(batch, sizes["input_size"]), draw.uniform(0.9, batch, sizes["hidden_size"])


@points(1)
def test_parameter_names(submission, draw):
    """RNNCellModel has one nn.RNNCell, in the attribute rnncell, and no other parameters."""
    for batch in (None, 1):
        sizes = drawn_sizes(draw, batch)
        model, step, weights = model_and_step(submission, draw, sizes)
        args = pair(draw, sizes)
        check(model(*args), step(*args), AXES)
        check_names(submission, "RNNCellModel", sizes, weights)


@points(1)
def test_forward(submission, draw):
    """forward(input, hidden) computes one step of the cell from the input and the hidden state that are passed."""
    for batch in (None, 1):
        sizes = drawn_sizes(draw, batch)
        model, step, _ = model_and_step(submission, draw, sizes)
        check_pure(model, [pair(draw, sizes) for _ in range(3)], step, AXES)
        model.method("eval", label="model.eval()")
        args = pair(draw, sizes)
        check(model(*args), step(*args), AXES)
    sizes = drawn_sizes(draw)
    model, step, weights = model_and_step(submission, draw, sizes)
    x, h = map(requires_grad, pair(draw, sizes))
    check_gradients(model(x, h), step(x, h), {"x": x, "h": h}, draw, AXES)
    x, h = pair(draw, sizes)
    leaves = list(map(requires_grad, weights.values()))  # the step's own weights
    check_cell_gradients(model(x, h), step(x, h), model, leaves, draw, AXES)


@points(1)
def test_init_hidden(submission, draw):
    """Every call of init_hidden() returns a new tensor of zeros, of shape (batch_size, hidden_size), that forward accepts."""
    sizes = drawn_sizes(draw)
    model, step, _ = model_and_step(submission, draw, sizes)
    zeros = torch.zeros(sizes["batch_size"], sizes["hidden_size"])
    submission.build("torch.default_generator.manual_seed(1)\nmade = None", "the seed")  # lets a random state be recognised
    for _ in range(2):
        hidden = model.method("init_hidden")
        check(hidden, zeros, STATE_AXES)
        x = draw.normal(sizes["batch_size"], sizes["input_size"])
        answer = model(x, hidden.value)
        check(answer, step(x, zeros), AXES)
        answer.check_unchanged("it changed the state that was passed.", "Return a new state instead of writing into the old one.")
    alone = drawn_sizes(draw, 1)
    check(model_and_step(submission, draw, alone)[0].method("init_hidden"), torch.zeros(1, alone["hidden_size"]), STATE_AXES)
    spoiler = submission.build(SPOILER, "the spoiler")
    spoiler(model)
    check(model.method("init_hidden"), zeros, STATE_AXES)  # new zeros: what happened to the last ones is no matter


SPOILER = """
def made(model):
    try:
        model.init_hidden().detach().add_(1)
    except RuntimeError:
        pass
"""
ZEROS = "self.rnncell.weight_hh.new_zeros(self.batch_size, self.hidden_size)"
FORWARD = "return self.rnncell(input, hidden)"


def renamed(name):
    return {
        "self.rnncell = nn": f"self.{name} = nn",
        "return self.rnncell(": f"return self.{name}(",
        "return self.rnncell.weight": f"return self.{name}.weight",
    }


MISCONCEPTIONS = (
    Misconception(
        "attributes under other names",
        "Parameters are named after the attributes, and saved weights are loaded by name. Keep the cell in self.rnncell.",
        forms=(
            renamed("rnn_cell"),
            renamed("cell"),
        ),
    ),
    Misconception(
        "sizes swapped",
        "input_size and hidden_size are swapped in the call of nn.RNNCell. Pass them by name.",
        {"input_size=input_size, hidden_size=hidden_size)": "input_size=hidden_size, hidden_size=input_size)"},
    ),
    Misconception(
        "relu instead of tanh",
        "The cell was built with relu. Leave its nonlinearity at tanh.",
        {"hidden_size=hidden_size)": "hidden_size=hidden_size, nonlinearity='relu')"},
    ),
    Misconception(
        "state ignored",
        "forward ignores hidden and starts from zeros. Pass hidden to the cell.",
        {FORWARD: "return self.rnncell(input, self.init_hidden())"},
    ),
    Misconception(
        "tensor used as a condition",
        "`if not hidden` fails, because a tensor of several numbers has no truth value. Remove it: hidden is always passed.",
        {FORWARD: "if not hidden:\n            hidden = self.init_hidden()\n        return self.rnncell(input, hidden)"},
    ),
    Misconception(
        "forward is no method of the class",
        "PyTorch finds no forward method in the class. Define forward at the same indentation as __init__, not inside it.",
        {"    def forward(self, input": "    def forwards(self, input"},
    ),
    Misconception(
        "output and state returned",
        "forward returns a pair, as nn.RNN does. Return only the new hidden state.",
        {FORWARD: "hidden = self.rnncell(input, hidden)\n        return hidden, hidden"},
    ),
    Misconception(
        "softmax at the end",
        "forward returns probabilities. Return the hidden state as it is: the softmax is part of the loss.",
        {FORWARD: "return torch.softmax(self.rnncell(input, hidden), dim=1)"},
    ),
    Misconception(
        "state kept between calls",
        "The model keeps the state of an earlier call and starts from it. Use the hidden that is passed.",
        forms=(
            {
                "self.batch_size = batch_size": "self.batch_size, self.h = batch_size, None",
                FORWARD: "self.h = self.rnncell(input, hidden if self.h is None else self.h)\n        return self.h",
            },
            {
                "self.batch_size = batch_size": "self.batch_size, self.h = batch_size, torch.zeros(batch_size, hidden_size)",
                FORWARD: "self.h = self.rnncell(input, self.h)\n        return self.h",
                f"return {ZEROS}": f"self.h = {ZEROS}\n        return self.h",
            },
        ),
    ),
    Misconception(
        "state detached",
        "The values are right, but hidden is detached, so no gradient flows back through time. Pass hidden to the cell as it is.",
        {FORWARD: "return self.rnncell(input, hidden.detach())"},
    ),
    Misconception(
        "random initial state",
        "init_hidden gives random numbers. A sequence starts from zeros.",
        {ZEROS: "torch.randn(self.batch_size, self.hidden_size)"},
    ),
    Misconception(
        "initial state of ones",
        "init_hidden gives ones. A sequence starts from zeros.",
        {ZEROS: "torch.ones(self.batch_size, self.hidden_size)"},
    ),
    Misconception(
        "init_hidden returns the same tensor every time",
        "init_hidden returns the same tensor every time, including any changes to it. Create new zeros in each call.",
        {f"return {ZEROS}": f"if not hasattr(self, 'h_0'):\n            self.h_0 = {ZEROS}.clone()\n        return self.h_0"},
    ),
    Misconception(
        "initial state with a layer axis",
        "The state has a layer axis in front, as in nn.RNN. The state of a cell has shape (batch_size, hidden_size).",
        {ZEROS: "torch.zeros(1, self.batch_size, self.hidden_size)"},
    ),
    Misconception(
        "initial state for a batch of one",
        "init_hidden always returns one row. Return batch_size rows, one per sequence.",
        {ZEROS: "torch.zeros(1, self.hidden_size)"},
    ),
    Misconception(
        "initial state with its axes swapped",
        "The axes are swapped. The batch comes first: (batch_size, hidden_size).",
        {ZEROS: "torch.zeros(self.hidden_size, self.batch_size)"},
    ),
)
