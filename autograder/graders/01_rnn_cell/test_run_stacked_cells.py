"""run_stacked_cells: two cells on top of each other."""

import torch

from autograder.kit import (
    Misconception,
    check,
    check_gradients,
    check_pure,
    points,
    requires_grad,
    run_cell_carried_forward,
    with_a_zero_step,
)

NEXT_LOOK = "Follow two time steps by hand: what goes into each step, what comes out of it, and what is collected."
AXES = ("seq_len batch hidden_size_2", "batch hidden_size_1", "batch hidden_size_2")
CELL = "def made(x, h):\n    return torch.rnn_tanh_cell(x, h, *weights)"

# A run_stacked_cells that calls a wrong run_cell is asked again with a right one, so that the mistake costs run_cell only.
RUN_CELL = run_cell_carried_forward("run_stacked_cells")


def expected(weights1, weights2, inputs, h1, h2):
    outputs = []
    for x in inputs:
        h1 = torch.rnn_tanh_cell(x, h1, *weights1)
        h2 = torch.rnn_tanh_cell(h1, h2, *weights2)
        outputs.append(h2)
    return torch.stack(outputs), h1, h2


def ask(submission, weights1, weights2, *args):
    cells = [submission.build(CELL, name, weights=w) for name, w in (("cell1", weights1), ("cell2", weights2))]
    return submission.run_stacked_cells(*cells, *args)


def case(draw, seq_len=None, batch=None, sizes=None):
    drawn = draw.sizes(5)
    seq_len, batch = seq_len or drawn[0], batch or drawn[1]
    input_size, hidden_1, hidden_2 = sizes or drawn[2:]
    return (
        list(draw.weights(1, input_size, hidden_1)),
        list(draw.weights(1, hidden_1, hidden_2)),
        draw.normal(seq_len, batch, input_size),
        draw.uniform(0.9, batch, hidden_1),
        draw.uniform(0.9, batch, hidden_2),
    )


@points(1)
def test_second_cell_reads_the_new_state(submission, draw):
    """At every step cell2 reads the state that cell1 has just computed, and each cell carries its own state forward."""
    cases = [case(draw, *sizes) for sizes in ((None, None, None), (None, 1, None), (5, 5, (5, 5, 5)))]
    cases = [(one, two, with_a_zero_step(inputs), *states) for one, two, inputs, *states in cases]

    def attempt():
        for weights1, weights2, *args in cases:
            check_pure(
                lambda *a, u=weights1, v=weights2: ask(submission, u, v, *a),
                [tuple(args)],
                lambda *a, u=weights1, v=weights2: expected(u, v, *a),
                AXES,
            )

    RUN_CELL.grade(submission, attempt)


@points(1)
def test_sizes_of_the_lecture(submission, draw):
    """run_stacked_cells works for the lecture's sizes 100, 30 and 20, with 1, 10 and 50 time steps."""
    cases = [case(draw, seq_len, 3, (100, 30, 20)) for seq_len in (10, 1, 50)]

    def attempt():
        for args in cases:
            check(ask(submission, *args), expected(*args), AXES)

    RUN_CELL.grade(submission, attempt)


@points(1)
def test_gradients_flow_through_both_cells(submission, draw):
    """Gradients flow from all three results back to the inputs and to both initial states."""
    weights1, weights2, *args = case(draw, draw.integer(33, 36))
    leaves = dict(zip(("inputs", "h1", "h2"), map(requires_grad, args), strict=True))

    def attempt():
        answer = ask(submission, weights1, weights2, *leaves.values())
        check_gradients(answer, expected(weights1, weights2, *leaves.values()), leaves, draw, AXES)

    RUN_CELL.grade(submission, attempt)


STEP = "h1 = cell1(x, h1)\n        h2 = cell2(h1, h2)"
RETURN = "return torch.stack(outputs), h1, h2"

MISCONCEPTIONS = (
    Misconception(
        "second cell reads the old state",
        "cell2 reads the h1 of the previous step. Compute the new h1 first, then pass it to cell2.",
        {STEP: "h1, h2 = cell1(x, h1), cell2(h1, h2)"},
    ),
    Misconception(
        "second cell reads the input",
        "cell2 reads x. It is on top of cell1, so pass it the new h1.",
        {"cell2(h1, h2)": "cell2(x, h2)"},
    ),
    Misconception(
        "outputs of the first cell",
        "The list collects the states of cell1. Collect the states of the upper cell, cell2.",
        {"outputs.append(h2)": "outputs.append(h1)"},
    ),
    Misconception(
        "states of both cells collected",
        "The list collects h1 and h2 side by side. Collect only h2, the states of the upper cell.",
        {"outputs.append(h2)": "outputs.append(torch.cat([h1, h2], dim=1))"},
    ),
    Misconception(
        "h1 and h2 swapped in the result",
        "h1 and h2 are swapped in the result. Return outputs, h1, h2.",
        {RETURN: "return torch.stack(outputs), h2, h1"},
    ),
    Misconception(
        "first cell's state not carried forward",
        "cell1 starts every step from the same h1. Its new state has to go into its next step.",
        {STEP: "n1 = cell1(x, h1)\n        h2 = cell2(n1, h2)", RETURN: "return torch.stack(outputs), n1, h2"},
    ),
    Misconception(
        "second cell's state not carried forward",
        "cell2 starts every step from the same h2. Its new state has to go into its next step.",
        {"h2 = cell2(h1, h2)\n        outputs.append(h2)": "n2 = cell2(h1, h2)\n        outputs.append(n2)",
         RETURN: "return torch.stack(outputs), h1, n2"},
    ),
    Misconception(
        "initial state ignored",
        "Both cells start from zeros. Start from the h1 and h2 that are passed.",
        {"    outputs = []\n": "    outputs, h1, h2 = [], torch.zeros_like(h1), torch.zeros_like(h2)\n"},
    ),
    Misconception(
        "second cell starts one step late",
        "cell2 does not run in the first step. Run cell2 after every step of cell1.",
        {"h2 = cell2(h1, h2)\n": "h2 = cell2(h1, h2) if outputs else h2\n"},
    ),
    Misconception(
        "second cell reads the first cell's last state",
        "cell2 reads the last h1 at every step. Give it the h1 of the same step: one loop for both, or a list of all h1.",
        {"        h2 = cell2(h1, h2)\n": "    for _ in inputs:\n        h2 = cell2(h1, h2)\n"},
    ),
    Misconception(
        "second cell runs only once",
        "cell2 runs after the loop, on the last h1 only. Run cell2 after every step of cell1.",
        {"        h2 = cell2(h1, h2)\n        outputs.append(h2)": "    h2 = cell2(h1, h2)\n    outputs.append(h2)"},
    ),
    Misconception(
        "last state not returned",
        "The last states are missing. Return outputs, and the last state of each cell: h1 and h2.",
        {RETURN: "return torch.stack(outputs)"},
    ),
    Misconception(
        "h1 missing",
        "h1 is missing. Return outputs, and the last state of each cell: h1 and h2.",
        {RETURN: "return torch.stack(outputs), h2"},
    ),
    Misconception(
        "states of all steps returned as h1",
        "The states of all steps are returned as h1. Return only the last state of cell1, (batch, hidden_size_1).",
        {"    outputs = []\n": "    outputs, firsts = [], []\n",
         "outputs.append(h2)": "firsts.append(h1)\n        outputs.append(h2)",
         RETURN: "return torch.stack(outputs), torch.stack(firsts), h2"},
    ),
    Misconception(
        "outputs stacked along the wrong axis",
        "The states are stacked along axis 1. Time comes first: stack them along axis 0.",
        {"torch.stack(outputs), h1": "torch.stack(outputs, dim=1), h1"},
    ),
    Misconception(
        "cat instead of stack",
        "torch.cat joins the steps along the batch axis. Use torch.stack, which adds a new axis for time.",
        {"torch.stack(outputs), h1": "torch.cat(outputs), h1"},
    ),
    Misconception(
        "detached between the cells",
        "The values are right, but h1 is detached before cell2 reads it, so no gradient flows from cell2 back to cell1.",
        {"cell2(h1, h2)": "cell2(h1.detach(), h2)"},
    ),
    Misconception(
        "state detached at every step",
        "The values are right, but the states are detached, so no gradient flows from a later step back to an earlier one.",
        {STEP: "h1 = cell1(x, h1.detach())\n        h2 = cell2(h1, h2.detach())"},
    ),
)  # fmt: skip
