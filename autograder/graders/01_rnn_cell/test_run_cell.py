"""run_cell: the loop over time."""

import torch

from autograder.kit import (
    Misconception,
    check,
    check_cell_gradients,
    check_gradients,
    check_pure,
    points,
    requires_grad,
    with_a_zero_step,
)

NEXT_LOOK = "Follow two time steps by hand: what goes into each step, what comes out of it, and what is collected."
AXES = ("seq_len batch hidden_size", "batch hidden_size")
TORCH_CELL = """
made = nn.RNNCell(weights[0].shape[1], weights[0].shape[0])
with torch.no_grad():
    for parameter, weight in zip(made.parameters(), weights):
        parameter.copy_(weight)
"""
ODD_CELL = "def made(x, h):\n    return torch.sin(x @ a + h @ b) + 0.1 * h"


def torch_cell(*weights):
    return lambda x, h: torch.rnn_tanh_cell(x, h, *weights)


def odd_cell(a, b):
    return lambda x, h: torch.sin(x @ a + h @ b) + 0.1 * h


def expected(cell, inputs, h):
    outputs = []
    for x in inputs:
        h = cell(x, h)
        outputs.append(h)
    return torch.stack(outputs), h


def case(draw, seq_len=None, batch=None):
    """Weights of a cell, and inputs and a state that fit it."""
    sizes = draw.sizes(4)
    seq_len, batch = seq_len or sizes[0], batch or sizes[1]
    weights = list(draw.weights(1, sizes[2], sizes[3]))
    return weights, draw.normal(seq_len, batch, sizes[2]), draw.uniform(0.9, batch, sizes[3])


def ask(submission, weights, inputs, h):
    return submission.run_cell(submission.build(TORCH_CELL, "cell", weights=weights), inputs, h)


@points(1)
def test_runs_the_cell_over_time(submission, draw):
    """run_cell calls the cell on inputs[0], inputs[1], ..., each with the state of the previous step, and returns all states."""
    for seq_len, batch in ((None, None), (1, None), (20, 1), (50, 2), (5, 5)):
        weights, inputs, h = case(draw, seq_len, batch)
        inputs = with_a_zero_step(inputs)
        check(ask(submission, weights, inputs, h), expected(torch_cell(*weights), inputs, h), AXES)


@points(1)
def test_takes_any_cell(submission, draw):
    """run_cell works with any callable as the cell, not only with an nn.RNNCell, and lets gradients through."""
    batch, input_size, hidden_size = draw.sizes(3)
    seq_len = draw.integer(33, 36)  # long enough for a state that is detached now and then
    a, b = (weight.T.contiguous() for weight in draw.weights(1, input_size, hidden_size)[:2])
    inputs, h = requires_grad(draw.normal(seq_len, batch, input_size)), requires_grad(draw.normal(batch, hidden_size))
    cell = submission.build(ODD_CELL, "cell", a=a, b=b)
    answer = submission.run_cell(cell, inputs, h)
    check_gradients(answer, expected(odd_cell(a, b), inputs, h), {"inputs": inputs, "h": h}, draw, AXES)
    weights, x, h = case(draw)
    cell = submission.build(TORCH_CELL, "cell", weights=weights)
    answer, right = submission.run_cell(cell, x, h), expected(torch_cell(*map(requires_grad, weights)), x, h)
    check_cell_gradients(answer, right, cell, weights, draw, AXES)


@points(1)
def test_looks_only_at_the_past(submission, draw):
    """No later input affects an earlier output of run_cell, no argument is changed, and a second call returns the same result."""
    weights, inputs, h = case(draw, draw.integer(6, 9))
    later = inputs.clone()
    later[3:] += 1
    check_pure(
        lambda *args: ask(submission, weights, *args),
        [(inputs, h), (later, h)],
        lambda *args: expected(torch_cell(*weights), *args),
        AXES,
    )


MISCONCEPTIONS = (
    Misconception(
        "state not carried forward",
        "Every step starts from the same h. Pass the state that the cell returns to the next step.",
        {
            "h = cell(x, h)": "n = cell(x, h)",
            "outputs.append(h)": "outputs.append(n)",
            "torch.stack(outputs), h ": "torch.stack(outputs), n ",
        },
    ),
    Misconception(
        "state not carried forward, initial one returned",
        "Every step starts from the same h. Use the new state in the next step, and return the last one as h_n.",
        {"        h = cell(x, h)\n        outputs.append(h)": "        outputs.append(cell(x, h))"},
    ),
    Misconception(
        "initial state ignored",
        "The loop starts from zeros. Start it from the h that is passed.",
        {"    outputs = []\n": "    outputs, h = [], torch.zeros_like(h)\n"},
        common=True,
    ),
    Misconception(
        "first output as h_n",
        "h_n is the state after the first step. Return the state after the last step.",
        {"return torch.stack(outputs), h": "return torch.stack(outputs), outputs[0]"},
    ),
    Misconception(
        "initial state returned",
        "The initial state is returned as h_n. Return the state after the last step.",
        {"    outputs = []\n": "    outputs, start = [], h\n", "torch.stack(outputs), h ": "torch.stack(outputs), start "},
        common=True,
    ),
    Misconception(
        "outputs collected before the step",
        "The list collects the state before each step, so it is one step late. Call the cell first, then append.",
        {"        h = cell(x, h)\n        outputs.append(h)": "        outputs.append(h)\n        h = cell(x, h)"},
        common=True,
    ),
    Misconception(
        "sequence read backwards",
        "The last input is read first. Time step 0 comes first.",
        {"for x in inputs:": "for x in inputs.flip(0):"},
    ),
    Misconception(
        "first input at every step",
        "Every step reads the same input. Step t has to read inputs[t].",
        {"cell(x, h)": "cell(inputs[0], h)"},
    ),
    Misconception(
        "global data instead of the argument",
        "The loop reads a variable from outside the function. Read the inputs that are passed.",
        {"for x in inputs:": "for x in torch.eye(4)[X_DATA].unsqueeze(1):"},
    ),
    Misconception(
        "loop over the batch",
        "The loop runs along axis 1, the batch. Time is axis 0: step t reads inputs[t], for the whole batch at once.",
        {"for x in inputs:": "for x in inputs.transpose(0, 1):"},
    ),
    Misconception(
        "outputs stacked along the wrong axis",
        "The states are stacked along axis 1. Time comes first: stack them along axis 0.",
        {"torch.stack(outputs), h": "torch.stack(outputs, dim=1), h"},
        common=True,
    ),
    Misconception(
        "cat instead of stack",
        "torch.cat joins the steps along the batch axis. Use torch.stack, which adds a new axis for time.",
        {"torch.stack(outputs), h": "torch.cat(outputs), h"},
        common=True,
    ),
    Misconception(
        "outputs left as a list",
        "outputs is a Python list of tensors. Turn it into one tensor of shape (seq_len, batch, hidden_size).",
        {"torch.stack(outputs), h": "outputs, h"},
    ),
    Misconception(
        "last state not returned",
        "Return two things: all the states, and the last one.",
        {"torch.stack(outputs), h": "torch.stack(outputs)"},
    ),
    Misconception(
        "layer axis on the last state",
        "h_n has a layer axis, as in nn.RNN. Here its shape is (batch, hidden_size), as in a cell.",
        {"torch.stack(outputs), h": "torch.stack(outputs), h.unsqueeze(0)"},
        common=True,
    ),
    Misconception(
        "state detached at every step",
        "The values are right, but the state is detached: no gradient flows from a later step back to an earlier one.",
        forms=(
            {"cell(x, h)": "cell(x, h.detach())"},
            {"outputs.append(h)": "outputs.append(h)\n        h = h.detach()"},
        ),
    ),
    Misconception(
        "result detached",
        "The values are right, but no gradient flows through the loop. Leave out .detach(), .data and no_grad here.",
        forms=({"cell(x, h)": "cell(x, h).detach()"}, {"outputs.append(h)": "outputs.append(h.detach())"}),
    ),
    Misconception(
        "works only with nn.RNNCell",
        "The cell may be any function of (x, h), and a function has no hidden_size. Take the sizes from h.",
        {"    outputs = []\n": "    outputs = []\n    cell.hidden_size\n"},
    ),
    Misconception(
        "state changed in place",
        "Each step writes into the h that was passed, so the list holds the same tensor many times. Write h = cell(x, h).",
        {"        h = cell(x, h)\n": "        h[:] = cell(x, h)\n"},
    ),
)
