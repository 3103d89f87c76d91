"""The checks that you may see: run `pytest` in this folder. Grading adds stricter ones."""

import torch
from torch import Tensor, nn
from checks import check_equal, check_gradients, check_that

from lstm import (
    HELLO,
    IDX2CHAR,
    LSTMModel,
    OHLOL,
    lstm_cell_step,
    lstm_forward,
    train,
)

TASKS = ["lstm_cell_step", "lstm_forward", "LSTMModel", "train"]


def test_lstm_cell_step_without_weights_halves_the_memory():
    zeros = torch.zeros(4, 1)
    got = lstm_cell_step(
        torch.tensor([[3.0]]),
        (torch.zeros(1, 1), torch.tensor([[2.0]])),
        zeros,
        zeros,
        torch.zeros(4),
        torch.zeros(4),
    )
    check_equal(
        "lstm_cell_step(...) with all weights zero, h = [[0.]], c = [[2.]]",
        got,
        (torch.tensor([[0.380797]]), torch.tensor([[1.0]])),
        {"h": "batch hidden_size", "c": "batch hidden_size"},
        "sigmoid(0) = 0.5 and tanh(0) = 0: c is halved, 2 -> 1. "
        "h is o * tanh(c) with the NEW c: 0.5 * tanh(1).",
    )


def test_lstm_cell_step_a_bias_can_open_or_close_each_gate():
    x, h, c = torch.zeros(2, 3), torch.zeros(2, 1), torch.tensor([[0.5], [-0.25]])

    def step_with(i, f, g, o):
        bias = torch.tensor([i, f, g, o], dtype=torch.float32)
        return lstm_cell_step(x, (h, c), torch.zeros(4, 3), torch.zeros(4, 1), bias, torch.zeros(4))

    call = "lstm_cell_step(...), weights zero, "
    check_equal(
        call + "input gate closed, forget gate open: c",
        step_with(i=-30, f=30, g=1, o=0)[1],
        c,
        "batch hidden_size",
        "c stays as it is. The gates are stored in the order i, f, g, o.",
    )
    check_equal(
        call + "input gate open, forget gate closed: c",
        step_with(i=30, f=-30, g=1, o=0)[1],
        torch.full((2, 1), 0.761594),
        "batch hidden_size",
        "c becomes the candidate, g = tanh(1). The gates are stored in the order i, f, g, o.",
    )
    check_equal(
        call + "output gate closed: h",
        step_with(i=0, f=0, g=1, o=-30)[0],
        torch.zeros(2, 1),
        "batch hidden_size",
        "h is 0, whatever c holds: o multiplies tanh(c).",
    )


def test_lstm_cell_step_equals_torch_on_a_batch():
    cell = nn.LSTMCell(3, 5)
    x, h, c = torch.randn(2, 3), torch.randn(2, 5), torch.randn(2, 5)
    parameters = (cell.weight_ih, cell.weight_hh, cell.bias_ih, cell.bias_hh)
    got_h, got_c = lstm_cell_step(x, (h, c), *parameters)
    expected_h, expected_c = cell(x, (h, c))
    call = "lstm_cell_step(...) with the parameters of nn.LSTMCell(3, 5), batch 2"
    check_equal(
        f"{call}: c",
        got_c,
        expected_c,
        "batch hidden_size",
        "Check the order i, f, g, o, both biases, "
        "which gate gets tanh, and along which axis the gates are cut.",
    )
    check_equal(
        f"{call}: h",
        got_h,
        expected_h,
        "batch hidden_size",
        "c is right, h is not: check o and tanh of the new c.",
    )


def test_lstm_cell_step_lets_gradients_through():
    cell = nn.LSTMCell(3, 5)
    x, h, c = (torch.randn(2, size, requires_grad=True) for size in (3, 5, 5))
    got = lstm_cell_step(x, (h, c), cell.weight_ih, cell.weight_hh, cell.bias_ih, cell.bias_hh)
    check_gradients(
        "the h of lstm_cell_step(...)", got[0], {"x": x, "h": h, "c": c} | dict(cell.named_parameters())
    )


def test_lstm_forward_without_weights_halves_the_memory_at_every_step():
    zeros = torch.zeros(4, 1)
    got = lstm_forward(
        torch.ones(3, 1, 1),
        (torch.zeros(1, 1), torch.tensor([[8.0]])),
        zeros,
        zeros,
        torch.zeros(4),
        torch.zeros(4),
    )
    expected = torch.tensor([[[0.499665]], [[0.482014]], [[0.380797]]])
    check_equal(
        "lstm_forward(...), three steps with all weights zero, c_0 = [[8.]]",
        got,
        (expected, (torch.tensor([[0.380797]]), torch.tensor([[1.0]]))),
        {"output": "seq_len batch hidden_size", "h_n": "batch hidden_size", "c_n": "batch hidden_size"},
        "c goes 8 -> 4 -> 2 -> 1: it must be carried from step to step. "
        "output holds h, not c, first step first.",
    )


def test_lstm_forward_equals_torch_for_short_and_long_sequences():
    layer = nn.LSTM(3, 5)
    for seq_len in (1, 4, 20):
        inputs, h_0, c_0 = torch.randn(seq_len, 2, 3), torch.randn(2, 5), torch.randn(2, 5)
        output, (h_n, c_n) = layer(inputs, (h_0.unsqueeze(0), c_0.unsqueeze(0)))
        check_equal(
            f"lstm_forward(...) with the parameters of nn.LSTM(3, 5), seq_len {seq_len}, batch 2",
            lstm_forward(inputs, (h_0, c_0), *layer.parameters()),
            (output, (h_n[0], c_n[0])),
            {
                "output": "seq_len batch hidden_size",
                "h_n": "batch hidden_size",
                "c_n": "batch hidden_size",
            },
            "Start from the state that is passed; "
            "both parts of the state go into the next step; no layer axis here."
            if seq_len == 1
            else "One step is right, several are not: "
            "both parts of the new state must go into the next step.",
        )


def test_lstm_forward_lets_gradients_through():
    inputs, h_0, c_0 = (
        torch.randn(*shape, requires_grad=True) for shape in ((3, 2, 4), (2, 5), (2, 5))
    )
    output, _ = lstm_forward(inputs, (h_0, c_0), *nn.LSTM(4, 5).parameters())
    check_gradients(
        "the last step of lstm_forward(...)", output[-1], {"inputs": inputs, "h_0": h_0, "c_0": c_0}
    )


def test_LSTMModel_has_the_named_parts():
    model = LSTMModel(input_size=6, embedding_size=3, hidden_size=5, num_layers=1, num_class=7)
    shapes = {name: tuple(p.shape) for name, p in sorted(model.named_parameters())}
    expected = {
        "emb.weight": (6, 3),
        "fc.bias": (7,),
        "fc.weight": (7, 5),
        "lstm.bias_hh_l0": (20,),
        "lstm.bias_ih_l0": (20,),
        "lstm.weight_hh_l0": (20, 5),
        "lstm.weight_ih_l0": (20, 3),
    }
    check_equal(
        "the parameters of "
        "LSTMModel(input_size=6, embedding_size=3, hidden_size=5, num_layers=1, num_class=7)",
        shapes,
        expected,
        "",
        "Three attributes: emb, lstm and fc. Each size belongs to one of them.",
    )


def test_LSTMModel_gives_one_row_of_logits_per_letter():
    model = LSTMModel()
    logits = model(torch.tensor([HELLO, OHLOL, HELLO]))
    check_equal(
        "the shape of model(three words of five letters)",
        tuple(logits.shape),
        (15, 4),
        "",
        "(batch*seq_len, num_class): join the first two axes at the end.",
    )
    for row, word in ((0, HELLO), (5, OHLOL), (10, HELLO)):
        check_equal(
            f"rows {row} to {row + 4} of model(three words)",
            logits[row : row + 5],
            model(torch.tensor([word])),
            "seq_len num_class",
            "They must be the answer to that word alone. Is the layer batch first?",
        )


def test_LSTMModel_starts_from_zero_on_every_call():
    model = LSTMModel()
    word = torch.tensor([HELLO])
    first, second = model(word), model(word)
    check_equal(
        "model(word), called a second time",
        second,
        first,
        "seq_len num_class",
        "The same word gave two answers: is a state kept between calls?",
    )
    check_equal(
        "the first five rows of model(word and five more letters)",
        model(torch.tensor([HELLO + OHLOL]))[:5],
        first,
        "seq_len num_class",
        "A later letter changed an earlier output: which axis is time, and is there one direction?",
    )


def test_LSTMModel_ends_with_the_linear_layer():
    model = LSTMModel()
    with torch.no_grad():
        model.fc.weight.zero_()
        model.fc.bias.copy_(torch.tensor([2.0, -1.0, 0.5, 3.0]))
    check_equal(
        "a row of model(x) with fc.weight zero and fc.bias [2, -1, 0.5, 3]",
        model(torch.tensor([HELLO]))[0],
        torch.tensor([2.0, -1.0, 0.5, 3.0]),
        "num_class",
        "Return what fc gives. A softmax does not belong here: cross-entropy has one inside.",
    )


def repeating_model():
    """A model without memory: a table of logits that repeats its input, so it first says "hello"."""
    table = nn.Embedding.from_pretrained(torch.eye(4), freeze=False)
    return nn.Sequential(table, nn.Flatten(0, 1)), table, torch.tensor([HELLO]), torch.tensor(OHLOL)


def test_train_records_each_epoch_before_its_step():
    model, _, inputs, labels = repeating_model()
    history = train(model, inputs, labels, 1, 2.0)
    call = "train(model, inputs, labels, 1, 2.0) of a model that repeats its input"
    check_equal(f"len of {call}", len(history), 1, "", "One pair (string, loss) per epoch.")
    word, loss = history[0]
    check_equal(f"the string of {call}", word, "hello", "", "Decode the logits from BEFORE the step.")
    mean = 1.5437  # log(e + 3) - 1/5: four of the five letters are wrong
    check_that(
        isinstance(loss, float) and min(abs(loss - mean), abs(loss - 5 * mean) / 5) < 1e-3,
        f"the loss of {call}",
        f"{loss!r}",
        f"{mean} (mean) or {5 * mean:.4f} (sum), a Python float",
        "Cross-entropy of the logits before the step. It takes them as they are, without a softmax.",
    )


def test_train_takes_one_step_of_adam():
    model, table, inputs, labels = repeating_model()
    train(model, inputs, labels, 1, 2.0)
    moved = (table.weight - torch.eye(4)).detach().abs()
    check_equal(
        "how far train(model, inputs, labels, 1, 2.0) moved the weights of model",
        moved,
        torch.full((4, 4), 2.0),
        "letter class",
        "Train the model that is passed, with Adam and with lr: "
        "its first step moves each weight by lr.",
        atol=1e-3,
    )


def test_train_moves_the_weights_as_three_epochs_do():
    model, table, inputs, labels = repeating_model()
    train(model, inputs, labels, 3, 0.5)
    check_equal(
        "the row of l after train(model, inputs, labels, 3, 0.5)",
        table.weight[2],
        torch.tensor([-1.3937, -1.3937, 1.0109, 1.4442]),
        "class",
        "Each epoch: logits, loss, cleared gradients, one backward, one step of the one Adam.",
        atol=1e-3,
        mistakes={
            "Gradients are not set to zero in each epoch here: they add up.": torch.tensor(
                [-1.4930, -1.4930, 0.8653, 1.4777]
            ),
            "Each epoch makes a new optimiser, so Adam's running averages are lost.": torch.tensor(
                [-1.5, -1.5, 1.5, 1.5]
            ),
        },
    )


def test_train_learns_ohlol():
    model = LSTMModel()
    with torch.no_grad():  # a fixed start, so that luck plays no part
        for parameter in model.parameters():
            wave = torch.sin(12.9898 * torch.arange(1, parameter.numel() + 1, dtype=torch.float64))
            parameter.copy_(0.3 * wave.view_as(parameter))
    history = train(model, torch.tensor([HELLO]), torch.tensor(OHLOL))
    check_equal(
        "len(train(model, inputs, labels))",
        len(history),
        100,
        "",
        "Without an argument train runs 100 epochs.",
    )
    losses = f"The loss went from {history[0][1]:.3f} to {history[-1][1]:.3f}."
    check_equal(
        "the last string of train(model, inputs, labels)",
        history[-1][0],
        "ohlol",
        "",
        f"From this start a right loop arrives. {losses}",
    )
    said = "".join(IDX2CHAR[k] for k in model(torch.tensor([HELLO])).argmax(dim=1).tolist())
    check_equal(
        "what model says after train(model, ...)",
        said,
        "ohlol",
        "",
        "Train the model you are given, not a copy.",
    )
