"""The checks that you may see: run `pytest test_shapes.py`. The grading adds stricter ones."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

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


def test_word_batch_of_the_lab():
    got = word_batch(WORDS, IDX2CHAR)
    shape = tuple(got.shape)
    assert shape == (3, 5, 4), f"shape {shape}, expected (batch, seq_len, features) = (3, 5, 4)"
    assert got.dtype == torch.float32, f"dtype {got.dtype}, expected torch.float32: layers compute in float32"
    assert got.sum(dim=2).eq(1).all(), "every vector should hold a single 1 and zeros elsewhere"
    assert got[0].argmax(dim=1).tolist() == [0, 1, 2, 2, 3], "got[0] should be the first word, h e l l o"
    assert got[2, 3].tolist() == [0, 1, 0, 0], "got[2, 3] should be the letter e: third word, fourth letter"


def test_word_batch_wants_equal_lengths():
    import pytest

    with pytest.raises(ValueError):
        word_batch(["hello", "hell"], IDX2CHAR)


def test_word_batch_names_an_unknown_character():
    import pytest

    with pytest.raises(ValueError, match="z"):
        word_batch(["hello", "hellz"], IDX2CHAR)


def test_to_time_major_keeps_words_together():
    letters = torch.tensor([[1, 2, 3], [4, 5, 6]])
    got = to_time_major(letters)
    assert got.tolist() == [[1, 4], [2, 5], [3, 6]], (
        f"to_time_major([[1, 2, 3], [4, 5, 6]]) is {got.tolist()}, expected [[1, 4], [2, 5], [3, 6]]: "
        "swap the axes, do not cut the numbers anew"
    )


def test_to_time_major_leaves_other_axes_alone():
    x = torch.arange(2 * 5 * 4).view(2, 5, 4)
    got = to_time_major(x)
    shape = tuple(got.shape)
    assert shape == (5, 2, 4), f"shape {shape}, expected (seq_len, batch, features) = (5, 2, 4)"
    assert got[3, 1].tolist() == x[1, 3].tolist(), "got[3, 1] should be x[1, 3], with its features in order"


def test_output_shapes_of_the_lecture():
    got = output_shapes("RNN", 3, 1, 4, 2)
    assert got == {"output": (3, 1, 2), "h_n": (1, 1, 2)}, f"nn.RNN(4, 2) on (3, 1, 4): {got}"
    got = output_shapes("RNN", 10, 3, 100, 20, num_layers=4)
    assert got == {"output": (10, 3, 20), "h_n": (4, 3, 20)}, f"nn.RNN(100, 20, 4) on (10, 3, 100): {got}"


def test_output_shapes_batch_first_leaves_the_state_alone():
    got = output_shapes("GRU", 5, 3, 7, 2, batch_first=True)
    assert got == {"output": (3, 5, 2), "h_n": (1, 3, 2)}, f"batch-first nn.GRU(7, 2) on (3, 5, 7): {got}"


def test_output_shapes_bidirectional_lstm():
    got = output_shapes("LSTM", 5, 3, 7, 2, num_layers=2, bidirectional=True)
    assert set(got) == {"output", "h_n", "c_n"}, f"keys are {sorted(got)}, expected output, h_n and c_n"
    assert got["output"] == (5, 3, 4), f"output: {got['output']}, expected (5, 3, 4): two directions, joined"
    assert got["h_n"] == (4, 3, 2), f"h_n: {got['h_n']}, expected (4, 3, 2): one row per layer and direction"
    assert got["c_n"] == (4, 3, 2), f"c_n: {got['c_n']}, expected (4, 3, 2), like h_n"


def test_parameter_shapes_rnn_with_two_layers():
    got = parameter_shapes("RNN", 100, 10, num_layers=2)
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
    assert list(got) == list(expected), f"names in order: {list(got)}, expected {list(expected)}"
    assert got == expected, f"nn.RNN(100, 10, num_layers=2): {got}"


def test_parameter_shapes_counts_the_blocks():
    for kind, rows in (("RNN", 5), ("GRU", 15), ("LSTM", 20)):
        got = parameter_shapes(kind, 3, 5)["weight_ih_l0"]
        assert got == (rows, 3), f"nn.{kind}(3, 5): weight_ih_l0 is {got}, expected {(rows, 3)}"


def test_parameter_shapes_bidirectional():
    got = parameter_shapes("LSTM", 3, 5, num_layers=2, bidirectional=True)
    layer = nn.LSTM(3, 5, num_layers=2, bidirectional=True)
    expected = {name: tuple(parameter.shape) for name, parameter in layer.named_parameters()}
    assert list(got) == list(expected), f"names in order: {list(got)}, expected {list(expected)}"
    wrong = {name: shape for name, shape in got.items() if shape != expected[name]}
    assert not wrong, f"2-layer bidirectional LSTM, input_size 3, hidden_size 5: these shapes differ: {wrong}"


def test_flatten_for_loss_keeps_pairs_together():
    labels = torch.tensor([[3, 1], [2, 0], [0, 3]])
    outputs = torch.zeros(3, 2, 4)
    for t in range(3):
        for b in range(2):
            outputs[t, b, labels[t, b]] = 1.0  # each prediction points at its own label
    logits, targets = flatten_for_loss(outputs, labels)
    assert logits.shape == (6, 4), f"logits: shape {tuple(logits.shape)}, expected (3 * 2, 4) = (6, 4)"
    assert targets.shape == (6,), f"targets: shape {tuple(targets.shape)}, expected (3 * 2,) = (6,)"
    pairs = list(zip(logits.argmax(dim=1).tolist(), targets.tolist(), strict=True))
    assert all(guess == target for guess, target in pairs), f"predictions and labels are mixed up: {pairs}"


def test_flatten_for_loss_gives_the_average_over_steps():
    outputs, labels = torch.randn(5, 3, 4), torch.randint(0, 4, (5, 3))
    got = F.cross_entropy(*flatten_for_loss(outputs, labels)).item()
    expected = sum(F.cross_entropy(outputs[t], labels[t]).item() for t in range(5)) / 5
    assert abs(got - expected) <= 1e-5, f"the loss is {got:.5f}, the average over the steps is {expected:.5f}"


def test_build_and_run_settings():
    layer, _, _ = build_and_run(10, 20, 2)
    assert isinstance(layer, nn.LSTM), f"the layer is a {type(layer).__name__}, expected an nn.LSTM"
    sizes = layer.input_size, layer.hidden_size, layer.num_layers
    assert sizes == (10, 20, 2), f"input_size, hidden_size, num_layers are {sizes}, expected (10, 20, 2)"
    assert layer.bidirectional, "the layer should be bidirectional"
    assert layer.batch_first, "the layer should be batch first"


def test_build_and_run_three_shapes():
    _, output, (h_n, c_n) = build_and_run(10, 20, 2)
    shapes = tuple(output.shape), tuple(h_n.shape), tuple(c_n.shape)
    expected = (16, 25, 40), (4, 16, 20), (4, 16, 20)
    assert shapes == expected, f"shapes of output, h_n, c_n are {shapes}, expected {expected}"


def test_build_and_run_layer_takes_other_lengths():
    layer, _, _ = build_and_run(10, 20, 2)
    for seq_len in (20, 30, 50):
        output, _ = layer(torch.randn(16, seq_len, 10))
        assert output.shape == (16, seq_len, 40), f"seq_len {seq_len}: output has shape {tuple(output.shape)}"


def test_last_step_worked_example():
    output = torch.tensor([[[1.0, 2.0]], [[3.0, 4.0]], [[5.0, 6.0]]])  # seq_len 3, batch 1
    got = last_step(output, False, False, 2)
    assert got.tolist() == [[5, 6]], f"one direction: {got.tolist()}, expected the last step [[5, 6]]"
    got = last_step(output, False, True, 1)
    assert got.tolist() == [[5, 2]], (
        f"two directions: {got.tolist()}, expected [[5, 2]]: forward ends last, backward ends at step 0"
    )


def test_last_step_equals_h_n():
    for batch_first in (False, True):
        x = torch.randn(3, 5, 4) if batch_first else torch.randn(5, 3, 4)
        output, h_n = nn.GRU(4, 2, num_layers=2, batch_first=batch_first)(x)
        got = last_step(output, batch_first, False, 2)
        assert got.shape == (3, 2), f"batch_first={batch_first}: shape {tuple(got.shape)}, expected (3, 2)"
        error = (got - h_n[-1]).abs().max().item()
        assert error <= 1e-5, f"batch_first={batch_first}: differs from the top layer's h_n by {error:.2g}"
