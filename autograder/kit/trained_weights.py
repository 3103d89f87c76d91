"""The weights that a training leaves behind: whether they are sound, and whether they are the reference's."""

from __future__ import annotations

from typing import NoReturn

import torch
from torch import Tensor

from autograder.judge import Answer, RemoteObject
from autograder.judge.compare import close
from autograder.judge.parameter_names import matched_names

from .training_runs import ATOL, RTOL


def same_weights(weights: dict[str, Tensor], others: dict[str, Tensor], atol: float = ATOL) -> bool:
    return bool(_agree(weights, others, atol).all())


def matching_share(weights: dict[str, Tensor], others: dict[str, Tensor]) -> float:
    """How many of the numbers agree."""
    return float(_agree(weights, others).double().mean())


def _agree(weights: dict[str, Tensor], others: dict[str, Tensor], atol: float = ATOL) -> Tensor:
    """For each of the numbers, whether it is the other."""
    one, two = (torch.cat([values[name].flatten() for name in others]) for values in (weights, others))
    return close(one, two, RTOL, atol)


def sound_weights(answer: Answer, trained: RemoteObject, before: dict[str, Tensor]) -> dict[str, Tensor]:
    """The weights as handed back: right names by order, finite and changed."""
    found = trained.parameters()
    names = matched_names(found, before)
    if not names or any(found[names[name]].shape != before[name].shape for name in before):
        answer.fail("the model's parameters are not the ones it was given.", "Train the model in place.")
    weights = {name: found[names[name]] for name in before}
    if any(t.dtype != torch.float32 or not bool(torch.isfinite(t).all()) for t in weights.values()):
        answer.fail("the trained weights are not finite float32 numbers.", "Is lr used as it was given?")
    if all(torch.equal(weights[name], before[name]) for name in before):
        _fail_untrained(answer)
    return weights


def _fail_untrained(answer: Answer) -> NoReturn:
    """Tell a loop without a step from one that trains another model, as far as the returned epochs show it."""
    rows = answer.value if isinstance(answer.value, list | tuple) else ()
    if len({str(row) for row in rows}) > 1:
        answer.fail(
            "the model that is passed stays as it was, but what is returned changes from epoch to epoch.",
            "Another model is trained: a copy, or a new one made in train.",
        )
    if len(rows) > 1 and isinstance(rows[0], list | tuple):
        answer.fail(
            "no weight of the model changed, and every epoch returns the same.",
            "Either loss.backward() or optimizer.step() is missing or has no effect.",
        )
    answer.fail("no weight of the model changed.", "Does the loop call loss.backward() and optimizer.step() on this model?")
