"""The checks that you may see: run `pytest test_embedding.py`. The grading adds stricter ones."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from embedding import (
    EmbeddingModel,
    IDX2CHAR,
    embed,
    train,
)


def test_embed_picks_the_rows_of_the_example():
    weight = torch.tensor([[0.1, 0.2], [1.1, 1.2], [2.1, 2.2]])
    vectors = embed(torch.tensor([2, 0]), weight)
    expected = torch.tensor([[2.1, 2.2], [0.1, 0.2]])
    assert vectors.shape == (2, 2), (
        f"got shape {tuple(vectors.shape)}, expected (*indices.shape, embedding_size) = (2, 2)"
    )
    assert torch.allclose(vectors, expected, atol=1e-6), (
        f"got {vectors.tolist()}, expected row 2, then row 0 of weight."
    )


def test_embed_keeps_every_index_axis():
    weight = torch.randn(4, 6)
    indices = torch.tensor([[1, 0, 2, 2, 3], [3, 1, 2, 3, 2]])  # (batch, seq_len)
    vectors = embed(indices, weight)
    assert vectors.shape == (2, 5, 6), (
        f"got {tuple(vectors.shape)}, expected (batch, seq_len, embedding) = (2, 5, 6)"
    )
    assert torch.allclose(vectors[0, 3], weight[2], atol=1e-6), (
        "indices[0, 3] is 2, so vectors[0, 3] is row 2 of weight."
    )
    assert torch.allclose(vectors[1, 0], weight[3], atol=1e-6), (
        "indices[1, 0] is 3, so vectors[1, 0] is row 3 of weight."
    )


def test_embed_sends_gradient_only_to_the_rows_used():
    weight = torch.randn(4, 3, requires_grad=True)
    embed(torch.tensor([1, 2, 2]), weight).sum().backward()
    assert weight.grad is not None, "No gradient reached weight: do not detach it and do not use weight.data."
    per_row = weight.grad.sum(dim=1).tolist()
    assert per_row == [0.0, 3.0, 6.0, 0.0], (
        f"gradient summed per row: got {per_row}, expected [0, 3, 6, 0]: "
        "row 2 is used twice, rows 0 and 3 are not used."
    )


def test_EmbeddingModel_has_three_layers_that_fit_together():
    model = EmbeddingModel()
    shapes = {name: tuple(p.shape) for name, p in model.named_parameters()}
    for name, expected in {
        "emb.weight": (4, 10),
        "rnn.weight_ih_l0": (8, 10),
        "rnn.weight_ih_l1": (8, 8),
        "fc.weight": (4, 8),
        "fc.bias": (4,),
    }.items():
        assert name in shapes, f"There is no parameter {name}. Found: {sorted(shapes)}."
        assert shapes[name] == expected, f"{name} has the shape {shapes[name]}, expected {expected}."


def test_EmbeddingModel_returns_one_row_of_logits_per_letter():
    sizes = {"input_size": 6, "embedding_size": 5, "hidden_size": 7, "num_layers": 1, "num_class": 3}
    model = EmbeddingModel(**sizes)
    logits = model(torch.tensor([[1, 0, 5, 4], [3, 2, 2, 0]]))
    assert logits.shape == (8, 3), f"got {tuple(logits.shape)}, expected (batch*seq_len, num_class) = (8, 3)"


def test_EmbeddingModel_keeps_the_words_of_a_batch_apart():
    model = EmbeddingModel()
    hello, ohlol = torch.tensor([[1, 0, 2, 2, 3]]), torch.tensor([[3, 1, 2, 3, 2]])
    together = model(torch.cat([hello, ohlol]))
    assert torch.allclose(together[:5], model(hello), atol=1e-5), (
        "Rows 0 to 4 must be the answer to the first word alone."
    )
    assert torch.allclose(together[5:], model(ohlol), atol=1e-5), (
        "Rows 5 to 9 must be the answer to the second word alone. The input is (batch, seq_len): does the RNN know?"
    )


def test_train_reports_the_forward_pass_before_the_step():
    # A model without an RNN: a table of logits that repeats its input, so the first epoch must say "hello".
    model = nn.Sequential(nn.Flatten(0, 1), nn.Embedding(4, 4))
    with torch.no_grad():
        model[1].weight.copy_(torch.eye(4))
    inputs, labels = torch.tensor([[1, 0, 2, 2, 3]]), torch.tensor([3, 1, 2, 3, 2])
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
    # The start is set here, so that the result does not depend on luck.
    model = EmbeddingModel()
    with torch.no_grad():
        for k, (_, p) in enumerate(sorted(model.named_parameters())):
            p.copy_(0.5 * torch.sin(3.0 * torch.arange(1, p.numel() + 1) + k).view_as(p))
    inputs, labels = torch.tensor([[1, 0, 2, 2, 3]]), torch.tensor([3, 1, 2, 3, 2])
    history = train(model, inputs, labels)
    assert len(history) == 15, f"{len(history)} pairs; without an argument train runs 15 epochs."
    assert history[-1][0] == "ohlol", f"After 15 epochs the model says {history[-1][0]!r}, expected 'ohlol'."
    assert history[-1][1] < history[0][1], "The loss did not go down."
