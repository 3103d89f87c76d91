"""embed: one-hot vectors times the lookup matrix."""

import torch
import torch.nn.functional as F

from autograder.kit import Misconception, check, check_gradients, check_pure, points, requires_grad

FORBIDDEN = ("Embedding", "EmbeddingBag", "embedding", "embedding_bag", "functional_call", "_VF")


def axes_of(indices):
    """Names for the axes that the lecture knows: words, or a batch of them."""
    return {1: "seq_len embedding_size", 2: "batch seq_len embedding_size"}.get(indices.dim())


def case(draw, *shape):
    """Indices of this shape, every row of weight among them where there is room, and a matrix of other sizes."""
    input_size, embedding_size = draw.sizes(2, 3, 9)
    return draw.indices(input_size, *shape), draw.normal(input_size, embedding_size)


def check_cases(submission, *cases):
    for (indices, weight), answer in zip(cases, submission.call_many("embed", cases), strict=True):
        check(answer, F.embedding(indices, weight), axes_of(indices))


@points(2)
def test_picks_one_row_per_index(submission, draw):
    """embed returns row i of weight for index i, for one word or many, and for a weight of any size."""
    square = torch.tensor(draw.permutation(4)), draw.normal(4, 4)
    narrow = draw.indices(2, 6), draw.normal(2, 1)
    large = draw.indices(30, 50), draw.normal(30, 11)
    _, weight = case(draw)
    single = draw.indices(len(weight) - 1, 1), weight  # never the last row, so that no width comes from the index
    check_cases(submission, case(draw, 7), case(draw, 3, 5), square, single, narrow, large)


@points(1)
def test_any_index_shape(submission, draw):
    """embed keeps the axes of indices and adds one at the end, for one, two and three axes, including axes of size 1."""
    shapes = (5, 2), (1, 5), (5, 1), (1, 1), (2, 3, 4), (1, 6, 1)
    check_cases(submission, *(case(draw, *shape) for shape in shapes))


@points(1)
def test_rows_that_do_not_occur(submission, draw):
    """embed takes the length of the one-hot vectors from weight, even if the largest index or index 0 does not occur."""
    for shape in ((4,), (2, 3)):
        input_size, embedding_size = draw.sizes(2, 5, 9)
        weight = draw.normal(input_size, embedding_size)
        first, last = draw.indices(input_size - 2, *shape), draw.indices(input_size - 2, *shape) + 1
        check_cases(submission, *((indices, weight) for indices in (first, last, torch.zeros(shape, dtype=torch.int64))))


@points(1)
def test_gradient_reaches_the_rows_used(submission, draw):
    """Each row of weight gets the gradient of all its uses, unused rows get none, and embed does not change its arguments."""
    check_pure(submission.embed, [case(draw, 3, 4), case(draw, 5)], F.embedding)
    indices, weight = draw.indices(4, 2, 5), requires_grad(draw.normal(7, 3))
    check_gradients(submission.embed(indices, weight), F.embedding(indices, weight), {"weight": weight}, draw, axes_of(indices))


ONE_HOT = "    one_hot = F.one_hot(indices, num_classes=weight.shape[0]).to(weight.dtype)"
RETURN = "    return one_hot @ weight"
FILLS = (
    "one_hot.scatter_(1, indices.unsqueeze(1), 1.0)",
    "one_hot[torch.arange(len(indices)), indices] = 1.0",
    "for row, index in enumerate(indices):\n        one_hot[row, index] = 1.0",
)
LIST_OF_LETTERS = """def embed(indices, weight):
    rows = []
    for i in indices:
        one_hot = [0.0] * weight.shape[0]
        one_hot[i] = 1.0
        rows.append(torch.tensor(one_hot) @ weight)
    return torch.stack(rows)
"""

MISCONCEPTIONS = (
    Misconception(
        "one-hot width taken from the data",
        "Without num_classes, F.one_hot derives the length from the largest index. Pass the number of rows of weight.",
        {"indices, num_classes=weight.shape[0]": "indices"},
    ),
    Misconception(
        "one-hot width taken from the columns of weight",
        "The one-hot vectors have length weight.shape[1], the embedding size. Use the number of rows, weight.shape[0].",
        {"num_classes=weight.shape[0]": "num_classes=weight.shape[1]"},
    ),
    Misconception(
        "one-hot width fixed at 4",
        "The number of letters is fixed in the code. Take it from weight.shape[0].",
        forms=({"num_classes=weight.shape[0]": "num_classes=4"}, {ONE_HOT: "    one_hot = torch.eye(4)[indices]"}),
    ),
    Misconception(
        "index axes flattened",
        "The axes of indices are flattened. The result has to have shape (*indices.shape, embedding_size).",
        {RETURN: "    return one_hot.reshape(-1, weight.shape[0]) @ weight"},
    ),
    Misconception(
        "axes of size 1 dropped",
        "squeeze() removes every axis of size 1, including those of indices. Leave it out.",
        {RETURN: "    return (one_hot @ weight).squeeze()"},
    ),
    Misconception(
        "axis added in front",
        "The result has one axis too many. It has to have shape (*indices.shape, embedding_size).",
        {RETURN: "    return (one_hot @ weight).unsqueeze(0)"},
    ),
    Misconception(
        "index axes swapped",
        "The first two axes of indices are swapped in the result. Keep their order.",
        {RETURN: "    return (one_hot @ weight).transpose(0, 1) if indices.dim() > 1 else one_hot @ weight"},
    ),
    Misconception(
        "weight transposed",
        "weight is transposed. The product needs the rows of weight: one_hot @ weight, without a transpose.",
        {RETURN: "    return one_hot @ weight.T"},
    ),
    Misconception(
        "one-hot vectors returned",
        "The one-hot vectors themselves are returned. Multiply them by weight.",
        {RETURN: "    return one_hot"},
    ),
    Misconception(
        "vectors added up",
        "The vectors of a word are added up. Return one vector for every index.",
        {RETURN: "    return (one_hot @ weight).sum(dim=-2)"},
    ),
    Misconception(
        "vectors averaged",
        "The vectors of a word are averaged. Return one vector for every index.",
        {RETURN: "    return (one_hot @ weight).mean(dim=-2)"},
    ),
    Misconception(
        "counted from 1",
        "The rows are counted from 1. Index 0 is the first row of weight.",
        {ONE_HOT: ONE_HOT.replace("indices,", "(indices - 1) % weight.shape[0],")},
    ),
    Misconception(
        "index 0 taken for padding",
        "Index 0 gets zeros, as with padding_idx=0. Here index 0 is a letter like the others.",
        {RETURN: "    return (one_hot @ weight) * (indices != 0).unsqueeze(-1)"},
    ),
    Misconception(
        "only the first word",
        "Only indices[0] is looked up. Return a vector for every index of every word.",
        {RETURN: "    return (one_hot @ weight)[0] if indices.dim() > 1 else one_hot @ weight"},
    ),
    Misconception(
        "vectors scaled by the square root of the size",
        "The vectors are multiplied by a factor. Return the rows of weight unchanged.",
        {RETURN: "    return one_hot @ weight * weight.shape[1] ** 0.5"},
    ),
    Misconception(
        "softmax over the vectors",
        "The vectors go through a softmax. Return the rows of weight unchanged.",
        {RETURN: "    return (one_hot @ weight).softmax(dim=-1)"},
    ),
    Misconception(
        "result in integers",
        "The product is computed in int64. Convert the one-hot vectors with .float(), not weight with .long().",
        {ONE_HOT: ONE_HOT.replace(".to(weight.dtype)", ""), RETURN: "    return one_hot @ weight.long()"},
    ),
    Misconception(
        "one-hot vectors left in int64",
        "F.one_hot returns int64, but weight is float32. Convert the one-hot vectors with .float() before the product.",
        {ONE_HOT: ONE_HOT.replace(".to(weight.dtype)", "")},
    ),
    Misconception(
        "weights detached",
        "The values are right, but .data, .detach(), nn.Parameter(...) or torch.tensor(...) detaches weight. Use weight itself.",
        {RETURN: "    return one_hot @ weight.detach()"},
    ),
    Misconception(
        "works for one axis only",
        "With two axes of indices, the code takes words for letters. Handle every axis, or use F.one_hot.",
        forms=(
            LIST_OF_LETTERS,
            *({ONE_HOT: f"    one_hot = torch.zeros(len(indices), weight.shape[0])\n    {fill}"} for fill in FILLS),
            {
                RETURN: "    rows = [weight.new_zeros(len(weight)).index_fill(0, torch.tensor(int(i)), 1) for i in indices]\n"
                "    return torch.stack([row @ weight for row in rows])"
            },
        ),
    ),
)
