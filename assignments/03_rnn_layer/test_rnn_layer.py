"""The checks that you may see: run `pytest test_rnn_layer.py`. The grading adds stricter ones."""

import torch
from torch import Tensor, nn

from rnn_layer import (
    IDX2CHAR,
    RNNModel,
    decode,
    rnn_forward,
    train,
)


def test_rnn_forward_gives_the_two_states_worked_out_by_hand():
    parameters = {
        "weight_ih_l0": torch.ones(1, 1),
        "weight_hh_l0": torch.ones(1, 1),
        "bias_ih_l0": torch.zeros(1),
        "bias_hh_l0": torch.zeros(1),
    }
    inputs = torch.tensor([1.0, 0.0]).view(2, 1, 1)
    output, h_n = rnn_forward(inputs, torch.zeros(1, 1, 1), parameters, 1)
    expected = torch.tensor([0.7616, 0.6420])
    assert torch.allclose(output.flatten(), expected, atol=1e-4), (
        f"output is {output.flatten().tolist()}, expected tanh(1) = 0.7616, then tanh(0.7616) = 0.6420: "
        "the second state must see the first one."
    )
    assert torch.allclose(h_n.flatten(), expected[-1:], atol=1e-4), "h_n holds the state after the LAST step."


def test_rnn_forward_equals_one_layer_of_torch():
    layer = nn.RNN(4, 3)
    inputs, h_0 = torch.randn(5, 2, 4), torch.randn(1, 2, 3)
    output, h_n = rnn_forward(inputs, h_0, dict(layer.named_parameters()), 1)
    expected_output, expected_h_n = layer(inputs, h_0)
    assert output.shape == (5, 2, 3), (
        f"output: got {tuple(output.shape)}, expected (seq_len, batch, hidden) = (5, 2, 3)"
    )
    assert h_n.shape == (1, 2, 3), (
        f"h_n: got {tuple(h_n.shape)}, expected (num_layers, batch, hidden) = (1, 2, 3)"
    )
    assert torch.allclose(output, expected_output, atol=1e-5), (
        "output differs from nn.RNN. Do both biases count? Does the first step start from h_0?"
    )
    assert torch.allclose(h_n, expected_h_n, atol=1e-5), (
        "h_n differs from nn.RNN: it is the state after the last step."
    )


def test_rnn_forward_stacks_two_layers():
    layer = nn.RNN(4, 3, num_layers=2)
    inputs, h_0 = torch.randn(5, 2, 4), torch.randn(2, 2, 3)
    output, h_n = rnn_forward(inputs, h_0, dict(layer.named_parameters()), 2)
    expected_output, expected_h_n = layer(inputs, h_0)
    assert output.shape == (5, 2, 3), "output holds the TOP layer only: (seq_len, batch, hidden) = (5, 2, 3)"
    assert h_n.shape == (2, 2, 3), "h_n holds EVERY layer: (num_layers, batch, hidden) = (2, 2, 3)"
    assert torch.allclose(output, expected_output, atol=1e-5), (
        "The top layer differs from nn.RNN. At time t it reads the state of the layer below, at the same t."
    )
    assert torch.allclose(h_n, expected_h_n, atol=1e-5), (
        "h_n[k] is the last state of layer k, the bottom layer first."
    )


def test_RNNModel_has_the_parameters_of_one_rnn():
    model = RNNModel(input_size=4, hidden_size=3, batch_size=2)
    shapes = {name: tuple(p.shape) for name, p in model.named_parameters()}
    assert shapes == {
        "rnn.weight_ih_l0": (3, 4),
        "rnn.weight_hh_l0": (3, 3),
        "rnn.bias_ih_l0": (3,),
        "rnn.bias_hh_l0": (3,),
    }, f"The parameters are {shapes}. The model owns one nn.RNN, in the attribute rnn, and nothing else."


def test_RNNModel_returns_one_row_per_step_and_batch_item():
    model = RNNModel(input_size=4, hidden_size=3, batch_size=2, num_layers=2)
    inputs = torch.randn(5, 2, 4)
    logits = model(inputs)
    assert logits.shape == (10, 3), (
        f"got {tuple(logits.shape)}, expected (seq_len*batch, hidden_size) = (10, 3)"
    )
    layer = nn.RNN(4, 3, num_layers=2)
    layer.load_state_dict(model.rnn.state_dict())
    states, _ = layer(inputs)
    assert torch.allclose(logits[0], states[0, 0], atol=1e-6), "Row 0 is time step 0 of batch item 0."
    assert torch.allclose(logits[1], states[0, 1], atol=1e-6), "Row 1 is time step 0 of batch item 1."


def test_RNNModel_starts_from_zeros_on_every_call():
    model = RNNModel(input_size=4, hidden_size=3, batch_size=2)
    inputs = torch.randn(5, 2, 4)
    first, second = model(inputs), model(inputs)
    assert torch.allclose(first, second, atol=1e-6), (
        "The same input gave two answers: is the last state kept between calls?"
    )


def test_decode_picks_the_largest_class_of_each_row():
    logits = torch.tensor([[0.1, 0.9], [2.0, -1.0], [0.0, 0.5]])
    text = decode(logits, ["a", "b"])
    assert text == "bab", (
        f"got {text!r}, expected 'bab': one letter per ROW, so the maximum runs over the columns."
    )


def test_decode_uses_the_vocabulary_it_is_given():
    logits = 3 * torch.eye(5) - 4  # the largest entry of row k is in column k
    assert decode(logits, ["w", "o", "r", "l", "d"]) == "world", (
        "Read the letters from idx2char, not from IDX2CHAR."
    )
    assert decode(logits[[4, 1]], ["w", "o", "r", "l", "d"]) == "do", (
        "N and C are independent: here 2 rows, 5 classes."
    )


def test_train_reports_the_forward_pass_before_the_step():
    # A model that needs no RNN: it repeats its input, so the first epoch must say "hello".
    model = nn.Sequential(nn.Flatten(0, 1), nn.Linear(4, 4))
    with torch.no_grad():
        model[1].weight.copy_(torch.eye(4))
        model[1].bias.zero_()
    inputs = torch.eye(4)[[1, 0, 2, 2, 3]].unsqueeze(1)  # (5, 1, 4)
    labels = torch.tensor([3, 1, 2, 3, 2])
    history = train(model, inputs, labels, epochs=1, lr=2.0)
    assert len(history) == 1, f"{len(history)} pairs for 1 epoch: one pair per epoch, please."
    text, loss = history[0]
    assert text == "hello", (
        f"The first string is {text!r}, expected 'hello': decode the logits from BEFORE the step."
    )
    assert isinstance(loss, float), f"The loss is a {type(loss).__name__}, expected a Python float."
    mean = 1.5437  # log(e + 3) - 1/5: four of the five letters are wrong
    assert abs(loss - mean) < 1e-3 or abs(loss - 5 * mean) < 5e-3, (
        f"The first loss is {loss:.4f}, expected {mean} (mean) or {5 * mean:.4f} (sum): "
        "cross-entropy takes the logits as they are, without a softmax."
    )
    moved = (model[1].weight - torch.eye(4)).detach().abs()
    assert torch.allclose(moved, torch.full((4, 4), 2.0), atol=1e-3), (
        f"The weights moved by {moved.min():.3f} to {moved.max():.3f}; the first step of Adam "
        "moves each by lr = 2.0. Train the model that is passed, with Adam and with the lr that is passed."
    )


def test_train_learns_ohlol_from_a_good_start():
    # Not every random start arrives in 15 epochs. This one does, so the weights are set here.
    model = RNNModel(input_size=4, hidden_size=4, batch_size=1)
    with torch.no_grad():
        for k, p in enumerate(model.parameters()):
            p.copy_(0.5 * torch.sin(14.0 * torch.arange(1, p.numel() + 1) + k).view_as(p))
    inputs = torch.eye(4)[[1, 0, 2, 2, 3]].unsqueeze(1)  # (5, 1, 4)
    labels = torch.tensor([3, 1, 2, 3, 2])
    history = train(model, inputs, labels)
    assert len(history) == 15, f"{len(history)} pairs; without an argument train runs 15 epochs."
    assert history[-1][0] == "ohlol", f"After 15 epochs the model says {history[-1][0]!r}, expected 'ohlol'."
    assert history[-1][1] < history[0][1], "The loss did not go down."
