"""The problems of the hidden tests of classes: a cell, layers, and an embedding with layers, drawn as the tests draw them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import cache, partial
from types import ModuleType
from typing import Any

import torch

from autograder.judge.draw import Draw
from autograder.kit import drawn_weights, parameters_of
from autograder.kit.embedding_models import DEFAULTS, drawn_sizes, sizes_and_factors

from .problems import Problem, drawn_like, model, output_shape, step

Ask = Callable[[ModuleType, Draw], list[Problem]]  # the grader's module draws the case
Sizes = dict[str, int]


# ---- 01: a cell


def cell_model(grader: ModuleType, draw: Draw, batch: int | None, pairs: int) -> list[Problem]:
    sizes = grader.drawn_sizes(draw, batch)
    weights = drawn_weights(draw, grader.shapes(sizes["input_size"], sizes["hidden_size"]))
    return [step("rnn", (*grader.pair(draw, sizes), *weights.values())) for _ in range(pairs)]


def names_of_the_cell_model(grader: ModuleType, draw: Draw) -> list[Problem]:
    return [problem for batch in (None, 1) for problem in cell_model(grader, draw, batch, 1)]


def cell_model_forward(grader: ModuleType, draw: Draw) -> list[Problem]:
    problems = [problem for batch in (None, 1) for problem in cell_model(grader, draw, batch, 4)]
    sizes = grader.drawn_sizes(draw)
    weights = drawn_weights(draw, grader.shapes(sizes["input_size"], sizes["hidden_size"]))
    for leaves in (("inputs", "states"), ("weights",)):
        problem = step("rnn", (*grader.pair(draw, sizes), *weights.values()))
        problems.append(problem.gradients(leaves, *drawn_like(draw, problem)))
    return problems


def zero_state(grader: ModuleType, draw: Draw) -> list[Problem]:
    sizes = grader.drawn_sizes(draw)
    weights = drawn_weights(draw, grader.shapes(sizes["input_size"], sizes["hidden_size"]))
    zeros = torch.zeros(sizes["batch_size"], sizes["hidden_size"])
    return [step("rnn", (draw.normal(len(zeros), sizes["input_size"]), zeros, *weights.values())) for _ in range(2)]


@cache
def shapes(source: str) -> dict[str, tuple[int, ...]]:
    return {name: tuple(p.shape) for name, p in parameters_of(source).items()}


# ---- 03: layers


def layer_model(grader: ModuleType, draw: Draw, num_layers: int, batch: int | None, seq_lens: Sequence[Any]) -> list[Problem]:
    sizes = grader.drawn_sizes(draw, num_layers, batch)
    weights = drawn_weights(draw, shapes(grader.source(sizes)))
    return [model("rnn", "rnn", weights, grader.inputs_for(draw, sizes, seq_len)) for seq_len in seq_lens]


def layer_model_forward(grader: ModuleType, draw: Draw) -> list[Problem]:
    settings = (None, None), (1, 5), (None, 1), (1, 1), (2, 20), (1, 50)
    return [one for batch, seq_len in settings for one in layer_model(grader, draw, 1, batch, [seq_len, seq_len])]


def layer_model_with_layers(grader: ModuleType, draw: Draw) -> list[Problem]:
    settings = (2, None), (3, 1), (4, None), (2, 2)
    return [one for num_layers, batch in settings for one in layer_model(grader, draw, num_layers, batch, [None])]


def layer_model_anew(grader: ModuleType, draw: Draw) -> list[Problem]:
    first, second, third = layer_model(grader, draw, 2, None, [None] * 3)
    seq_len, batch, hidden_size = output_shape(third)
    cotangent = draw.normal(seq_len * batch, hidden_size).reshape(seq_len, batch, hidden_size)
    return [first, second, third.gradients(("inputs", "weights"), cotangent)]


# ---- 04, 05, 06: a module with an embedding


def words(kind: str, grader: ModuleType, draw: Draw, weights: Any, shape: Sequence[int]) -> Problem:
    family = grader.FAMILY
    return model(kind, family.attribute, weights, draw.indices(len(weights["emb.weight"]), *shape).T)


def family_weights(
    grader: ModuleType, draw: Draw, sizes: Sizes, factors: Mapping[str, float] | None = None
) -> dict[str, torch.Tensor]:
    return drawn_weights(draw, shapes(grader.FAMILY.source(sizes)), factors)


def family_outputs(kind: str, grader: ModuleType, draw: Draw) -> list[Problem]:
    problems = []
    for sizes, factors in sizes_and_factors(draw):
        weights = family_weights(grader, draw, sizes, factors)
        several = (1, 5), (draw.integer(2, 4), draw.integer(6, 9)), (5, 1), (1, 1), (3, 6)
        problems += [words(kind, grader, draw, weights, shape) for shape in several]
    return problems


def family_independence(kind: str, grader: ModuleType, draw: Draw) -> list[Problem]:
    weights = family_weights(grader, draw, drawn_sizes(draw))
    count = len(weights["emb.weight"])
    x, other = draw.indices(count, 3, 6), draw.indices(count, 1, 7)
    later = torch.cat([x[:, :4], (x[:, 4:] + 1) % count], dim=1)
    return [model(kind, grader.FAMILY.attribute, weights, inputs.T) for inputs in (x, other, later)]


def family_gradients(kind: str, grader: ModuleType, draw: Draw) -> list[Problem]:
    problems = []
    for num_layers in (1, 2):
        weights = family_weights(grader, draw, DEFAULTS | {"num_layers": num_layers})
        problem = words(kind, grader, draw, weights, (2, 5))
        cotangent = draw.normal(10, DEFAULTS["num_class"]).reshape(2, 5, -1).transpose(0, 1)  # rows: word by word
        problems.append(problem.gradients(("weights",), cotangent))
    return problems


def family_tests(kind: str, *names: str) -> Mapping[str, Ask]:
    asks = family_outputs, family_independence, family_gradients
    return {name: partial(ask, kind) for name, ask in zip(names, asks, strict=True)}
