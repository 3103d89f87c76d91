"""The checks that you may see: run `pytest` in this folder. Grading adds stricter ones."""

import torch
from torch import Tensor, nn
from checks import check_equal, check_gradients, check_that

from gru import (
    GRUModel,
    HELLO,
    IDX2CHAR,
    OHLOL,
    gru_cell_step,
    gru_cell_step_paper,
    gru_forward,
    train,
)

TASKS = ["gru_cell_step", "gru_cell_step_paper", "gru_forward", "GRUModel", "train"]


def test_gru_cell_step_without_weights_halves_the_state():
    zeros = torch.zeros(3, 1)
    got = gru_cell_step(
        torch.tensor([[3.0]]), torch.tensor([[0.8]]), zeros, zeros, torch.zeros(3), torch.zeros(3)
    )
    check_equal(
        "gru_cell_step(...) with all weights zero, h = [[0.8]]",
        got,
        torch.tensor([[0.4]]),
        "batch hidden_size",
        "z = 0.5 and n = 0: half of h is kept, 0.8 -> 0.4.",
    )


def test_gru_cell_step_a_bias_can_open_or_close_each_gate():
    x, h = torch.zeros(2, 3), torch.tensor([[0.5], [-0.25]])

    def step_with(r, z, n, n_from_h):
        bias_ih, bias_hh = torch.tensor([r, z, n]).float(), torch.tensor([0.0, 0.0, n_from_h])
        return gru_cell_step(x, h, torch.zeros(3, 3), torch.zeros(3, 1), bias_ih, bias_hh)

    call, tanh_1 = "gru_cell_step(...), weights zero, ", torch.full((2, 1), 0.761594)
    check_equal(
        call + "z = 1",
        step_with(r=0, z=30, n=1, n_from_h=0),
        h,
        "batch hidden_size",
        "z = 1 keeps the old h in PyTorch's form. The gates are stored in the order r, z, n.",
    )
    check_equal(
        call + "z = 0",
        step_with(r=0, z=-30, n=1, n_from_h=0),
        tanh_1,
        "batch hidden_size",
        "z = 0 replaces h by the candidate, n = tanh(1).",
    )
    check_equal(
        call + "r = 0 and z = 0",
        step_with(r=-30, z=-30, n=1, n_from_h=5),
        tanh_1,
        "batch hidden_size",
        "r = 0 removes all of W_hn h + b_hn, b_hn included: r multiplies the sum, after the product.",
    )


def test_gru_cell_step_equals_torch_on_a_batch():
    cell = nn.GRUCell(3, 5)
    x, h = torch.randn(2, 3), torch.randn(2, 5)
    got = gru_cell_step(x, h, cell.weight_ih, cell.weight_hh, cell.bias_ih, cell.bias_hh)
    check_equal(
        "gru_cell_step(...) with the parameters of nn.GRUCell(3, 5), batch 2",
        got,
        cell(x, h),
        "batch hidden_size",
        "Check the order r, z, n, both biases, what r multiplies, "
        "and along which axis the gates are cut.",
    )


def test_gru_cell_step_lets_gradients_through():
    cell = nn.GRUCell(3, 5)
    x, h = torch.randn(2, 3, requires_grad=True), torch.randn(2, 5, requires_grad=True)
    got = gru_cell_step(x, h, cell.weight_ih, cell.weight_hh, cell.bias_ih, cell.bias_hh)
    check_gradients("gru_cell_step(...)", got, {"x": x, "h": h} | dict(cell.named_parameters()))


def test_gru_cell_step_paper_worked_example():
    no_gate = torch.zeros(1, 2)
    x, h, w = torch.tensor([[0.25]]), torch.tensor([[0.5]]), torch.tensor([[2.0, 1.0]])
    check_equal(
        "gru_cell_step_paper([[0.25]], [[0.5]], zeros, zeros, [[2., 1.]])",
        gru_cell_step_paper(x, h, no_gate, no_gate, w),
        torch.tensor([[0.567574]]),
        "batch hidden_size",
        "0.5 * 0.5 + 0.5 * tanh(2 * 0.25 + 1 * 0.25): "
        "the first columns of w belong to h, the others to x.",
    )


def test_gru_cell_step_paper_joins_h_and_x_in_this_order():
    h, x = torch.tensor([[0.5, 0.25], [0.1, -0.3]]), torch.tensor([[1.0], [2.0]])
    off, w = torch.zeros(2, 3), torch.tensor([[0.0, 0.0, 1.0], [0.0, 0.0, 2.0]])
    check_equal(
        "gru_cell_step_paper(x, h, zeros, zeros, w), w zero but for its last column",
        gru_cell_step_paper(x, h, off, off, w),
        torch.tensor([[0.630797, 0.607014], [0.532014, 0.349665]]),
        "batch hidden_size",
        "Join [h, x] with h first: the last column of w belongs to x.",
    )


def test_gru_cell_step_paper_z_weighs_the_candidate():
    x, h, off = torch.tensor([[1.0]]), torch.tensor([[0.5]]), torch.zeros(1, 2)
    w = torch.tensor([[0.0, 1.0]])
    check_equal(
        "gru_cell_step_paper(...) with z = 1",
        gru_cell_step_paper(x, h, torch.tensor([[0.0, 30.0]]), off, w),
        torch.tensor([[0.761594]]),
        "batch hidden_size",
        "z = 1 takes the candidate, here tanh(1).",
    )
    check_equal(
        "gru_cell_step_paper(...) with z = 0",
        gru_cell_step_paper(x, h, torch.tensor([[0.0, -30.0]]), off, w),
        h,
        "batch hidden_size",
        "z = 0 keeps the old h: the opposite of PyTorch's form.",
    )


def test_gru_cell_step_paper_resets_h_before_the_product():
    h, x = torch.tensor([[0.5, 0.25]]), torch.tensor([[1.0]])
    w_z = torch.tensor([[0.0, 0.0, 30.0], [0.0, 0.0, 30.0]])  # z = 1: the result is the candidate
    w_r = torch.tensor([[0.0, 0.0, 30.0], [0.0, 0.0, -30.0]])  # r = [1, 0]: forget the second unit
    w = torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])  # swaps the two units of h
    check_equal(
        "gru_cell_step_paper(...) with z = 1, r = [1, 0] and a w that swaps the two units of h",
        gru_cell_step_paper(x, h, w_z, w_r, w),
        torch.tensor([[0.0, 0.462117]]),
        "batch hidden_size",
        "r * h = [0.5, 0], then swapped: tanh([0, 0.5]).",
        mistakes={
            "r multiplies the product here. Reset h first, r * h, then multiply by w.": torch.tensor(
                [[0.244919, 0.0]]
            ),
        },
    )


def test_gru_forward_without_weights_halves_the_state_at_every_step():
    zeros = torch.zeros(3, 1)
    check_equal(
        "gru_forward(...), three steps with all weights zero, h = [[0.8]]",
        gru_forward(
            torch.ones(3, 1, 1), torch.tensor([[0.8]]), zeros, zeros, torch.zeros(3), torch.zeros(3)
        ),
        (torch.tensor([[[0.4]], [[0.2]], [[0.1]]]), torch.tensor([[0.1]])),
        {"output": "seq_len batch hidden_size", "h_n": "batch hidden_size"},
        "0.8 -> 0.4 -> 0.2 -> 0.1, first step first. h_n is the state after the last step.",
    )


def test_gru_forward_equals_torch_for_short_and_long_sequences():
    layer = nn.GRU(3, 5)
    for seq_len in (1, 4, 20):
        inputs, h_0 = torch.randn(seq_len, 2, 3), torch.randn(2, 5)
        output, h_n = layer(inputs, h_0.unsqueeze(0))
        check_equal(
            f"gru_forward(...) with the parameters of nn.GRU(3, 5), seq_len {seq_len}, batch 2",
            gru_forward(inputs, h_0, *layer.parameters()),
            (output, h_n[0]),
            {"output": "seq_len batch hidden_size", "h_n": "batch hidden_size"},
            "Start from the state that is passed, "
            "give each new state to the next step; no layer axis here.",
        )


def test_gru_forward_lets_gradients_through():
    inputs, h_0 = torch.randn(3, 2, 4, requires_grad=True), torch.randn(2, 5, requires_grad=True)
    output, _ = gru_forward(inputs, h_0, *nn.GRU(4, 5).parameters())
    check_gradients("the last step of gru_forward(...)", output[-1], {"inputs": inputs, "h": h_0})


def test_GRUModel_has_the_named_parts():
    model = GRUModel(input_size=6, embedding_size=3, hidden_size=5, num_layers=1, num_class=7)
    shapes = {name: tuple(p.shape) for name, p in sorted(model.named_parameters())}
    expected = {
        "emb.weight": (6, 3),
        "fc.bias": (7,),
        "fc.weight": (7, 5),
        "gru.bias_hh_l0": (15,),
        "gru.bias_ih_l0": (15,),
        "gru.weight_hh_l0": (15, 5),
        "gru.weight_ih_l0": (15, 3),
    }
    check_equal(
        "the parameters of "
        "GRUModel(input_size=6, embedding_size=3, hidden_size=5, num_layers=1, num_class=7)",
        shapes,
        expected,
        "",
        "Three attributes: emb, gru and fc. Each size belongs to one of them.",
    )


def test_GRUModel_gives_one_row_of_logits_per_letter():
    model = GRUModel()
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


def test_GRUModel_starts_from_zero_on_every_call():
    model = GRUModel()
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


def test_GRUModel_ends_with_the_linear_layer():
    model = GRUModel()
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
    model = GRUModel()
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
