"""The checks that you may see: run `pytest test_lstm.py`. The grading adds stricter ones."""

import torch
from torch import Tensor, nn

from lstm import (
    HELLO,
    IDX2CHAR,
    LSTMModel,
    OHLOL,
    lstm_cell_step,
    lstm_forward,
    train,
)


def test_lstm_cell_step_without_weights_halves_the_memory():
    zeros = torch.zeros(4, 1)
    h, c = lstm_cell_step(torch.tensor([[3.0]]), (torch.zeros(1, 1), torch.tensor([[2.0]])),
                          zeros, zeros, torch.zeros(4), torch.zeros(4))
    assert h.shape == (1, 1) and c.shape == (1, 1), "return (h, c), each of shape (batch, hidden_size)"
    assert torch.allclose(c, torch.tensor([[1.0]])), "sigmoid(0) = 0.5 and tanh(0) = 0: c is halved, 2 -> 1"
    assert torch.allclose(h, torch.tensor([[0.380797]])), "h is o * tanh(c) with the NEW c: 0.5 * tanh(1)"


def test_lstm_cell_step_a_bias_can_open_or_close_each_gate():
    x, h, c = torch.zeros(2, 3), torch.zeros(2, 1), torch.tensor([[0.5], [-0.25]])

    def step_with(i, f, g, o):
        bias = torch.tensor([i, f, g, o], dtype=torch.float32)
        return lstm_cell_step(x, (h, c), torch.zeros(4, 3), torch.zeros(4, 1), bias, torch.zeros(4))

    _, kept = step_with(i=-30, f=30, g=1, o=0)
    assert torch.allclose(kept, c), "input gate closed, forget gate open: c stays as it is"
    _, written = step_with(i=30, f=-30, g=1, o=0)
    tanh_1 = torch.full((2, 1), 0.761594)
    assert torch.allclose(written, tanh_1), "input gate open, forget gate closed: c = tanh(1)"
    hidden, _ = step_with(i=0, f=0, g=1, o=-30)
    assert torch.allclose(hidden, torch.zeros(2, 1)), "output gate closed: h is 0, whatever c holds"


def test_lstm_cell_step_equals_torch_on_a_batch():
    cell = nn.LSTMCell(3, 5)
    x, h, c = torch.randn(2, 3), torch.randn(2, 5), torch.randn(2, 5)
    parameters = (cell.weight_ih, cell.weight_hh, cell.bias_ih, cell.bias_hh)
    got_h, got_c = lstm_cell_step(x, (h, c), *parameters)
    expected_h, expected_c = cell(x, (h, c))
    assert got_h.shape == got_c.shape == (2, 5), "both results are (batch, hidden_size) = (2, 5)"
    # float32: the sums may be taken in another order, nothing more
    assert torch.allclose(got_c, expected_c, atol=1e-6), "c differs: check the order i, f, g, o, both biases"
    assert torch.allclose(got_h, expected_h, atol=1e-6), "c is right, h is not: check o and tanh of the new c"


def test_lstm_forward_without_weights_halves_the_memory_at_every_step():
    zeros = torch.zeros(4, 1)
    output, (h_n, c_n) = lstm_forward(torch.ones(3, 1, 1), (torch.zeros(1, 1), torch.tensor([[8.0]])),
                                      zeros, zeros, torch.zeros(4), torch.zeros(4))
    assert torch.allclose(c_n, torch.tensor([[1.0]])), "8 -> 4 -> 2 -> 1: c must be carried from step to step"
    assert output.shape == (3, 1, 1), "output holds one h per time step: (seq_len, batch, hidden_size)"
    expected = torch.tensor([0.499665, 0.482014, 0.380797])
    assert torch.allclose(output.flatten(), expected, atol=1e-5), "output holds h, not c, first step first"
    assert torch.equal(h_n, output[-1]), "h_n is the hidden state of the last time step"


def test_lstm_forward_equals_torch_for_short_and_long_sequences():
    layer = nn.LSTM(3, 5)
    for seq_len in (1, 4, 20):
        inputs, h_0, c_0 = torch.randn(seq_len, 2, 3), torch.randn(2, 5), torch.randn(2, 5)
        got, (h_n, c_n) = lstm_forward(inputs, (h_0, c_0), *layer.parameters())
        expected, (_, expected_c) = layer(inputs, (h_0.unsqueeze(0), c_0.unsqueeze(0)))
        assert got.shape == (seq_len, 2, 5), "output is (seq_len, batch, hidden_size)"
        assert h_n.shape == c_n.shape == (2, 5), "h_n and c_n are (batch, hidden_size): no layer axis here"
        # 20 steps add up float32 rounding; a wrong cell is off by far more
        assert torch.allclose(got, expected, atol=1e-5), f"output differs from nn.LSTM at seq_len {seq_len}"
        assert torch.allclose(c_n, expected_c[0], atol=1e-5), f"c_n differs from nn.LSTM at seq_len {seq_len}"


def test_lstm_model_has_the_named_parts():
    model = LSTMModel(input_size=6, embedding_size=3, hidden_size=5, num_layers=2, num_class=7)
    shapes = {name: tuple(p.shape) for name, p in model.named_parameters()}
    assert shapes.get("emb.weight") == (6, 3), "emb.weight is (input_size, embedding_size)"
    assert shapes.get("lstm.weight_ih_l0") == (20, 3), "layer 0: (4*hidden_size, embedding_size)"
    assert shapes.get("lstm.weight_ih_l1") == (20, 5), "layer 1: (4*hidden_size, hidden_size)"
    assert shapes.get("fc.weight") == (7, 5), "fc.weight is (num_class, hidden_size)"
    assert len(shapes) == 11, f"1 of emb + 2 layers of 4 + 2 of fc = 11 parameters, got {len(shapes)}"


def test_lstm_model_gives_one_row_of_logits_per_letter():
    model = LSTMModel()
    logits = model(torch.tensor([HELLO, OHLOL, HELLO]))
    assert logits.shape == (15, 4), "3 words of 5 letters: (batch*seq_len, num_class) = (15, 4)"
    assert torch.allclose(logits[:5], logits[10:], atol=1e-6), "the words of a batch do not see each other"
    alone = model(torch.tensor([OHLOL]))
    assert torch.allclose(logits[5:10], alone, atol=1e-6), "rows 5 to 9 are word 1: is the layer batch first?"


def test_lstm_model_starts_from_zero_on_every_call():
    model = LSTMModel()
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
    model = LSTMModel()
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
