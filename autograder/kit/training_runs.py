"""Where a training starts, and how the reference trains from there, epoch by epoch."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from autograder.judge.draw import Draw

IDX2CHAR = ["e", "h", "l", "o"]
X_DATA, Y_DATA = [1, 0, 2, 2, 3], [3, 1, 2, 3, 2]  # "hello" and "ohlol"
COMPARED_EPOCHS = 4  # epochs that are compared weight by weight
RTOL, ATOL = 1e-4, 2e-5  # Adam divides by the size of the gradient, which enlarges rounding
FINAL_ATOL = (
    1e-3  # after 100 epochs: rounding has grown to 8e-5 at most, over all starts; a step left out or halved shows as 3e-3
)
OTHER_LRS = (0.02, 0.03, 0.07)  # learning rates besides the default one: a hard-coded one shows
LOSS_ROUNDING = 6e-4  # a loss may be rounded to three digits, as the lecture prints it
LOSS_REDUCTIONS = ("mean", "sum")  # of the loss over the time steps
MIN_LOGIT_MARGIN = 0.02  # by how much it leads for rounding and the form of the loss to change nothing within the run
MORE_EPOCHS = 24  # than the default of the quick tasks
MAX_LIMIT = 100  # a number in the source of train up to this one is tried as a limit on the number of epochs
EXTRA_EPOCHS = 4  # epochs that the reported run goes on for once it says the word, so that a loop that stops there shows
MAX_CACHED_ANSWERS = 8  # reference runs: a class on the same inputs asks for three
MIN_MATCHING_SHARE = 0.9  # of the weights: Adam's first step is lr * sign(g), so rounding in near-zero gradients may flip a few
TIE = 1e-3  # logits: a string of the report is compared only where the winning letter leads by more
LOSS_RTOL = 1e-3  # leaves room for the rounding of a few epochs
MIN_FINAL_MARGIN = 0.2  # by how much the right letter leads, in logits, for a decoded string to be beyond doubt


@dataclass(frozen=True)
class Start:
    """Where a training starts: a seed for the weights, and for each letter the index it has this time."""

    seed: int
    vocab_permutation: tuple[int, ...]

    @property
    def input_ids(self) -> list[int]:
        return [self.vocab_permutation[i] for i in X_DATA]

    @property
    def target_ids(self) -> list[int]:
        return [self.vocab_permutation[i] for i in Y_DATA]

    @property
    def target_text(self) -> str:
        return decoded(self.target_ids)


@dataclass(frozen=True)
class OtherWord(Start):
    """The same weights with another word, to see that no length is written into the code."""

    letters: tuple[int, ...] = ()
    answers: tuple[int, ...] = ()

    @property
    def input_ids(self) -> list[int]:
        return list(self.letters)

    @property
    def target_ids(self) -> list[int]:
        return list(self.answers)


@dataclass(frozen=True)
class LastBias(OtherWord):
    """All weights are zero but the last bias."""

    bias: tuple[float, ...] = ()


def decoded(indices: list[int]) -> str:
    return "".join(IDX2CHAR[i] for i in indices)


@dataclass(frozen=True)
class Epoch:
    """One epoch of the reference: the forward pass before the step, and the weights after it."""

    logits: Tensor
    loss: float
    weights: dict[str, Tensor]

    @property
    def text(self) -> str:
        return decoded(self.logits.argmax(dim=1).tolist())

    @property
    def margin(self) -> float:
        """How far the winning letter leads at the least certain time step."""
        top = self.logits.topk(2, dim=1).values
        return float((top[:, 0] - top[:, 1]).min())


@dataclass(frozen=True)
class Training:
    """The training task of one assignment.

    source: text that assigns a model of the reference's kind to `made`; it is built in the judge and in the child.
    own: class name and keyword arguments of the submission's own model. data: (inputs, labels) from a start.
    forward: (model, inputs) -> logits (seq_len, num_classes). reduction: "sum" or "mean", the loss over time steps.
    undrawn: seeds of starts from which amsgrad ends with the same weights as Adam.
    """

    source: str
    own: tuple[str, dict[str, int]]
    data: Callable[[Start], tuple[Tensor, Tensor]]
    forward: Callable[[nn.Module, Tensor], Tensor]
    epochs: int
    lr: float
    reduction: str
    starts_file: Path
    undrawn: frozenset[int] = frozenset()

    @cached_property
    def starts(self) -> tuple[Start, ...]:
        return tuple(Start(seed, tuple(order)) for seed, order in json.loads(self.starts_file.read_text()))

    @cached_property
    def _drawn(self) -> list[Start]:
        """With a permuted alphabet, which exposes hard-coded data, and with the label 0, which some take for padding."""
        permuted = (start for start in self.starts if start.input_ids != X_DATA and 0 in start.target_ids)
        return [start for start in permuted if start.seed not in self.undrawn]

    def start(self, draw: Draw) -> Start:
        """One of the training starts that show most."""
        return draw.one_of(self._drawn)

    def discriminating_run(self, start: Start) -> tuple[Epoch, ...]:
        """As `_discriminating_run`, once for each start."""
        if start not in self._discriminating_runs:
            self._discriminating_runs[start] = tuple(replace(epoch, weights={}) for epoch in self._discriminating_run(start))
        return self._discriminating_runs[start]

    @cached_property
    def _discriminating_runs(self) -> dict[Start, tuple[Epoch, ...]]:
        return {}

    def _discriminating_run(self, start: Start) -> list[Epoch]:
        """The reference's epochs up to a little after it first says the target word, if they show when a string was taken.

        Empty when it does not clearly say the word soon after the default epochs at the latest, or when no string clearly
        differs from the next epoch's.
        """
        return self.until_reached(self.reference(start, self.epochs + EXTRA_EPOCHS, self.lr), start)

    def until_reached(self, epochs: Iterator[Epoch], start: Start) -> list[Epoch]:
        """The part of these epochs that is a discriminating run, or none."""
        run: list[Epoch] = []
        for epoch in epochs:
            run.append(epoch)
            reached_target = (
                len(run) > EXTRA_EPOCHS
                and run[-1 - EXTRA_EPOCHS].text == start.target_text
                and run[-1 - EXTRA_EPOCHS].margin > MIN_LOGIT_MARGIN
            )
            if reached_target:
                break
        discriminates = any(one.text != two.text and one.margin > MIN_LOGIT_MARGIN for one, two in pairwise(run))
        return run if reached_target and discriminates else []

    @property
    def final_atol(self) -> float:
        """How far the weights after all epochs may be off."""
        return ATOL if self.epochs < 50 else FINAL_ATOL

    def model(self) -> nn.Module:
        scope: dict[str, Any] = {"torch": torch, "nn": nn}
        exec(self.source, scope)
        made: nn.Module = scope["made"]
        return made

    def weights(self, start: Start) -> dict[str, Tensor]:
        """Initial weights of a start, made once for each."""
        if isinstance(start, LastBias):
            return self._last_bias(start.bias)
        if start.seed not in self._weights:
            self._weights[start.seed] = self._drawn_weights(start)
        return self._weights[start.seed]

    @cached_property
    def _weights(self) -> dict[int, dict[str, Tensor]]:
        return {}

    def _drawn_weights(self, start: Start) -> dict[str, Tensor]:
        """Initial weights as PyTorch draws them, but from numpy's stream, which does not change with torch's version."""
        rng = np.random.Generator(np.random.PCG64(start.seed))
        found = {}
        for name, parameter in self.model().named_parameters():
            shape = tuple(parameter.shape)
            bound = self.bound(name, shape)
            values = rng.standard_normal(shape) if bound is None else rng.uniform(-bound, bound, shape)
            found[name] = torch.from_numpy(values.astype(np.float32))
        return found

    def _last_bias(self, bias: Sequence[float]) -> dict[str, Tensor]:
        weights = {name: torch.zeros(parameter.shape) for name, parameter in self.model().named_parameters()}
        last = [name for name in weights if "bias" in name][-1]
        return weights | {last: torch.tensor(bias)}

    def bound(self, name: str, shape: tuple[int, ...]) -> float | None:
        """The bound of PyTorch's uniform initialisation: 1/sqrt(hidden_size); None for the normal one of an embedding."""
        if name.startswith("emb"):
            return None
        hidden_size = self.own[1]["hidden_size"]
        return float(1 / hidden_size**0.5)

    def reference(
        self, start: Start, epochs: int, lr: float, reduction: str | None = None, dtype: torch.dtype = torch.float32,
        weights: dict[str, Tensor] | None = None, **adam: Any,
    ) -> Iterator[Epoch]:  # fmt: skip
        """The reference's epochs, one by one. weights: in the place of the start's own. adam: other settings than Adam's own."""
        model = self.model().to(dtype)
        model.load_state_dict(weights or self.weights(start), strict=True)
        inputs, _ = self.data(start)
        inputs = inputs.to(dtype) if inputs.is_floating_point() else inputs
        labels = torch.tensor(start.target_ids)
        optimizer = torch.optim.Adam(model.parameters(), lr=lr, **adam)
        for _ in range(epochs):
            optimizer.zero_grad()
            logits = self.forward(model, inputs)
            loss = F.cross_entropy(logits, labels, reduction=reduction or self.reduction)
            loss.backward()
            optimizer.step()
            weights = {name: p.detach().clone() for name, p in model.named_parameters()}
            yield Epoch(logits.detach(), loss.item(), weights)

    def loss_reductions(self, start: Start, epochs: int, lr: float) -> list[tuple[Epoch, ...]]:
        """The epochs, each with the mean and with the sum of the loss over the time steps: both are right.

        Adam's step hardly depends on the size of a gradient, but where one is tiny the two end in different places.
        """
        key = start, epochs, lr
        if key not in self._loss_reductions:
            while len(self._loss_reductions) >= MAX_CACHED_ANSWERS:
                del self._loss_reductions[next(iter(self._loss_reductions))]
            self._loss_reductions[key] = list(
                zip(*(self.reference(start, epochs, lr, reduction) for reduction in LOSS_REDUCTIONS), strict=True)
            )
        return self._loss_reductions[key]

    @cached_property
    def _loss_reductions(self) -> dict[tuple[Start, int, float], list[tuple[Epoch, ...]]]:
        return {}

    def final_weights(self, start: Start) -> Iterator[dict[str, Tensor]]:
        """The weights after all epochs, for each form of the loss; kept, they are small."""
        for reduction in LOSS_REDUCTIONS:
            if (start, reduction) not in self._final_weights:
                *_, last = self.reference(start, self.epochs, self.lr, reduction)
                self._final_weights[start, reduction] = last.weights
            yield self._final_weights[start, reduction]

    @cached_property
    def _final_weights(self) -> dict[tuple[Start, str], dict[str, Tensor]]:
        return {}

    def evaluate(self, weights: dict[str, Tensor], start: Start) -> Epoch:
        """What the reference's forward pass says with these weights."""
        model = self.model()
        model.load_state_dict(weights, strict=True)
        with torch.no_grad():
            logits = self.forward(model, self.data(start)[0])
        return Epoch(logits, 0.0, weights)


# ---- what the hidden tests call
