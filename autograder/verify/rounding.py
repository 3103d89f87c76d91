"""How far rounding moves a training away from exact arithmetic, as a share of what the graders tolerate.

Exact means float64: its rounding is nine digits below float32's, so it is the same on every processor. A share is measured for
everything that the graders compare. At 0.5 a submission and the reference that err in opposite directions would disagree;
a start is used only far below that.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property
from typing import Any, NamedTuple

import numpy as np
import torch
from torch import Tensor

from autograder.kit.trained_weights import matching_share
from autograder.kit.training_runs import (
    ATOL,
    COMPARED_EPOCHS,
    EXTRA_EPOCHS,
    LOSS_REDUCTIONS,
    LOSS_ROUNDING,
    LOSS_RTOL,
    MIN_LOGIT_MARGIN,
    MIN_MATCHING_SHARE,
    OTHER_LRS,
    TIE,
    Epoch,
    Start,
    Training,
)  # fmt: skip

ALLOWED = 0.15  # share of a tolerance: `verify` names a start that needs more here
ADMITTED = ALLOWED / 2  # a new start must stay below this, with perturbed weights too
PERTURBATION = 1e-7  # relative: one unit in the last place of a float32
REPORTED = 7  # epochs of the longest report whose losses are compared


class Share(NamedTuple):
    """A comparison, and the share of its tolerance that rounding uses up."""

    what: str
    value: float


class Exact:
    """The training from one start in float64. Each run is computed on first use."""

    def __init__(self, training: Training, start: Start) -> None:
        self.training, self.start = training, start
        self.plain = Start(start.seed, (0, 1, 2, 3))
        self._runs: dict[tuple[Start, int, float, str], list[Epoch]] = {}

    @property
    def complete(self) -> Exact:
        """Itself, with every run made."""
        worst(everything(self))
        return self

    def __getstate__(self) -> dict[str, Any]:
        """Pickle without the training, which holds functions; the reader must set it again."""
        return self.__dict__ | {"training": None}

    def run(self, start: Start, epochs: int, lr: float, reduction: str) -> list[Epoch]:
        key = start, epochs, lr, reduction
        if key not in self._runs:
            with _float64():
                self._runs[key] = list(self.training.reference(start, epochs, lr, reduction, dtype=torch.float64))
        return self._runs[key]

    def whole(self, reduction: str) -> list[Epoch]:
        """All epochs, and one more for the forward pass after the last step. Only the weights after all epochs are kept."""
        key = self.start, self.training.epochs + 1, self.training.lr, reduction
        if key not in self._runs:
            epochs = self.run(*key)
            self._runs[key] = [replace(epoch, weights={}) if epoch is not epochs[-2] else epoch for epoch in epochs]
        return self._runs[key]

    @property
    def lead(self) -> float:
        """By how many logits the target word leads at the end; negative when the training ends at another word."""
        return min(target_lead(self.whole(reduction)[-1].logits, self.start.target_ids) for reduction in LOSS_REDUCTIONS)

    @cached_property
    def discriminating_run(self) -> list[Epoch]:
        """The discriminating run from the same weights with the lecture's alphabet; empty when there is none."""
        training = self.training
        with _float64():
            epochs = training.reference(self.plain, training.epochs + EXTRA_EPOCHS, training.lr, dtype=torch.float64)
            return training.until_reached(epochs, self.plain)


def perturbed(weights: dict[str, Tensor], seed: int) -> dict[str, Tensor]:
    """The weights, each changed by about one unit in the last place, the size of another kernel's rounding."""
    rng = np.random.Generator(np.random.PCG64(seed))
    noise = {name: torch.from_numpy(rng.standard_normal(tuple(value.shape))) for name, value in weights.items()}
    return {name: (value.double() * (1 + PERTURBATION * noise[name])).float() for name, value in weights.items()}


def first_epochs(exact: Exact, weights: dict[str, Tensor] | None = None) -> Iterator[Share]:
    """The weights after each of the first epochs, by far the most sensitive: Adam divides a gradient by its own size."""
    training, start = exact.training, exact.start
    for reduction in LOSS_REDUCTIONS:
        for lr in (training.lr, *OTHER_LRS):
            right = exact.run(start, COMPARED_EPOCHS, lr, reduction)
            for one, other in zip(training.reference(start, COMPARED_EPOCHS, lr, reduction, weights=weights), right, strict=True):
                yield Share("weights after the first epochs", _apart(one, other) / ATOL)


def everything(exact: Exact, weights: dict[str, Tensor] | None = None) -> Iterator[Share]:
    """All that the graders compare. weights: initial ones, instead of the start's own."""
    yield from first_epochs(exact, weights)
    for reduction in LOSS_REDUCTIONS:
        yield from _second_call(exact, reduction, weights)
        yield from _whole_run(exact, reduction, weights)
    yield from _discriminating_run(exact, weights)


def worst(shares: Iterable[Share], limit: float = torch.inf) -> Share:
    """The largest share; the first one above the limit is enough."""
    largest = Share("nothing", 0.0)
    for share in shares:
        largest = max(largest, share, key=lambda one: one.value)
        if largest.value > limit:
            break
    return largest


def _second_call(exact: Exact, reduction: str, weights: dict[str, Tensor] | None) -> Iterator[Share]:
    """One epoch from trained weights, of which a share may differ. weights: only to tell a perturbed run from a plain one."""
    training, start = exact.training, exact.start
    for lr in OTHER_LRS:
        found = {name: value.float() for name, value in exact.run(start, COMPARED_EPOCHS, lr, reduction)[-1].weights.items()}
        with _float64():
            right = next(training.reference(start, 1, lr, reduction, dtype=torch.float64, weights=found))
        begin = found if weights is None else perturbed(found, start.seed)
        got = next(training.reference(start, 1, lr, reduction, weights=begin))
        yield Share("weights after a second call", (1 - matching_share(got.weights, right.weights)) / (1 - MIN_MATCHING_SHARE))


def _whole_run(exact: Exact, reduction: str, weights: dict[str, Tensor] | None) -> Iterator[Share]:
    training, start = exact.training, exact.start
    right = exact.whole(reduction)
    got = list(training.reference(start, training.epochs + 1, training.lr, reduction, weights=weights))
    yield Share("weights after all epochs", _apart(got[-2], right[-2]) / training.final_atol)
    yield Share("word after all epochs", _flips(got[-1], right[-1], target_lead(right[-1].logits, start.target_ids)))
    for one, other in zip(got[:REPORTED], right, strict=False):
        yield Share("strings of the report", _flips(one, other, TIE))
        yield Share("losses of the report", abs(one.loss - other.loss) / (LOSS_RTOL * other.loss + LOSS_ROUNDING))


def _discriminating_run(exact: Exact, weights: dict[str, Tensor] | None) -> Iterator[Share]:
    """The longer report: as long, in every reduction, and with the strings of the exact one wherever those are beyond doubt."""
    training, plain, right = exact.training, exact.plain, exact.discriminating_run
    got = training.until_reached(training.reference(plain, training.epochs + EXTRA_EPOCHS, training.lr, weights=weights), plain)
    yield Share("length of the discriminating run", 0.0 if len(got) == len(right) else 1.0)
    for reduction in LOSS_REDUCTIONS if right else ():
        epochs = list(training.reference(plain, len(right), training.lr, reduction, weights=weights))
        for one, other, same_reduction in zip(epochs, right, exact.run(plain, len(right), training.lr, reduction), strict=True):
            yield Share("strings of the discriminating run", _flips(one, same_reduction, MIN_LOGIT_MARGIN))
            yield Share("strings of the discriminating run", other.margin / MIN_LOGIT_MARGIN if one.text != other.text else 0.0)


@contextmanager
def _float64() -> Iterator[None]:
    """Set the default dtype inside the block, because references make some tensors in it."""
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


def target_lead(logits: Tensor, target: list[int]) -> float:
    """By how much the target's logit leads at the least certain time step."""
    labels = torch.tensor(target).unsqueeze(1)
    best_other = logits.scatter(1, labels, -torch.inf).max(dim=1).values
    return float((logits.gather(1, labels).squeeze(1) - best_other).min())


def _flips(one: Epoch, other: Epoch, lead: float) -> float:
    """The share of a lead that is lost when two logits move towards each other. NaN counts as all of it."""
    share = 2 * float((one.logits - other.logits).abs().max()) / lead
    return share if share >= 0 else torch.inf


def _apart(one: Epoch, other: Epoch) -> float:
    distance = torch.stack([(value - other.weights[name]).abs().max() for name, value in one.weights.items()]).max()
    return float(distance.nan_to_num(nan=torch.inf))
