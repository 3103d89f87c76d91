"""The checks that you may see: run `pytest` in this folder. Grading adds stricter ones."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from checks import check_equal, check_raises, check_that

from shapes import (
    IDX2CHAR,
    WORDS,
    build_and_run,
    flatten_for_loss,
    last_step,
    output_shapes,
    parameter_shapes,
    to_time_major,
    word_batch,
)

TASKS = ["word_batch", "to_time_major", "output_shapes", "parameter_shapes", "flatten_for_loss", "build_and_run", "last_step"]


def test_word_batch_of_the_lab():
    got = word_batch(WORDS, IDX2CHAR)
    h, e, l, o = [1.0, 0, 0, 0], [0.0, 1, 0, 0], [0.0, 0, 1, 0], [0.0, 0, 0, 1]
    expected = torch.tensor([[h, e, l, l, o], [e, o, l, l, l], [l, l, e, e, l]])
    check_equal(
        "word_batch(WORDS, IDX2CHAR)",
        got,
        expected,
        "batch seq_len features",
        "got[0] is the first word, got[0, 1] its second letter, a one-hot vector of float32.",
    )


def test_word_batch_uses_the_vocabulary_it_is_given():
    check_equal(
        'word_batch(["ba", "cc"], ["c", "b", "a", "x", "y"])',
        word_batch(["ba", "cc"], ["c", "b", "a", "x", "y"]),
        torch.tensor([[[0.0, 1, 0, 0, 0], [0, 0, 1, 0, 0]], [[1, 0, 0, 0, 0], [1, 0, 0, 0, 0]]]),
        "batch seq_len features",
        "The index of a letter is its place in idx2char, and a vector is as long as idx2char.",
    )


def test_word_batch_wants_equal_lengths():
    check_raises(
        'word_batch(["hello", "hell"], IDX2CHAR)',
        lambda: word_batch(["hello", "hell"], IDX2CHAR),
        ValueError,
        "",
        "Compare the lengths of the words before you build anything.",
    )


def test_word_batch_names_an_unknown_character():
    check_raises(
        'word_batch(["hello", "hellz"], IDX2CHAR)',
        lambda: word_batch(["hello", "hellz"], IDX2CHAR),
        ValueError,
        "z",
        "Ask whether each character is in the vocabulary.",
    )


def test_to_time_major_keeps_words_together():
    check_equal(
        "to_time_major([[1, 2, 3], [4, 5, 6]])",
        to_time_major(torch.tensor([[1, 2, 3], [4, 5, 6]])),
        torch.tensor([[1, 4], [2, 5], [3, 6]]),
        "seq_len batch",
        "Swap the axes; do not regroup the numbers.",
    )


def test_to_time_major_leaves_other_axes_alone():
    x = torch.arange(2 * 5 * 4).view(2, 5, 4)
    got = to_time_major(x)
    check_equal(
        "the shape of to_time_major(x), x of shape (2, 5, 4)",
        tuple(got.shape),
        (5, 2, 4),
        "",
        "Only the first two axes change places.",
    )
    check_equal(
        "to_time_major(x)[3, 1]",
        got[3, 1],
        x[1, 3],
        "features",
        "It should be x[1, 3], with its features in order.",
    )


def test_output_shapes_of_the_lecture():
    check_equal(
        'output_shapes("RNN", 3, 1, 4, 2)',
        output_shapes("RNN", 3, 1, 4, 2),
        {"output": (3, 1, 2), "h_n": (1, 1, 2)},
        "",
        "output: every step of the top layer. h_n: the last step of every layer.",
    )
    check_equal(
        'output_shapes("RNN", 10, 3, 100, 20, num_layers=4)',
        output_shapes("RNN", 10, 3, 100, 20, num_layers=4),
        {"output": (10, 3, 20), "h_n": (4, 3, 20)},
        "",
        "The number of layers counts in h_n only.",
    )


def test_output_shapes_batch_first_leaves_the_state_alone():
    check_equal(
        'output_shapes("GRU", 5, 3, 7, 2, batch_first=True)',
        output_shapes("GRU", 5, 3, 7, 2, batch_first=True),
        {"output": (3, 5, 2), "h_n": (1, 3, 2)},
        "",
        "batch_first concerns the input and output, not the states.",
    )


def test_output_shapes_bidirectional_lstm():
    got = output_shapes("LSTM", 5, 3, 7, 2, num_layers=2, bidirectional=True)
    check_equal(
        'output_shapes("LSTM", 5, 3, 7, 2, num_layers=2, bidirectional=True)',
        got,
        {"c_n": (4, 3, 2), "h_n": (4, 3, 2), "output": (5, 3, 4)},
        "",
        "output joins the two directions on its last axis; "
        "h_n and c_n have one row per layer and direction.",
    )


def test_parameter_shapes_rnn_with_two_layers():
    expected = {
        "weight_ih_l0": (10, 100),
        "weight_hh_l0": (10, 10),
        "bias_ih_l0": (10,),
        "bias_hh_l0": (10,),
        "weight_ih_l1": (10, 10),
        "weight_hh_l1": (10, 10),
        "bias_ih_l1": (10,),
        "bias_hh_l1": (10,),
    }
    got = parameter_shapes("RNN", 100, 10, num_layers=2)
    check_equal(
        'parameter_shapes("RNN", 100, 10, num_layers=2)',
        got,
        expected,
        "",
        "Weights are stored as (out, in). What does the second layer read?",
    )
    check_equal(
        "its names in order",
        list(got),
        list(expected),
        "",
        "Layer by layer: weight_ih, weight_hh, bias_ih, bias_hh.",
    )


def test_parameter_shapes_counts_the_blocks():
    for kind, rows in (("RNN", 5), ("GRU", 15), ("LSTM", 20)):
        got = parameter_shapes(kind, 3, 5)
        check_equal(
            f'parameter_shapes("{kind}", 3, 5)',
            got,
            {
                "weight_ih_l0": (rows, 3),
                "weight_hh_l0": (rows, 5),
                "bias_ih_l0": (rows,),
                "bias_hh_l0": (rows,),
            },
            "",
            "G blocks of hidden_size rows: 1 for an RNN, 3 for a GRU, 4 for an LSTM.",
        )


def test_parameter_shapes_bidirectional():
    layer = nn.LSTM(3, 5, num_layers=2, bidirectional=True)
    expected = {name: tuple(parameter.shape) for name, parameter in layer.named_parameters()}
    got = parameter_shapes("LSTM", 3, 5, num_layers=2, bidirectional=True)
    check_equal(
        'parameter_shapes("LSTM", 3, 5, num_layers=2, bidirectional=True)',
        got,
        expected,
        "",
        "Each direction owns four parameters. "
        "From the second layer on, a layer reads both directions below it.",
    )
    check_equal(
        "its names in order",
        list(got),
        list(expected),
        "",
        "In a layer the forward direction comes first.",
    )


def test_flatten_for_loss_keeps_pairs_together():
    labels = torch.tensor([[3, 1], [2, 0], [0, 3]])
    outputs = torch.zeros(3, 2, 4)
    for t in range(3):
        for b in range(2):
            outputs[t, b, labels[t, b]] = 1.0  # each prediction points at its own label
    logits, targets = flatten_for_loss(outputs, labels)
    shapes = {"logits": tuple(logits.shape), "targets": tuple(targets.shape)}
    check_equal(
        "the shapes of flatten_for_loss(outputs, labels), outputs (3, 2, 4), labels (3, 2)",
        shapes,
        {"logits": (6, 4), "targets": (6,)},
        "",
        "Time and batch become one axis, the classes stay.",
    )
    check_equal(
        "the labels beside predictions that point at them",
        targets,
        logits.argmax(dim=1),
        "seq_len*batch",
        "Merge the same axes of both in the same order, so that pairs stay together.",
    )


def test_flatten_for_loss_gives_the_average_over_steps():
    outputs, labels = torch.randn(5, 3, 4), torch.randint(0, 4, (5, 3))
    got = F.cross_entropy(*flatten_for_loss(outputs, labels))
    expected = sum(F.cross_entropy(outputs[t], labels[t]) for t in range(5)) / 5
    check_equal(
        "F.cross_entropy(*flatten_for_loss(outputs, labels))",
        got,
        expected,
        "",
        "It should be the average over the steps: the logits unchanged, each beside its label.",
    )


def test_build_and_run_settings():
    layer, _, _ = build_and_run(10, 20, 2)
    check_that(
        isinstance(layer, nn.LSTM),
        "the layer of build_and_run(10, 20, 2)",
        f"a {type(layer).__name__}",
        "an nn.LSTM",
        "Return three things: the layer itself, its output, and the pair (h_n, c_n).",
    )
    expected = {
        "input_size": 10,
        "hidden_size": 20,
        "num_layers": 2,
        "bidirectional": True,
        "batch_first": True,
    }
    found = {name: getattr(layer, name) for name in expected}
    check_equal(
        "the layer of build_and_run(10, 20, 2)",
        found,
        expected,
        "",
        "These are the settings of the constructor.",
    )


def test_build_and_run_three_shapes():
    for sizes, expected in (
        ({}, {"output": (16, 25, 40), "h_n": (4, 16, 20), "c_n": (4, 16, 20)}),
        ({"batch": 3, "seq_len": 7}, {"output": (3, 7, 40), "h_n": (4, 3, 20), "c_n": (4, 3, 20)}),
    ):
        _, output, (h_n, c_n) = build_and_run(10, 20, 2, **sizes)
        shapes = {"output": tuple(output.shape), "h_n": tuple(h_n.shape), "c_n": tuple(c_n.shape)}
        settings = "".join(f", {name}={size}" for name, size in sizes.items())
        check_equal(
            f"the shapes of build_and_run(10, 20, 2{settings})",
            shapes,
            expected,
            "",
            "Batch first holds for the input and output, not for the states.",
        )


def test_build_and_run_returns_one_run():
    _, output, (h_n, _) = build_and_run(10, 20, 2)
    check_equal(
        "h_n[2] of build_and_run(10, 20, 2), the top layer's forward state",
        h_n[2],
        output[:, -1, :20],
        "batch hidden_size",
        "It should be the forward half of output at the last step: return what the run returned.",
    )


def test_last_step_worked_example():
    output = torch.tensor([[[1.0, 2.0]], [[3.0, 4.0]], [[5.0, 6.0]]])  # seq_len 3, batch 1
    check_equal(
        "last_step([[[1., 2.]], [[3., 4.]], [[5., 6.]]], False, False, 2)",
        last_step(output, False, False, 2),
        torch.tensor([[5.0, 6.0]]),
        "batch hidden_size",
        "One direction: the last step.",
    )
    check_equal(
        "last_step([[[1., 2.]], [[3., 4.]], [[5., 6.]]], False, True, 1)",
        last_step(output, False, True, 1),
        torch.tensor([[5.0, 2.0]]),
        "batch 2*hidden_size",
        "The forward direction ends last, the backward one at step 0.",
    )


def test_last_step_equals_h_n():
    for batch_first in (False, True):
        x = torch.randn(3, 5, 4) if batch_first else torch.randn(5, 3, 4)
        output, h_n = nn.GRU(4, 2, num_layers=2, batch_first=batch_first)(x)
        check_equal(
            f"last_step(output of an nn.GRU, {batch_first}, False, 2)",
            last_step(output, batch_first, False, 2),
            h_n[-1],
            "batch hidden_size",
            f"It should be h_n of the top layer. batch_first is {batch_first}: which axis is time?",
        )
