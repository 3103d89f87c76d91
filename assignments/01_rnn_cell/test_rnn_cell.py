"""The checks that you may see: run `pytest` in this folder. Grading adds stricter ones."""

from collections.abc import Callable
import torch
import torch.nn.functional as F
from torch import Tensor, nn
from checks import check_equal, check_gradients, check_raises

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

TASKS = ["encode", "rnn_cell_step", "run_cell", "run_stacked_cells", "RNNCellModel", "train"]


def test_encode_hello():
    expected = torch.tensor(
        [[[0.0, 1, 0, 0]], [[1, 0, 0, 0]], [[0, 0, 1, 0]], [[0, 0, 1, 0]], [[0, 0, 0, 1]]]
    )
    check_equal(
        'encode("hello", IDX2CHAR)',
        encode("hello", IDX2CHAR),
        expected,
        "seq_len batch input_size",
        "One vector per letter, a 1 at the letter's index; batch is 1 and stands in the middle.",
    )


def test_encode_uses_the_vocabulary_it_is_given():
    check_equal(
        'encode("ba", ["c", "b", "a"])',
        encode("ba", ["c", "b", "a"]),
        torch.tensor([[[0.0, 1, 0]], [[0, 0, 1]]]),
        "seq_len batch input_size",
        "The index of a letter is its place in idx2char, "
        "the argument, and a vector is as long as idx2char.",
    )


def test_encode_names_an_unknown_character():
    check_raises(
        'encode("hez", IDX2CHAR)',
        lambda: encode("hez", IDX2CHAR),
        ValueError,
        "z",
        "Ask whether the character is in the vocabulary before you look for its place.",
    )


def test_rnn_cell_step_worked_example():
    got = rnn_cell_step(
        torch.tensor([[1.0, 0.0]]),
        torch.tensor([[0.5]]),
        torch.tensor([[0.2, 0.4]]),
        torch.tensor([[0.6]]),
        torch.tensor([0.1]),
        torch.tensor([0.2]),
    )
    check_equal(
        "rnn_cell_step(...), the example of the docstring",
        got,
        torch.tensor([[0.6640]]),
        "batch hidden_size",
        "tanh(0.2 + 0.1 + 0.3 + 0.2) = tanh(0.8): four terms, and tanh of their sum.",
        atol=1e-4,
    )


def test_rnn_cell_step_equals_pytorch():
    cell = nn.RNNCell(5, 2)
    x, h = torch.randn(3, 5), torch.randn(3, 2)
    got = rnn_cell_step(x, h, cell.weight_ih, cell.weight_hh, cell.bias_ih, cell.bias_hh)
    check_equal(
        "rnn_cell_step(...) with the weights of nn.RNNCell(5, 2), batch 3",
        got,
        cell(x, h),
        "batch hidden_size",
        "Is every term of the equation there, with its own weight and bias? "
        "A weight is stored as (out, in).",
    )


def test_rnn_cell_step_lets_gradients_through():
    cell = nn.RNNCell(5, 2)
    x, h = torch.randn(3, 5, requires_grad=True), torch.randn(3, 2, requires_grad=True)
    got = rnn_cell_step(x, h, cell.weight_ih, cell.weight_hh, cell.bias_ih, cell.bias_hh)
    check_gradients("rnn_cell_step(...)", got, {"x": x, "h": h} | dict(cell.named_parameters()))


def test_run_cell_carries_the_state():
    inputs = torch.tensor([1.0, 2.0, 3.0]).view(3, 1, 1)
    check_equal(
        "run_cell(lambda x, h: 10 * h + x, [[[1.]], [[2.]], [[3.]]], [[9.]])",
        run_cell(lambda x, h: 10 * h + x, inputs, torch.tensor([[9.0]])),
        (torch.tensor([[[91.0]], [[912.0]], [[9123.0]]]), torch.tensor([[9123.0]])),
        {"outputs": "seq_len batch hidden_size", "h_n": "batch hidden_size"},
        "Start from the h that is passed, read the steps in order, "
        "feed each new state to the next step.",
    )


def test_run_cell_of_short_and_long_sequences():
    cell, layer = nn.RNNCell(4, 2), nn.RNN(4, 2)
    cell.load_state_dict(
        {name.removesuffix("_l0"): value for name, value in layer.state_dict().items()}
    )
    for seq_len in (1, 20, 50):
        inputs, h_0 = torch.randn(seq_len, 3, 4), torch.randn(3, 2)
        output, h_n = layer(inputs, h_0.unsqueeze(0))
        check_equal(
            f"run_cell(nn.RNNCell(4, 2), inputs, h) with seq_len {seq_len}, batch 3",
            run_cell(cell, inputs, h_0),
            (output, h_n[0]),
            {"outputs": "seq_len batch hidden_size", "h_n": "batch hidden_size"},
            "outputs holds the state after every step, h_n the one after the last step.",
        )


def test_run_cell_lets_gradients_through():
    inputs, h_0 = torch.randn(3, 2, 4, requires_grad=True), torch.randn(3, 2, requires_grad=True)
    _, h_n = run_cell(nn.RNNCell(4, 2), inputs.transpose(0, 1), h_0)
    check_gradients("the h_n of run_cell(...)", h_n, {"inputs": inputs, "h": h_0})


def test_run_stacked_cells_feeds_the_new_state_upwards():
    inputs = torch.tensor([1.0, 2.0, 3.0]).view(3, 1, 1)
    zero = torch.zeros(1, 1)
    check_equal(
        "run_stacked_cells(lambda x, h: 10 * h + x, "
        "lambda x, h: h + x, [[[1.]], [[2.]], [[3.]]], 0, 0)",
        run_stacked_cells(lambda x, h: 10 * h + x, lambda x, h: h + x, inputs, zero, zero),
        (
            torch.tensor([[[1.0]], [[13.0]], [[136.0]]]),
            torch.tensor([[123.0]]),
            torch.tensor([[136.0]]),
        ),
        {
            "outputs": "seq_len batch hidden_size_2",
            "h1": "batch hidden_size_1",
            "h2": "batch hidden_size_2",
        },
        "The first cell goes through 1, 12, 123. The second adds up these NEW states: 1, 13, 136.",
    )


def test_run_stacked_cells_100_30_20():
    cell1, cell2 = nn.RNNCell(100, 30), nn.RNNCell(30, 20)
    zeros1, zeros2 = torch.zeros(3, 30), torch.zeros(3, 20)
    got = run_stacked_cells(cell1, cell2, torch.randn(10, 3, 100), zeros1, zeros2)
    shapes = {name: tuple(part.shape) for name, part in zip(("outputs", "h1", "h2"), got, strict=True)}
    check_equal(
        "the shapes of run_stacked_cells(...), 100 -> 30 -> 20, seq_len 10, batch 3",
        shapes,
        {"outputs": (10, 3, 20), "h1": (3, 30), "h2": (3, 20)},
        "",
        "outputs collects the states of the second cell, one per step; h1 and h2 are the last states.",
    )


def test_run_stacked_cells_starts_from_the_states_it_is_given():
    got = run_stacked_cells(
        lambda x, h: h + x,
        lambda x, h: h + x,
        torch.ones(1, 1, 1),
        torch.tensor([[10.0]]),
        torch.tensor([[100.0]]),
    )
    check_equal(
        "run_stacked_cells(...), cells that add, one step of 1 from h1 = 10 and h2 = 100",
        got,
        (torch.tensor([[[111.0]]]), torch.tensor([[11.0]]), torch.tensor([[111.0]])),
        {
            "outputs": "seq_len batch hidden_size_2",
            "h1": "batch hidden_size_1",
            "h2": "batch hidden_size_2",
        },
        "h1 = 10 + 1 = 11, then h2 = 100 + 11.",
    )


def test_RNNCellModel_parameters():
    model = RNNCellModel(input_size=4, hidden_size=3, batch_size=2)
    found = {name: tuple(parameter.shape) for name, parameter in model.named_parameters()}
    expected = {
        "rnncell.weight_ih": (3, 4),
        "rnncell.weight_hh": (3, 3),
        "rnncell.bias_ih": (3,),
        "rnncell.bias_hh": (3,),
    }
    check_equal(
        "the parameters of RNNCellModel(input_size=4, hidden_size=3, batch_size=2)",
        found,
        expected,
        "",
        "One nn.RNNCell in the attribute rnncell, and no other layer: the attribute gives the names.",
    )


def test_RNNCellModel_does_one_step():
    model = RNNCellModel(input_size=1, hidden_size=1, batch_size=1)
    with torch.no_grad():
        for parameter, value in zip(model.parameters(), (0.2, 0.6, 0.1, 0.2), strict=True):
            parameter.fill_(value)
    check_equal(
        "model([[1.]], [[0.5]]) with weights 0.2 and 0.6, biases 0.1 and 0.2",
        model(torch.tensor([[1.0]]), torch.tensor([[0.5]])),
        torch.tensor([[0.6640]]),
        "batch hidden_size",
        "tanh(0.8), as in Task 2: forward does one step of rnncell, on its own two arguments.",
        atol=1e-4,
    )


def test_RNNCellModel_starts_from_zeros():
    check_equal(
        "RNNCellModel(input_size=4, hidden_size=3, batch_size=2).init_hidden()",
        RNNCellModel(input_size=4, hidden_size=3, batch_size=2).init_hidden(),
        torch.zeros(2, 3),
        "batch_size hidden_size",
        "Zeros, one row for each sequence of the batch.",
    )


def fixed_start():
    """A model whose first weights do not depend on luck, and the one-hot letters of "hello"."""
    model = RNNCellModel(input_size=4, hidden_size=4, batch_size=1)
    with torch.no_grad():
        for parameter in model.parameters():
            parameter.copy_(0.2 * torch.sin(torch.arange(parameter.numel()) + 2.0).view_as(parameter))
    return model, torch.eye(4)[X_DATA].unsqueeze(1), torch.tensor(Y_DATA).view(-1, 1)


def test_train_returns_the_string_before_the_step():
    model, inputs, labels = fixed_start()
    with torch.no_grad():  # a start that repeats each letter it reads
        for parameter in model.parameters():
            parameter.zero_()
        model.rnncell.weight_ih.fill_diagonal_(0.01)
    check_equal(
        "train(model, inputs, labels, epochs=1) of a model that repeats its input",
        train(model, inputs, labels, epochs=1),
        ["hello"],
        "",
        "One string per epoch, read from the forward pass before the optimiser's step.",
    )


def test_train_moves_the_weights_as_three_epochs_do():
    model, inputs, labels = fixed_start()
    train(model, inputs, labels, epochs=3, lr=0.05)
    check_equal(
        "rnncell.weight_hh[0] after train(model, inputs, labels, epochs=3, lr=0.05) from a fixed start",
        model.rnncell.weight_hh[0],
        torch.tensor([0.0499, -0.0452, -0.0123, -0.0538]),
        "hidden_size",
        "Each epoch: a fresh state, the loss of all steps, "
        "cleared gradients, one backward, one step of Adam.",
        atol=1e-3,
        mistakes={
            "There is a softmax before the loss here. Cross-entropy wants plain logits.": torch.tensor(
                [0.0480, -0.0393, -0.0095, -0.0508]
            ),
            "The state is detached at every step here. Early steps then learn nothing.": torch.tensor(
                [0.0448, -0.0346, -0.0074, -0.0518]
            ),
            "Gradients are not set to zero in each epoch here: they add up.": torch.tensor(
                [0.0322, -0.1087, -0.0023, -0.0427]
            ),
        },
    )


def test_train_learns_ohlol():
    model, inputs, labels = fixed_start()
    strings = train(model, inputs, labels)
    check_equal(
        "len(train(model, inputs, labels))",
        len(strings),
        15,
        "",
        "Without an argument train runs 15 epochs.",
    )
    check_equal(
        "the last string of train(model, inputs, labels)",
        strings[-1],
        "ohlol",
        "",
        f"From this start a right loop arrives. All strings: {' '.join(strings)}",
    )
