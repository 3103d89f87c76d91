"""build_and_run: a bidirectional LSTM on random input.

What it draws is its own affair, so the results are checked for fitting together.
"""

from functools import lru_cache

import torch
from torch import Tensor, nn

from autograder.kit import (
    CheckFailed,
    Misconception,
    RemoteObject,
    check,
    distance_from_normal,
    names_difference,
    points,
    recover_inputs,
)

DEFAULTS = (16, 25)
SETTINGS = ("input_size", "hidden_size", "num_layers", "bidirectional", "batch_first", "dropout")


@lru_cache(maxsize=256)  # a class on the same inputs asks for the same layers
def real_layer(input_size, hidden_size, num_layers):
    return nn.LSTM(input_size, hidden_size, num_layers, batch_first=True, bidirectional=True)


def ask(submission, args):
    """The answer, from a known seed, so that a wrong value can be recognised; and its layer.

    One that is wrong is asked for again, for its form first: a wrong form is recognised whatever is drawn.
    """
    with submission.attempt() as first:
        try:
            return seeded(submission, args)
        except CheckFailed as failure:
            first.discard()
            failed = failure
    answer = submission.call_target("build_and_run", args, compare_values=False)
    check_settings(check_form(answer, args), args)
    seeded(submission, args)
    raise failed


def seeded(submission, args):
    submission.build("torch.default_generator.manual_seed(1)\nmade = None", "the seed")
    answer = submission.build_and_run(*args)
    layer = check_form(answer, args)
    check_settings(layer, args)
    check_fit(answer, args[1])
    return answer, layer


def check_form(answer, args):
    """The parts of the answer and their shapes. Returns the layer."""
    value, (_, hidden_size, num_layers) = answer.value, args[:3]
    batch, seq_len = args[3:] or DEFAULTS
    if not isinstance(value, list | tuple) or len(value) != 3:
        answer.fail("expected three parts: layer, output, (h_n, c_n).", "Look at the return line and the docstring.")
    if not isinstance(value[0], RemoteObject):
        answer.fail("the first part is not the layer.", "Return the nn.LSTM itself, not its class, name or weights.")
    wanted = {
        "output": (batch, seq_len, 2 * hidden_size),
        "h_n": (2 * num_layers, batch, hidden_size),
        "c_n": (2 * num_layers, batch, hidden_size),
    }
    if not isinstance(value[2], list | tuple) or len(value[2]) != 2:
        answer.fail("the third part is not the pair (h_n, c_n).")
    for (name, shape), found in zip(wanted.items(), (value[1], *value[2]), strict=True):
        if not isinstance(found, Tensor):
            answer.fail(f"{name} is not a tensor.")
        if tuple(found.shape) != shape:
            answer.fail(f"{name} has shape {tuple(found.shape)}, expected {shape}.", "Is every setting as asked for?")
        if found.dtype != torch.float32:
            answer.fail(f"{name} has dtype {found.dtype}, expected torch.float32.")
    return value[0]


def check_settings(layer, args):
    """The layer's settings and parameters are those of nn.LSTM with what was asked for."""
    found = layer.attributes(*SETTINGS)
    for name, right in zip(SETTINGS, (*args[:3], True, True, 0), strict=True):
        value = found.get(name)
        if not isinstance(value, int | float) or value != right:
            raise CheckFailed(f"build_and_run(...): the layer's {name} is not {right}.")
    weights = layer.parameters()
    if any(value.dtype != torch.float32 for value in weights.values()):
        raise CheckFailed("build_and_run(...): the layer's weights are not float32.\nReturn the layer as nn.LSTM makes it.")
    if not all(bool(torch.isfinite(value).all()) for value in weights.values()):
        raise CheckFailed("build_and_run(...): the layer's weights are not finite.")
    difference = names_difference(weights, dict(real_layer(*args[:3]).named_parameters()))
    if difference:
        raise CheckFailed(f"build_and_run(...): the layer is not an nn.LSTM with these settings: {difference}")


def check_fit(answer, hidden_size):
    """h_n is where output ends, and c_n is the cell state behind it: h = o * tanh(c) with o between 0 and 1."""
    output, (h_n, c_n) = answer.value[1], answer.value[2]
    for name, found in (("output", output), ("h_n", h_n), ("c_n", c_n)):
        if not bool(torch.isfinite(found).all()) or bool((found == found.flatten()[0]).all()):
            answer.fail(f"{name} holds the same number everywhere, or numbers that are not finite.")
    ends = torch.stack([output[:, -1, :hidden_size], output[:, 0, hidden_size:]])
    if not bool(((ends - h_n[-2:]).abs() <= 1e-6).all()):  # the same numbers, copied
        answer.fail("h_n does not match output.", "Return output, h_n and c_n of one call of the layer, in this order.")
    if not bool(((h_n * c_n >= 0) & (h_n.abs() <= c_n.tanh().abs() + 1e-6)).all()):  # 1e-6: rounding of float32
        answer.fail("c_n is not the cell state that belongs to h_n.", "The layer returns output, (h_n, c_n).")


def related(one, other):
    """The size of the correlation of their ranks: numbers that are worked back have outliers."""
    ranks = [part.flatten().argsort().argsort().double() for part in (one, other)]
    return abs(float(torch.corrcoef(torch.stack(ranks))[0, 1]))


@points(1)
def test_settings_and_shapes(submission, draw):
    """build_and_run builds an LSTM of the given sizes and returns (layer, output, (h_n, c_n)); by default batch is 16 and
    seq_len is 25."""
    once = (*draw.sizes(2, 3, 12), 2), (10, 20, 2), (*draw.sizes(2, 3, 12), 1, 3, 7)
    for sizes in (*once, *[(4, 5, 3, 1, 6)] * 2):
        ask(submission, sizes)


@points(1)
def test_layer_takes_other_lengths(submission, draw):
    """The layer that build_and_run returns is an LSTM and accepts sequences of any length, such as 20, 30 and 50."""
    sizes = (*draw.sizes(2, 3, 9), 2)
    _, layer = ask(submission, sizes)
    real = real_layer(*sizes)
    weights = {name: draw.uniform(0.5, *p.shape) for name, p in real.named_parameters()}
    real.load_state_dict(weights)
    layer.set_parameters(weights)
    for seq_len in (20, 30, 50):
        x = draw.normal(draw.integer(2, 5), seq_len, sizes[0])
        with torch.no_grad():
            check(layer(x), real(x))


@points(1)
def test_input_and_states_are_standard_normal(submission, draw):
    """build_and_run draws the input and both initial states from the standard normal distribution and runs the layer on them."""
    input_size, batch, seq_len = 2, 300, 2
    for hidden_size in range(5, 10):  # once, but for rare weights that cannot be solved for the state; others, if they are seeded
        answer, layer = ask(submission, (input_size, hidden_size, 1, batch, seq_len))
        weights = layer.parameters()
        if all(torch.linalg.cond(weights[f"weight_hh_l0{d}"][-hidden_size:]) < 1000 for d in ("", "_reverse")):
            break
    else:
        answer.fail("the layer's weights are not PyTorch's own.")
    x, states, error = recover_inputs(weights, answer.value[1], answer.value[2][1])
    if not error <= 1e-4:  # rounding gives 1e-7, states of another run 0.1
        answer.fail("no input leads this layer to this output and these states.", "Do they all come from one call of the layer?")
    for name, found in (("the input", x), ("h_0", states[0]), ("c_0", states[1])):
        if distance_from_normal(found) > 0.11:  # chance alone: less than once in 10**12
            answer.fail(f"{name} does not look like numbers from torch.randn.", "Draw x, h_0 and c_0, and pass all three.")
    pairs = {"h_0 and c_0": states, "the first and the second time step of the input": x}
    for name, (one, other) in pairs.items():
        if related(one, other) > 0.4:  # chance alone: less than once in 10**12
            answer.fail(f"{name} are not drawn independently.", "Call torch.randn once for each of x, h_0 and c_0.")


LAYER = "layer = nn.LSTM(input_size, hidden_size, num_layers, batch_first=True, bidirectional=True)"
X = "x = torch.randn(batch, seq_len, input_size)"
H, C = ("torch.randn(2 * num_layers, batch, hidden_size)\n    c_0", "torch.randn(2 * num_layers, batch, hidden_size)\n    output")
RUN = "output, (h_n, c_n) = layer(x, (h_0, c_0))"
RETURN = "return layer, output, (h_n, c_n)"
TIME_FIRST = "x = torch.randn(seq_len, batch, input_size)"
STATES_BY_SEQ_LEN = {old: old.replace("batch", "seq_len") for old in (f"h_0 = {H}", f"c_0 = {C}")}
ONE_WAY = {", bidirectional=True": "", "h_0 = torch.randn(2 * num_layers": "h_0 = torch.randn(num_layers",
           "c_0 = torch.randn(2 * num_layers": "c_0 = torch.randn(num_layers"}  # fmt: skip

MISCONCEPTIONS = (
    Misconception(
        "batch_first does not fit the input",
        "The layer and its input disagree on the batch axis. Use batch_first=True and an input (batch, seq_len, input_size).",
        forms=(
            {"batch_first=True, ": ""},
            {"batch_first=True, ": "", **STATES_BY_SEQ_LEN},
            {X: TIME_FIRST},
            {X: TIME_FIRST, **STATES_BY_SEQ_LEN},
        ),
    ),
    Misconception(
        "time first throughout",
        "The layer and its input are time first. Build the layer with batch_first=True and pass (batch, seq_len, input_size).",
        {"batch_first=True, ": "", X: TIME_FIRST},
    ),
    Misconception(
        "one direction only",
        "The layer reads the sequence forwards only. Build it with bidirectional=True, and draw states for both directions.",
        ONE_WAY,
    ),
    Misconception(
        "states for one direction only",
        "The layer is bidirectional, so its states have 2 * num_layers rows, one for each layer and direction.",
        {old: new for old, new in ONE_WAY.items() if old.startswith(("h_0", "c_0"))},
    ),
    Misconception(
        "initial state with the batch in front",
        "batch_first affects only the input and output. The states stay (2 * num_layers, batch, hidden_size).",
        {f"h_0 = {H}": "h_0 = torch.randn(batch, 2 * num_layers, hidden_size)\n    c_0",
         f"c_0 = {C}": "c_0 = torch.randn(batch, 2 * num_layers, hidden_size)\n    output"},
    ),
    Misconception(
        "num_layers ignored",
        "The LSTM is built without num_layers, so it has only one layer. Pass num_layers to nn.LSTM.",
        {LAYER: "layer = nn.LSTM(input_size, hidden_size, batch_first=True, bidirectional=True)\n    num_layers = 1"},
    ),
    Misconception(
        "batch and seq_len ignored",
        "The input always has 16 sequences of 25 steps. Use the arguments batch and seq_len.",
        {LAYER: f"batch, seq_len = 16, 25\n    {LAYER}"},
    ),
    Misconception(
        "hidden_size halved",
        "The layer is built with half of hidden_size. Pass hidden_size itself: each direction has hidden_size numbers.",
        {LAYER: f"hidden_size = hidden_size // 2\n    {LAYER}"},
    ),
    Misconception(
        "GRU instead of LSTM",
        "The layer is a GRU, which has no cell state. The task asks for an nn.LSTM.",
        {"nn.LSTM(input": "nn.GRU(input", RUN: "output, h_n = layer(x, h_0)", RETURN: "return layer, output, (h_n, c_0)"},
    ),
    Misconception(
        "c_n missing",
        "The third part is h_n alone. An LSTM returns two states: (h_n, c_n).",
        {RETURN: "return layer, output, h_n"},
    ),
    Misconception(
        "states not returned as a pair",
        "The two states belong in one tuple: layer, output, (h_n, c_n).",
        {RETURN: "return layer, output, h_n, c_n"},
    ),
    Misconception(
        "layer not returned",
        "Return the layer as well: layer, output, (h_n, c_n).",
        {RETURN: "return output, (h_n, c_n)"},
    ),
    Misconception(
        "h_n and c_n swapped",
        "h_n and c_n are swapped. Return layer, output, (h_n, c_n).",
        {RETURN: "return layer, output, (c_n, h_n)"},
    ),
    Misconception(
        "initial state returned",
        "The initial states are returned. Return the h_n and c_n that the layer returns.",
        {RETURN: "return layer, output, (h_0, c_0)"},
    ),
    Misconception(
        "states left out",
        "The layer ran from zeros. Draw h_0 and c_0 with torch.randn and pass them: layer(x, (h_0, c_0)).",
        {"layer(x, (h_0, c_0))": "layer(x)"},
    ),
    Misconception(
        "uniform instead of normal",
        "torch.rand draws uniformly from 0 to 1. Use torch.randn for the standard normal distribution.",
        {X: X.replace("randn", "rand"), f"h_0 = {H}": f"h_0 = {H.replace('randn', 'rand')}",
         f"c_0 = {C}": f"c_0 = {C.replace('randn', 'rand')}"},
    ),
    Misconception(
        "input not random",
        "The input is ones or zeros. Draw it with torch.randn.",
        {X: "x = torch.ones(batch, seq_len, input_size)"},
    ),
)  # fmt: skip
