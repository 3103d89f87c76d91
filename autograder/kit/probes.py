"""Properties that every answer must have, whatever the task: it is repeatable, changes no argument, and passes gradients on.

Every probe compares the values first, so an answer of zeros earns nothing from any of them.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import torch
from torch import Tensor

from autograder.judge import Answer, CheckFailed, RemoteObject, check
from autograder.judge.compare import close
from autograder.judge.draw import Draw

CUTS_THE_GRAPH = "A .detach(), .data, .item(), nn.Parameter(...), numpy or torch.tensor(...) cuts the graph."


def check_pure(
    call: Callable[..., Answer], cases: Sequence[tuple[Any, ...]], expected: Callable[..., Any], axes: Any = None
) -> None:
    """Ask for every case, then for the first one again: right each time, and no argument is changed."""
    for i, args in enumerate([*cases, cases[0]]):
        answer = call(*args)
        try:
            check(answer, expected(*args), axes)
        except CheckFailed as failure:
            if i == len(cases):
                answer.fail("the same call gave another answer the second time.", "Does something remember earlier calls?")
            raise failure
        answer.check_unchanged()


def same_gradient(got: Tensor, right: Tensor) -> bool:
    """Equal up to rounding, of which a gradient has more than a value because it adds up many products.

    Where large products cancel, a small entry keeps the rounding of the large ones: so the largest entry counts for all.
    """
    largest = max(1.0, float(right.abs().max()))
    return got.shape == right.shape and bool(close(got, right, rtol=1e-4, atol=1e-5 * largest).all())


def check_gradients(
    answer: Answer,
    expected: Any,
    leaves: dict[str, Tensor],
    draw: Draw,
    axes: Any = None,
) -> None:
    """The answer is right, and so is the gradient of a random weighting of it, for every leaf.

    leaves: the arguments that require a gradient, by the name the student knows, in the order of the call.
    """
    check(answer, expected, axes)
    outputs = flat(expected)
    cotangents = [draw.normal(*output.shape) for output in outputs]
    got = answer.gradients(*cotangents)
    wanted = torch.autograd.grad(outputs, list(leaves.values()), cotangents, allow_unused=True)
    if len(got) != len(leaves):
        answer.fail("the gradients could not be read.")
    for (name, leaf), found, right in zip(leaves.items(), got, wanted, strict=True):
        right = torch.zeros_like(leaf) if right is None else right
        if found is None:
            answer.fail(f"no gradient reaches {name}.", CUTS_THE_GRAPH)
        if not same_gradient(found, right):
            answer.fail(
                f"the values are right, but the gradient of {name} is not.", "Is part of the work detached from the graph?"
            )


def check_cell_gradients(
    answer: Answer, expected: Any, owner: RemoteObject, weights: Sequence[Tensor], draw: Draw, axes: Any = None
) -> None:
    """As check_gradients, for the weights of a cell that lives in the child.

    owner: the cell or its model. weights: the leaves of `expected`, in the order of the owner's parameters.
    """
    check(answer, expected, axes)
    outputs = flat(expected)
    cotangents = [draw.normal(*output.shape) for output in outputs]
    found = answer.gradients(*cotangents, parameters_of=[owner])
    right = torch.autograd.grad(outputs, list(weights), cotangents)
    reached = [gradient for gradient in found if gradient is not None]
    if len(reached) != len(found) or [f.shape for f in reached] != [r.shape for r in right]:
        answer.fail("no gradient reaches the cell's weights.", "A .detach(), .data or no_grad cuts the graph.")
    if not all(map(same_gradient, reached, right)):
        answer.fail("the values are right, but the gradient of the cell's weights is not.")


def with_a_zero_step(inputs: Tensor) -> Tensor:
    """The sequence with zeros at time step 1, which is a step like any other."""
    return torch.cat([inputs[:1], torch.zeros_like(inputs[1:2]), inputs[2:]])


def saturating(x: Tensor, *weights: Tensor) -> Tensor:
    """x scaled until the largest entry of a product with these weights is 25.

    Sigmoid and tanh are then close to their bounds, and no way to write them with exp overflows.
    """
    return x * (25 / max(float((x @ weight.T).abs().max()) for weight in weights))


def flat(value: Any) -> list[Tensor]:
    """The tensors of a nested tuple, in order."""
    if isinstance(value, Tensor):
        return [value]
    return [tensor for item in value for tensor in flat(item)]


def requires_grad(tensor: Tensor) -> Tensor:
    """The tensor as one that asks for a gradient."""
    return tensor.requires_grad_()
