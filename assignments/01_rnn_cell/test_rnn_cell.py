"""The checks that you may see: run `pytest test_rnn_cell.py`. The grading adds stricter ones."""

from collections.abc import Callable
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from rnn_cell import (
    IDX2CHAR,
    RNNCellModel,
    X_DATA,
    Y_DATA,
    encode,
    rnn_cell_step,
    run_cell,
    run_stacked_cells,
    train,
)


def test_encode_hello():
    got = encode("hello", IDX2CHAR)
    assert got.shape == (5, 1, 4), f"shape {tuple(got.shape)}, expected (seq_len, 1, 4) = (5, 1, 4)"
    assert got.dtype == torch.float32, f"dtype {got.dtype}, expected torch.float32: weights are float32 too"
    assert got.sum(dim=2).eq(1).all(), "every vector should hold a single 1 and zeros elsewhere"
    assert got.argmax(dim=2).flatten().tolist() == X_DATA, "the ones should stand at the indices of h e l l o"


def test_encode_uses_the_vocabulary_it_is_given():
    got = encode("ba", ["c", "b", "a"])
    expected = [[[0, 1, 0]], [[0, 0, 1]]]
    assert got.tolist() == expected, f'encode("ba", ["c", "b", "a"]) is {got.tolist()}, expected {expected}'


def test_encode_names_an_unknown_character():
    import pytest

    with pytest.raises(ValueError, match="z"):
        encode("hez", IDX2CHAR)


def test_rnn_cell_step_worked_example():
    got = rnn_cell_step(
        torch.tensor([[1.0, 0.0]]),
        torch.tensor([[0.5]]),
        torch.tensor([[0.2, 0.4]]),
        torch.tensor([[0.6]]),
        torch.tensor([0.1]),
        torch.tensor([0.2]),
    )
    assert got.shape == (1, 1), f"shape {tuple(got.shape)}, expected (batch, hidden_size) = (1, 1)"
    assert abs(got.item() - 0.6640) <= 1e-4, f"got {got.item():.4f}, expected tanh(0.8) = 0.6640"


def test_rnn_cell_step_equals_pytorch():
    cell = nn.RNNCell(5, 2)
    x, h = torch.randn(3, 5), torch.randn(3, 2)
    got = rnn_cell_step(x, h, cell.weight_ih, cell.weight_hh, cell.bias_ih, cell.bias_hh)
    assert got.shape == (3, 2), f"shape {tuple(got.shape)}, expected (batch, hidden_size) = (3, 2)"
    error = (got - cell(x, h)).abs().max().item()
    assert error <= 1e-5, f"differs from nn.RNNCell by {error:.2g}; is every term of the equation there?"


def test_rnn_cell_step_lets_gradients_through():
    cell = nn.RNNCell(5, 2)
    x, h = torch.randn(3, 5), torch.randn(3, 2)
    rnn_cell_step(x, h, cell.weight_ih, cell.weight_hh, cell.bias_ih, cell.bias_hh).sum().backward()
    for name, parameter in cell.named_parameters():
        assert parameter.grad is not None, f"no gradient reaches {name}: is it used, and used without .data?"


def test_run_cell_carries_the_state():
    inputs = torch.tensor([1.0, 2.0, 3.0]).view(3, 1, 1)
    outputs, h_n = run_cell(lambda x, h: 10 * h + x, inputs, torch.tensor([[9.0]]))
    assert outputs.shape == (3, 1, 1), f"outputs: shape {tuple(outputs.shape)}, expected (3, 1, 1)"
    assert outputs.flatten().tolist() == [91, 912, 9123], (
        f"the states are {outputs.flatten().tolist()}, expected [91, 912, 9123]: "
        "start from the h that is passed, read the steps in order, feed each new state to the next step"
    )
    assert h_n.tolist() == [[9123]], f"h_n is {h_n.tolist()}, expected the last state [[9123]]"


def test_run_cell_shapes_for_short_and_long_sequences():
    cell = nn.RNNCell(4, 2)
    for seq_len in (1, 20, 50):
        outputs, h_n = run_cell(cell, torch.randn(seq_len, 3, 4), torch.zeros(3, 2))
        shape = tuple(outputs.shape)
        assert shape == (seq_len, 3, 2), f"outputs: shape {shape}, expected {(seq_len, 3, 2)}"
        assert h_n.shape == (3, 2), f"h_n: {tuple(h_n.shape)}, expected (batch, hidden_size) = (3, 2)"


def test_run_stacked_cells_feeds_the_new_state_upwards():
    inputs = torch.tensor([1.0, 2.0, 3.0]).view(3, 1, 1)
    zero = torch.zeros(1, 1)
    outputs, h1, h2 = run_stacked_cells(lambda x, h: 10 * h + x, lambda x, h: h + x, inputs, zero, zero)
    assert h1.tolist() == [[123]], f"h1 is {h1.tolist()}, expected the first cell's last state [[123]]"
    assert outputs.flatten().tolist() == [1, 13, 136], (
        f"the second cell went through {outputs.flatten().tolist()}, expected [1, 13, 136]: "
        "it should add up the first cell's new states 1, 12, 123"
    )
    assert h2.tolist() == [[136]], f"h2 is {h2.tolist()}, expected the second cell's last state [[136]]"


def test_run_stacked_cells_100_30_20():
    cell1, cell2 = nn.RNNCell(100, 30), nn.RNNCell(30, 20)
    zeros1, zeros2 = torch.zeros(3, 30), torch.zeros(3, 20)
    outputs, h1, h2 = run_stacked_cells(cell1, cell2, torch.randn(10, 3, 100), zeros1, zeros2)
    shapes = tuple(outputs.shape), tuple(h1.shape), tuple(h2.shape)
    assert shapes == ((10, 3, 20), (3, 30), (3, 20)), f"shapes of outputs, h1, h2: {shapes}"


def test_RNNCellModel_parameters():
    model = RNNCellModel(input_size=4, hidden_size=3, batch_size=2)
    found = {name: tuple(parameter.shape) for name, parameter in model.named_parameters()}
    expected = {
        "rnncell.weight_ih": (3, 4),
        "rnncell.weight_hh": (3, 3),
        "rnncell.bias_ih": (3,),
        "rnncell.bias_hh": (3,),
    }
    assert found == expected, f"parameters are {found}, expected {expected}"


def test_RNNCellModel_does_one_step():
    model = RNNCellModel(input_size=1, hidden_size=1, batch_size=1)
    with torch.no_grad():
        for parameter, value in zip(model.parameters(), (0.2, 0.6, 0.1, 0.2), strict=True):
            parameter.fill_(value)
    got = model(torch.tensor([[1.0]]), torch.tensor([[0.5]]))
    assert got.shape == (1, 1), f"shape {tuple(got.shape)}, expected (batch, hidden_size) = (1, 1)"
    assert abs(got.item() - 0.6640) <= 1e-4, f"got {got.item():.4f}, expected tanh(0.8) = 0.6640 (Task 2)"


def test_RNNCellModel_starts_from_zeros():
    hidden = RNNCellModel(input_size=4, hidden_size=3, batch_size=2).init_hidden()
    shape = tuple(hidden.shape)
    assert shape == (2, 3), f"init_hidden: shape {shape}, expected (batch_size, hidden_size) = (2, 3)"
    assert hidden.eq(0).all(), "init_hidden should be zeros"


def test_train_returns_the_string_before_the_step():
    h, e, l, o = [0.0, 1, 0, 0], [1.0, 0, 0, 0], [0.0, 0, 1, 0], [0.0, 0, 0, 1]
    inputs = torch.tensor([[h], [e], [l], [l], [o]])  # (5, 1, 4)
    model = RNNCellModel(input_size=4, hidden_size=4, batch_size=1)
    with torch.no_grad():  # a start that repeats each letter it reads
        for parameter in model.parameters():
            parameter.zero_()
        model.rnncell.weight_ih.fill_diagonal_(0.01)
    got = train(model, inputs, torch.tensor(Y_DATA).view(-1, 1), epochs=1)
    assert got == ["hello"], f"this start repeats its input, so epoch 1 should report ['hello'], not {got}"


def test_train_learns_ohlol():
    h, e, l, o = [0.0, 1, 0, 0], [1.0, 0, 0, 0], [0.0, 0, 1, 0], [0.0, 0, 0, 1]
    inputs = torch.tensor([[h], [e], [l], [l], [o]])  # (5, 1, 4)
    model = RNNCellModel(input_size=4, hidden_size=4, batch_size=1)
    with torch.no_grad():  # a fixed start, from which the loop of the lecture arrives in a few epochs
        for parameter in model.parameters():
            start = 0.2 * torch.sin(torch.arange(parameter.numel()) + 2.0)
            parameter.copy_(start.view_as(parameter))
    strings = train(model, inputs, torch.tensor(Y_DATA).view(-1, 1))
    assert len(strings) == 15, f"{len(strings)} strings, expected one for each of the 15 epochs"
    assert strings[-1] == "ohlol", f"the last epoch says {strings[-1]!r}, expected 'ohlol'; all: {strings}"
