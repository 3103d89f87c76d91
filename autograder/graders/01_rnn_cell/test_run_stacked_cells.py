"""run_stacked_cells: two cells on top of each other."""

import torch

from autograder.graders.kit.probes import gradients_reach, leaf, pure
from autograder.judge import Misconception, points

AXES = ("seq_len batch hidden_size_2", "batch hidden_size_1", "batch hidden_size_2")
CELL = "def made(x, h):\n    return torch.rnn_tanh_cell(x, h, *weights)"


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
    """In every step cell2 is fed with the state that cell1 has just computed, and each cell keeps its own state."""
    for seq_len, batch in ((None, None), (None, 1)):
        weights1, weights2, *args = case(draw, seq_len, batch)
        pure(
            lambda *a, u=weights1, v=weights2: ask(submission, u, v, *a),
            [tuple(args)],
            lambda *a, u=weights1, v=weights2: expected(u, v, *a),
            AXES,
        )


@points(1)
def test_sizes_of_the_lecture(submission, draw):
    """It works for the lecture's sizes 100, 30 and 20, for one step and for fifty."""
    for seq_len in (10, 1, 50):
        weights1, weights2, *args = case(draw, seq_len, 3, (100, 30, 20))
        pure(
            lambda *a, u=weights1, v=weights2: ask(submission, u, v, *a),
            [tuple(args)],
            lambda *a, u=weights1, v=weights2: expected(u, v, *a),
            AXES,
        )


@points(1)
def test_gradients_flow_through_both_cells(submission, draw):
    """Gradients flow from all three results back to the inputs and to both initial states."""
    weights1, weights2, *args = case(draw)
    leaves = dict(zip(("inputs", "h1", "h2"), map(leaf, args), strict=True))
    answer = ask(submission, weights1, weights2, *leaves.values())
    gradients_reach(answer, expected(weights1, weights2, *leaves.values()), leaves, draw, AXES)


MISCONCEPTIONS = (
    Misconception(
        "second cell reads the old state",
        "cell2 is fed with the state of the step before: first compute the new h1, then give that one to cell2.",
        {"h1 = cell1(x, h1)\n        h2 = cell2(h1, h2)": "h1, h2 = cell1(x, h1), cell2(h1, h2)"},
    ),
)
