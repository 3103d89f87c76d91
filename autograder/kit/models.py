"""Checks of model classes: parameter names and shapes, and a copy with weights that the grader chose.

A reference is a text that assigns a module to `made`; its parameters have the names that are asked for.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import torch
from torch import Tensor, nn

from autograder.judge import CheckFailed, RemoteObject, Submission, check
from autograder.judge.draw import Draw, expanding_nothing
from autograder.judge.parameter_names import names_difference

from .caching import memoize
from .probes import same_gradient

NO_GRADIENT = (
    "A .detach(), .data or numpy on the way cuts the graph, and requires_grad=False freezes a weight; from_pretrained sets it."
)


def drawn_weights(
    draw: Draw, shapes: Mapping[str, Sequence[int]], factors: Mapping[str, float] | None = None
) -> dict[str, Tensor]:
    """Random values for every parameter, biases included, of a size that shows in the outputs.

    The recurrent weights of a plain RNN, which alone are square, expand nothing. factors: by which a parameter is larger.
    """
    weights = {name: draw.uniform(0.9 if len(shape) == 1 else 0.7, *shape) for name, shape in shapes.items()}
    plain = {name for name, shape in shapes.items() if "weight_hh" in name and shape[0] == shape[1]}
    weights = {name: expanding_nothing(weight) if name in plain else weight for name, weight in weights.items()}
    return {name: weight * (factors or {}).get(name, 1.0) for name, weight in weights.items()}


def check_names(submission: Submission, class_name: str, sizes: Mapping[str, int], expected: Mapping[str, Tensor]) -> None:
    """The model has exactly these parameters, by name and shape, and each is a tensor of its own.

    expected: the reference's parameters; only names and shapes are compared.
    """
    model = submission.new(class_name, **sizes)
    found = model.parameters()
    difference = names_difference(found, expected)
    if difference:
        raise CheckFailed(f"{class_name}(...): {difference}\nThe names come from the attributes: self.<attribute> = nn....")


def with_weights(
    submission: Submission, class_name: str, sizes: Mapping[str, int], weights: Mapping[str, Tensor]
) -> RemoteObject:
    """A model of the submission that holds these weights. Other names will do if the shapes come in the same order."""
    model = submission.new(class_name, **sizes)
    model.adopt(weights)
    return model


@dataclass(frozen=True)
class PairedModel:
    """The submission's model and a reference with the same weights. names: the submission's name of each parameter."""

    model: RemoteObject
    source: str
    weights: dict[str, Tensor]
    names: dict[str, str]

    def right(self, x: Tensor) -> Tensor:
        """What the reference gives."""
        return _output(self.source, self.weights, x)

    def right_gradients(self, x: Tensor, cotangent: Tensor) -> dict[str, Tensor]:
        """Of sum(output * cotangent): for each parameter, and for `x` where it asks for one, under the name "inputs"."""
        return _gradients(self.source, self.weights, x.detach(), x.requires_grad, cotangent)


def paired_model(
    submission: Submission,
    draw: Draw,
    class_name: str,
    sizes: Mapping[str, int],
    source: str,
    factors: Mapping[str, float] | None = None,
) -> PairedModel:
    """Both with the same drawn weights. factors: see drawn_weights."""
    weights = drawn_weights(draw, {name: tuple(p.shape) for name, p in parameters_of(source).items()}, factors)
    model = submission.new(class_name, **sizes)
    return PairedModel(model, source, weights, model.adopt(weights))


def check_model_gradients(pair: PairedModel, x: Tensor, draw: Draw, axes: str) -> None:
    """A gradient reaches every parameter, and `x` where it asks for one, and it is the right one."""
    answer, expected = pair.model(x), pair.right(x)
    check(answer, expected, axes)
    cotangent = draw.normal(*expected.shape)
    names = [*(["inputs"] if x.requires_grad else []), *pair.model.parameters()]
    found = dict(zip(names, answer.gradients(cotangent, parameters_of=[pair.model]), strict=False))
    for name, gradient in pair.right_gradients(x, cotangent).items():
        got = found.get(pair.names.get(name, name))
        if got is None:
            answer.fail(f"no gradient reaches {name}.", NO_GRADIENT)
        if not same_gradient(got, gradient):
            answer.fail(f"the values are right, but the gradient of {name} is not.")


def parameters_of(source: str) -> dict[str, Tensor]:
    """The reference's parameters; only names and shapes mean anything."""
    return dict(_built(source).named_parameters())


@lru_cache(maxsize=64)
def _built(source: str) -> nn.Module:
    """Memoized, because building it takes longer than its answers; callers load weights before they use it."""
    scope: dict[str, Any] = {"torch": torch, "nn": nn}
    exec(source, scope)
    made: nn.Module = scope["made"]
    return made


@memoize
def _output(source: str, weights: dict[str, Tensor], x: Tensor) -> Tensor:
    model = _built(source)
    model.load_state_dict(weights, strict=True)
    with torch.no_grad():
        output: Tensor = model(x)
    return output


@memoize
def _gradients(source: str, weights: dict[str, Tensor], x: Tensor, of_x: bool, cotangent: Tensor) -> dict[str, Tensor]:
    model = _built(source)
    model.load_state_dict(weights, strict=True)
    leaves = {"inputs": x.clone().requires_grad_()} if of_x else {}
    output = model(leaves.get("inputs", x))
    leaves |= model.named_parameters()
    return dict(zip(leaves, torch.autograd.grad(output, list(leaves.values()), cotangent), strict=True))
