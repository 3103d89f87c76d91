"""last_step: the final state of the top layer, read from the output."""

from functools import lru_cache, partial
from itertools import product

import torch
from torch import nn

from autograder.kit import (
    ErrorCarriedForward,
    Misconception,
    check_all,
    check_gradients,
    check_pure,
    memoize,
    points,
    requires_grad,
)

AXES = "batch num_directions*hidden_size"

# A last_step that calls a wrong to_time_major is asked again with a right one, so that the mistake costs to_time_major only.
TIME_MAJOR = ErrorCarriedForward(
    "shapes", "last_step", "to_time_major", reference_step="lambda batch_first: batch_first.transpose(0, 1)"
)


@lru_cache(maxsize=256)  # a class on the same inputs asks for the same layers
def real_layer(kind, input_size, hidden_size, num_layers, bidirectional, batch_first):
    return getattr(nn, kind)(input_size, hidden_size, num_layers, bidirectional=bidirectional, batch_first=batch_first)


@memoize
def output_and_final(settings, weights, x):
    layer = real_layer(*settings)
    layer.load_state_dict(weights)
    with torch.no_grad():
        output, state = layer(x)
    h_n = state[0] if layer.mode == "LSTM" else state
    return output, torch.cat([h_n[-2], h_n[-1]], dim=1) if layer.bidirectional else h_n[-1]


def run(draw, kind, batch_first, bidirectional, sizes, num_layers):
    """A real layer's output, its settings, and the top layer's final states as h_n has them."""
    seq_len, batch, input_size, hidden_size = sizes
    settings = kind, input_size, hidden_size, num_layers, bidirectional, batch_first
    weights = {name: draw.uniform(0.8, *p.shape) for name, p in real_layer(*settings).named_parameters()}
    shape = (batch, seq_len, input_size) if batch_first else (seq_len, batch, input_size)
    output, final = output_and_final(settings, weights, draw.normal(*shape))
    return (output, batch_first, bidirectional, hidden_size), final


def check_layers(submission, draw, bidirectional):
    special = ((5, 5, 3, 5), (1, 4, 3, 2), (6, 1, 3, 2), (4, 3, 2, 1), (50, 2, 3, 4))
    cases = [
        run(draw, kind, batch_first, bidirectional, sizes, draw.integer(1, 3))
        for sizes in (draw.sizes(4), *special)
        for batch_first, kind in product((False, True), ("RNN", "LSTM", "GRU")[: 3 if sizes not in special else 1])
    ]

    def attempt():
        check_all(submission.call_many("last_step", [args for args, _ in cases]), [final for _, final in cases], AXES)

    TIME_MAJOR.grade(submission, attempt)


@points(1)
def test_one_direction(submission, draw):
    """For one direction, last_step returns the top layer's h_n, for both settings of batch_first."""
    check_layers(submission, draw, bidirectional=False)


@points(1)
def test_two_directions(submission, draw):
    """For two directions, last_step joins the forward state of the last step and the backward state of step 0."""
    check_layers(submission, draw, bidirectional=True)


def expected(output, batch_first, bidirectional, hidden_size):
    time_first = output.transpose(0, 1) if batch_first else output
    if not bidirectional:
        return time_first[-1]
    return torch.cat([time_first[-1, :, :hidden_size], time_first[0, :, hidden_size:]], dim=1)


def check_argument(submission, draw, batch_first, bidirectional):
    *shape, hidden_size = draw.sizes(3, 3, 9)
    width = hidden_size * (1 + bidirectional)
    settings = (batch_first, bidirectional, hidden_size)
    check_pure(submission.last_step, [(draw.normal(*shape, width), *settings) for _ in range(2)], expected, AXES)
    output = requires_grad(draw.normal(*shape, width))
    answer = submission.last_step(output, *settings)
    check_gradients(answer, expected(output, *settings), {"output": output}, draw, AXES)


@points(1)
def test_gradients_flow_and_the_argument_stays(submission, draw):
    """Gradients flow from last_step back to output, a second call returns the same result, and output stays unchanged."""
    for batch_first, bidirectional in ((True, False), (False, True), (False, False), (True, True)):
        TIME_MAJOR.grade(submission, partial(check_argument, submission, draw, batch_first, bidirectional))


TIME_FIRST = "time_first = output.transpose(0, 1) if batch_first else output"
ONE = "return time_first[-1].clone()"
HALVES = "time_first[-1, :, :hidden_size], time_first[0, :, hidden_size:]"
TWO = "return torch.cat([forward, backward], dim=1)"

MISCONCEPTIONS = (
    Misconception(
        "largest value over time",
        "Each number is the maximum over all steps. Take the last step, or step 0 for the backward half.",
        {ONE: "return time_first.max(dim=0).values", HALVES: "time_first.max(dim=0).values.split(hidden_size, dim=1)"},
    ),
    Misconception(
        "last step for both directions",
        "At the last step the backward direction has seen one input only. It ends at step 0: take its half from there.",
        {"time_first[0, :, hidden_size:]": "time_first[-1, :, hidden_size:]"},
    ),
    Misconception(
        "forward and backward half swapped between the steps",
        "The forward half comes from step 0 and the backward half from the last step. Swap the two steps.",
        {HALVES: "time_first[0, :, :hidden_size], time_first[-1, :, hidden_size:]"},
    ),
    Misconception(
        "backward state in front",
        "The two halves are right, but the backward one comes first. Put the forward one first.",
        {"[forward, backward]": "[backward, forward]"},
        common=True,
    ),
    Misconception(
        "hidden_size taken for both directions",
        "hidden_size is the size of one state. The forward state is the first hidden_size numbers of output, not half of them.",
        {HALVES: "time_first[-1, :, : hidden_size // 2], time_first[0, :, hidden_size // 2 :]"},
    ),
    Misconception(
        "directions interleaved",
        "Each state is made of every other number. output holds two blocks: the first hidden_size numbers are the forward state.",
        {HALVES: "time_first[-1, :, ::2], time_first[0, :, 1::2]"},
    ),
    Misconception(
        "forward direction only",
        "The backward direction's state is missing. The result has 2 * hidden_size numbers per sequence.",
        {TWO: "return forward.clone()"},
    ),
    Misconception(
        "directions added up",
        "The two states were added. Put them side by side: 2 * hidden_size numbers per sequence.",
        {TWO: "return forward + backward"},
    ),
    Misconception(
        "joined along the batch",
        "The two states were joined along the batch. Join them along the last axis.",
        {"dim=1": "dim=0"},
    ),
    Misconception(
        "batch_first ignored",
        "The last step is always taken along axis 0. With batch_first=True axis 0 is the batch, and time is axis 1.",
        {TIME_FIRST: "time_first = output"},
    ),
    Misconception(
        "always batch first",
        "The last step is always taken along axis 1. With batch_first=False time is axis 0.",
        {TIME_FIRST: "time_first = output.transpose(0, 1)"},
    ),
    Misconception(
        "batch_first the wrong way round",
        "batch_first is used the wrong way round. Time is axis 0 when it is False, and axis 1 when it is True.",
        {TIME_FIRST: "time_first = output if batch_first else output.transpose(0, 1)"},
    ),
    Misconception(
        "view instead of transpose",
        "view only regroups the numbers, which mixes the sequences. Swap the first two axes, or take output[:, -1].",
        {
            TIME_FIRST: "time_first = output\n    if batch_first:\n"
            "        time_first = output.reshape(output.shape[1], output.shape[0], output.shape[2])"
        },
        common=True,
    ),
    Misconception(
        "step 0 for one direction",
        "The result is the state of step 0. Take the last step, where the layer has read the whole sequence.",
        {ONE: "return time_first[0].clone()"},
    ),
    Misconception(
        "time axis kept",
        "The time axis is still there, with size 1. Take the step by an index: a slice such as [-1:] keeps the axis.",
        {ONE: "return time_first[-1].clone().unsqueeze(int(batch_first))", TWO: f"{TWO}.unsqueeze(int(batch_first))"},
    ),
    Misconception(
        "mean over time",
        "The states of all steps were averaged. The final state is that of one step.",
        {ONE: "return time_first.mean(dim=0)", TWO: "return time_first.mean(dim=0)"},
    ),
    Misconception(
        "result detached",
        "The values are right, but the result is detached from the graph. Leave out .detach(), .data and no_grad.",
        {ONE: "return time_first[-1].detach().clone()", TWO: f"{TWO}.detach()"},
    ),
)
