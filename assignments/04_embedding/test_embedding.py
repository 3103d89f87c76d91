"""The checks that you may see: run `pytest` in this folder. Grading adds stricter ones."""

import torch
import torch.nn.functional as F
from torch import Tensor, nn
from checks import check_equal, check_gradients, check_that

from embedding import (
    EmbeddingModel,
    IDX2CHAR,
    embed,
    train,
)

TASKS = ["embed", "EmbeddingModel", "train"]


def test_embed_picks_the_rows_of_the_example():
    weight = torch.tensor([[0.1, 0.2], [1.1, 1.2], [2.1, 2.2]])
    check_equal(
        "embed([2, 0], [[0.1, 0.2], [1.1, 1.2], [2.1, 2.2]])",
        embed(torch.tensor([2, 0]), weight),
        torch.tensor([[2.1, 2.2], [0.1, 0.2]]),
        "index embedding_size",
        "Row 2, then row 0 of weight.",
    )


def test_embed_keeps_every_index_axis():
    weight = torch.randn(4, 6)
    indices = torch.tensor([[1, 0, 2, 2, 3], [3, 1, 2, 3, 2]])  # (batch, seq_len)
    expected = torch.stack([torch.stack([weight[k] for k in word]) for word in indices.tolist()])
    check_equal(
        "embed(indices, weight), indices (2, 5), weight (4, 6)",
        embed(indices, weight),
        expected,
        "batch seq_len embedding_size",
        "indices[0, 3] is 2, so the vector at [0, 3] is row 2 of weight.",
    )


def test_embed_sends_gradient_only_to_the_rows_used():
    weight = torch.randn(4, 3, requires_grad=True)
    vectors = embed(torch.tensor([1, 2, 2]), weight)
    check_gradients("embed([1, 2, 2], weight)", vectors, {"weight": weight})
    per_row = torch.autograd.grad(embed(torch.tensor([1, 2, 2]), weight).sum(), weight)[0].sum(dim=1)
    check_equal(
        "the gradient of embed([1, 2, 2], weight), summed per row of weight",
        per_row,
        torch.tensor([0.0, 3.0, 6.0, 0.0]),
        "row",
        "Row 2 is used twice, rows 0 and 3 are not used.",
    )


def test_EmbeddingModel_has_three_layers_that_fit_together():
    model = EmbeddingModel(input_size=6, embedding_size=3, hidden_size=5, num_layers=1, num_class=7)
    shapes = {name: tuple(p.shape) for name, p in sorted(model.named_parameters())}
    expected = {
        "emb.weight": (6, 3),
        "fc.bias": (7,),
        "fc.weight": (7, 5),
        "rnn.bias_hh_l0": (5,),
        "rnn.bias_ih_l0": (5,),
        "rnn.weight_hh_l0": (5, 5),
        "rnn.weight_ih_l0": (5, 3),
    }
    check_equal(
        "the parameters of "
        "EmbeddingModel(input_size=6, embedding_size=3, hidden_size=5, num_layers=1, num_class=7)",
        shapes,
        expected,
        "",
        "Three attributes: emb, rnn and fc. Each size belongs to one of them.",
    )


def test_EmbeddingModel_returns_one_row_of_logits_per_letter():
    sizes = {"input_size": 6, "embedding_size": 5, "hidden_size": 7, "num_layers": 1, "num_class": 3}
    logits = EmbeddingModel(**sizes)(torch.tensor([[1, 0, 5, 4], [3, 2, 2, 0]]))
    check_equal(
        "the shape of model(x), num_class 3, x (batch, seq_len) = (2, 4)",
        tuple(logits.shape),
        (8, 3),
        "",
        "(batch*seq_len, num_class): join the first two axes at the end.",
    )


def test_EmbeddingModel_keeps_the_words_of_a_batch_apart():
    model = EmbeddingModel()
    hello, ohlol = torch.tensor([[1, 0, 2, 2, 3]]), torch.tensor([[3, 1, 2, 3, 2]])
    together = model(torch.cat([hello, ohlol]))
    for word, rows in ((hello, together[:5]), (ohlol, together[5:])):
        check_equal(
            "the rows of one word in model(two words)",
            rows,
            model(word),
            "seq_len num_class",
            "They must be the answer to that word alone. "
            "The input is (batch, seq_len): does the RNN know?",
        )


def test_EmbeddingModel_ends_with_the_linear_layer():
    model = EmbeddingModel()
    with torch.no_grad():
        model.fc.weight.zero_()
        model.fc.bias.copy_(torch.tensor([2.0, -1.0, 0.5, 3.0]))
    check_equal(
        "a row of model(x) with fc.weight zero and fc.bias [2, -1, 0.5, 3]",
        model(torch.tensor([[1, 0, 2]]))[0],
        torch.tensor([2.0, -1.0, 0.5, 3.0]),
        "num_class",
        "Return what fc gives. A softmax does not belong here: cross-entropy has one inside.",
    )


def repeating_model():
    """A model without an RNN: a table of logits that repeats its input, so it first says "hello"."""
    table = nn.Embedding.from_pretrained(torch.eye(4), freeze=False)
    model = nn.Sequential(nn.Flatten(0, 1), table)
    return model, table, torch.tensor([[1, 0, 2, 2, 3]]), torch.tensor([3, 1, 2, 3, 2])


def test_train_reports_the_forward_pass_before_the_step():
    model, _, inputs, labels = repeating_model()
    history = train(model, inputs, labels, epochs=1, lr=2.0)
    call = "train(model, inputs, labels, epochs=1, lr=2.0) of a model that repeats its input"
    check_equal(f"len of {call}", len(history), 1, "", "One pair (string, loss) per epoch.")
    text, loss = history[0]
    check_equal(f"the string of {call}", text, "hello", "", "Decode the logits from BEFORE the step.")
    mean = 1.5437  # log(e + 3) - 1/5: four of the five letters are wrong
    check_that(
        isinstance(loss, float) and (abs(loss - mean) < 1e-3 or abs(loss - 5 * mean) < 5e-3),
        f"the loss of {call}",
        f"{loss!r}",
        f"{mean} (mean) or {5 * mean:.4f} (sum), a Python float",
        "Cross-entropy of the logits before the step. It takes them as they are, without a softmax.",
    )


def test_train_takes_one_step_of_adam():
    model, table, inputs, labels = repeating_model()
    train(model, inputs, labels, epochs=1, lr=2.0)
    moved = (table.weight - torch.eye(4)).detach().abs()
    check_equal(
        "how far train(model, inputs, labels, epochs=1, lr=2.0) moved the weights of model",
        moved,
        torch.full((4, 4), 2.0),
        "letter class",
        "Train the model that is passed, with Adam and with lr: "
        "its first step moves each weight by lr.",
        atol=1e-3,
    )


def test_train_moves_the_weights_as_three_epochs_do():
    model, table, inputs, labels = repeating_model()
    train(model, inputs, labels, epochs=3, lr=0.5)
    check_equal(
        "the row of l after train(model, inputs, labels, epochs=3, lr=0.5)",
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


def test_train_learns_ohlol_from_a_good_start():
    # The start is set here, so that the result does not depend on luck.
    model = EmbeddingModel()
    with torch.no_grad():
        for k, (_, p) in enumerate(sorted(model.named_parameters())):
            p.copy_(0.5 * torch.sin(3.0 * torch.arange(1, p.numel() + 1) + k).view_as(p))
    inputs, labels = torch.tensor([[1, 0, 2, 2, 3]]), torch.tensor([3, 1, 2, 3, 2])
    history = train(model, inputs, labels)
    check_equal(
        "len(train(model, inputs, labels))",
        len(history),
        15,
        "",
        "Without an argument train runs 15 epochs.",
    )
    check_equal(
        "the last string of train(model, inputs, labels)",
        history[-1][0],
        "ohlol",
        "",
        "From this start a right loop arrives. "
        f"The loss went from {history[0][1]:.3f} to {history[-1][1]:.3f}.",
    )
