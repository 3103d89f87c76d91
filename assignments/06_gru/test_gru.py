"""The checks that you may see: run `pytest test_gru.py`. The grading adds stricter ones."""

import torch
from torch import Tensor, nn

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


def test_gru_cell_step_without_weights_halves_the_state():
    zeros = torch.zeros(3, 1)
    x, h = torch.tensor([[3.0]]), torch.tensor([[0.8]])
    got = gru_cell_step(x, h, zeros, zeros, torch.zeros(3), torch.zeros(3))
    assert got.shape == (1, 1), "return h of shape (batch, hidden_size)"
    assert torch.allclose(got, torch.tensor([[0.4]])), "z = 0.5 and n = 0: half of h is kept, 0.8 -> 0.4"


def test_gru_cell_step_a_bias_can_open_or_close_each_gate():
    x, h = torch.zeros(2, 3), torch.tensor([[0.5], [-0.25]])

    def step_with(r, z, n, n_from_h):
        bias_ih, bias_hh = torch.tensor([r, z, n]).float(), torch.tensor([0.0, 0.0, n_from_h])
        return gru_cell_step(x, h, torch.zeros(3, 3), torch.zeros(3, 1), bias_ih, bias_hh)

    kept = step_with(r=0, z=30, n=1, n_from_h=0)
    assert torch.allclose(kept, h), "z = 1 keeps the old h in PyTorch's form"
    replaced = step_with(r=0, z=-30, n=1, n_from_h=0)
    tanh_1 = torch.full((2, 1), 0.761594)
    assert torch.allclose(replaced, tanh_1), "z = 0 replaces h by the candidate n = tanh(1)"
    closed = step_with(r=-30, z=-30, n=1, n_from_h=5)
    assert torch.allclose(closed, tanh_1), "r = 0 removes all of W_hn h + b_hn, b_hn included"


def test_gru_cell_step_equals_torch_on_a_batch():
    cell = nn.GRUCell(3, 5)
    x, h = torch.randn(2, 3), torch.randn(2, 5)
    got = gru_cell_step(x, h, cell.weight_ih, cell.weight_hh, cell.bias_ih, cell.bias_hh)
    assert got.shape == (2, 5), "the result is (batch, hidden_size) = (2, 5)"
    # float32: the sums may be taken in another order, nothing more
    assert torch.allclose(got, cell(x, h), atol=1e-6), "check the order r, z, n, both biases, where r acts"


def test_gru_cell_step_paper_worked_example():
    no_gate = torch.zeros(1, 2)
    x, h, w = torch.tensor([[0.25]]), torch.tensor([[0.5]]), torch.tensor([[2.0, 1.0]])
    got = gru_cell_step_paper(x, h, no_gate, no_gate, w)
    assert got.shape == (1, 1), "return h of shape (batch, hidden_size)"
    assert torch.allclose(got, torch.tensor([[0.567574]])), "0.5 * 0.5 + 0.5 * tanh(2 * 0.25 + 1 * 0.25)"


def test_gru_cell_step_paper_z_weighs_the_candidate():
    x, h, off = torch.tensor([[1.0]]), torch.tensor([[0.5]]), torch.zeros(1, 2)
    w = torch.tensor([[0.0, 1.0]])
    candidate = gru_cell_step_paper(x, h, torch.tensor([[0.0, 30.0]]), off, w)
    assert torch.allclose(candidate, torch.tensor([[0.761594]])), "z = 1 takes the candidate, here tanh(1)"
    kept = gru_cell_step_paper(x, h, torch.tensor([[0.0, -30.0]]), off, w)
    assert torch.allclose(kept, h), "z = 0 keeps the old h: the opposite of PyTorch's form"


def test_gru_cell_step_paper_resets_h_before_the_product():
    h, x = torch.tensor([[0.5, 0.25]]), torch.tensor([[1.0]])
    w_z = torch.tensor([[0.0, 0.0, 30.0], [0.0, 0.0, 30.0]])   # z = 1: the result is the candidate
    w_r = torch.tensor([[0.0, 0.0, 30.0], [0.0, 0.0, -30.0]])  # r = [1, 0]: forget the second unit
    w = torch.tensor([[0.0, 1.0, 0.0], [1.0, 0.0, 0.0]])       # swaps the two units of h
    got = gru_cell_step_paper(x, h, w_z, w_r, w)
    expected = torch.tensor([[0.0, 0.462117]])
    assert torch.allclose(got, expected, atol=1e-6), "r * h = [0.5, 0], swapped: tanh([0, 0.5]). Reset first"


def test_gru_forward_without_weights_halves_the_state_at_every_step():
    zeros = torch.zeros(3, 1)
    h = torch.tensor([[0.8]])
    output, h_n = gru_forward(torch.ones(3, 1, 1), h, zeros, zeros, torch.zeros(3), torch.zeros(3))
    assert output.shape == (3, 1, 1), "output holds one h per time step: (seq_len, batch, hidden_size)"
    expected = torch.tensor([0.4, 0.2, 0.1])
    assert torch.allclose(output.flatten(), expected), "0.8 -> 0.4 -> 0.2 -> 0.1, first step first"
    assert torch.equal(h_n, output[-1]), "h_n is the hidden state of the last time step"


def test_gru_forward_equals_torch_for_short_and_long_sequences():
    layer = nn.GRU(3, 5)
    for seq_len in (1, 4, 20):
        inputs, h_0 = torch.randn(seq_len, 2, 3), torch.randn(2, 5)
        got, h_n = gru_forward(inputs, h_0, *layer.parameters())
        expected, _ = layer(inputs, h_0.unsqueeze(0))
        assert got.shape == (seq_len, 2, 5), "output is (seq_len, batch, hidden_size)"
        assert h_n.shape == (2, 5), "h_n is (batch, hidden_size): no layer axis here"
        # 20 steps add up float32 rounding; a wrong cell is off by far more
        assert torch.allclose(got, expected, atol=1e-5), f"output differs from nn.GRU at seq_len {seq_len}"


def test_gru_model_has_the_named_parts():
    model = GRUModel(input_size=6, embedding_size=3, hidden_size=5, num_layers=2, num_class=7)
    shapes = {name: tuple(p.shape) for name, p in model.named_parameters()}
    assert shapes.get("emb.weight") == (6, 3), "emb.weight is (input_size, embedding_size)"
    assert shapes.get("gru.weight_ih_l0") == (15, 3), "layer 0: (3*hidden_size, embedding_size)"
    assert shapes.get("gru.weight_ih_l1") == (15, 5), "layer 1: (3*hidden_size, hidden_size)"
    assert shapes.get("fc.weight") == (7, 5), "fc.weight is (num_class, hidden_size)"
    assert len(shapes) == 11, f"1 of emb + 2 layers of 4 + 2 of fc = 11 parameters, got {len(shapes)}"


def test_gru_model_gives_one_row_of_logits_per_letter():
    model = GRUModel()
    logits = model(torch.tensor([HELLO, OHLOL, HELLO]))
    assert logits.shape == (15, 4), "3 words of 5 letters: (batch*seq_len, num_class) = (15, 4)"
    assert torch.allclose(logits[:5], logits[10:], atol=1e-6), "the words of a batch do not see each other"
    alone = model(torch.tensor([OHLOL]))
    assert torch.allclose(logits[5:10], alone, atol=1e-6), "rows 5 to 9 are word 1: is the layer batch first?"


def test_gru_model_starts_from_zero_on_every_call():
    model = GRUModel()
    word = torch.tensor([HELLO])
    assert torch.equal(model(word), model(word)), "the same word twice gives the same logits: keep no state"
    longer = model(torch.tensor([HELLO + OHLOL]))
    assert torch.allclose(longer[:5], model(word), atol=1e-6), "a later letter changed an earlier output"


def test_train_records_each_epoch_before_its_step():
    import math

    # A model without memory: one row of logits per letter. It starts by repeating its input.
    rows = nn.Embedding.from_pretrained(0.04 * torch.eye(4), freeze=False)
    model = nn.Sequential(rows, nn.Flatten(0, 1))
    before = rows.weight.detach().clone()
    history = train(model, torch.tensor([HELLO]), torch.tensor(OHLOL), 1, 0.05)
    assert len(history) == 1, "one pair (string, loss) per epoch"
    word, loss = history[0]
    assert word == "hello", f"before the first step this model says 'hello', you recorded {word!r}"
    assert isinstance(loss, float), "the loss is a Python float"
    mean = math.log(math.exp(0.04) + 3) - 0.04 / 5  # one letter of five is right
    assert min(abs(loss - mean), abs(loss - 5 * mean)) < 1e-4, "cross-entropy of the logits before the step"
    moved = (rows.weight.detach() - before).abs()
    # Adam's first step moves each weight by lr; its epsilon takes off less than 1e-4
    expected = torch.full((4, 4), 0.05)
    assert torch.allclose(moved, expected, atol=1e-4), "one Adam step moves each of these weights by lr"


def test_train_learns_ohlol():
    model = GRUModel()
    with torch.no_grad():  # a fixed start, so that luck plays no part
        for parameter in model.parameters():
            wave = torch.sin(12.9898 * torch.arange(1, parameter.numel() + 1, dtype=torch.float64))
            parameter.copy_(0.3 * wave.view_as(parameter))
    history = train(model, torch.tensor([HELLO]), torch.tensor(OHLOL))
    words, losses = [word for word, _ in history], [loss for _, loss in history]
    assert len(history) == 100, "epochs is 100 unless the caller says otherwise"
    fall = f"from {losses[0]:.3f} to {losses[-1]:.3f}"
    assert losses[-1] < losses[0] / 5, f"the loss should become small, yours went {fall}"
    assert words[-1] == "ohlol", f"after 100 epochs the model should say 'ohlol', yours says {words[-1]!r}"
    said = "".join(IDX2CHAR[k] for k in model(torch.tensor([HELLO])).argmax(dim=1).tolist())
    assert said == "ohlol", "train the model you are given, not a copy"
