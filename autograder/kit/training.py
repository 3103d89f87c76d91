"""Grade a training loop by what it does to the weights, never by what it says about itself.

The judge draws a start (initial weights and a permuted vocabulary) from a bank of starts for which the reference
converges with a margin and rounding cannot matter, sends it, and lets the submission train. Then two things count: the weights
after 4 epochs and after all of them are those of the reference, and say "ohlol" in the reference's forward pass.
"""

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

from autograder.judge import Answer, CheckFailed, RemoteObject, Submission
from autograder.judge.compare import close
from autograder.judge.draw import Draw
from autograder.judge.parameter_names import matched_names
from autograder.judge.record import Attempt

from .models import with_weights

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
    """

    source: str
    own: tuple[str, dict[str, int]]
    data: Callable[[Start], tuple[Tensor, Tensor]]
    forward: Callable[[nn.Module, Tensor], Tensor]
    epochs: int
    lr: float
    reduction: str
    starts_file: Path

    @cached_property
    def starts(self) -> tuple[Start, ...]:
        return tuple(Start(seed, tuple(order)) for seed, order in json.loads(self.starts_file.read_text()))

    def start(self, draw: Draw) -> Start:
        """One of the bank whose alphabet is permuted, so that data written into the submission's own code shows."""
        return draw.one_of([start for start in self.starts if start.input_ids != X_DATA])

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

    def bound(self, name: str, shape: tuple[int, ...]) -> float | None:
        """The bound of PyTorch's uniform initialisation: 1/sqrt(hidden_size); None for the normal one of an embedding."""
        if name.startswith("emb"):
            return None
        hidden_size = self.own[1]["hidden_size"]
        return float(1 / hidden_size**0.5)

    def reference(
        self, start: Start, epochs: int, lr: float, reduction: str | None = None, dtype: torch.dtype = torch.float32,
        weights: dict[str, Tensor] | None = None,
    ) -> Iterator[Epoch]:  # fmt: skip
        """The reference's epochs, one by one. weights: in the place of the start's own."""
        model = self.model().to(dtype)
        model.load_state_dict(weights or self.weights(start), strict=True)
        inputs, _ = self.data(start)
        inputs = inputs.to(dtype) if inputs.is_floating_point() else inputs
        labels = torch.tensor(start.target_ids)
        optimizer = torch.optim.Adam(model.parameters(), lr=lr)
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


def check_steps(training: Training, submission: Submission, draw: Draw) -> None:
    """The weights after 4 epochs are the reference's, with a learning rate that is not the default, and a second call starts
    anew from the weights that it finds."""
    start, lr = training.start(draw), draw.one_of(OTHER_LRS)
    reference = training.loss_reductions(start, COMPARED_EPOCHS, lr)

    def attempt(model: Callable[[], RemoteObject]) -> None:
        trained, weights = _steps(training, submission, model, start, reference, lr)
        answer = _train(submission, trained, *training.data(start), 1, lr)
        again = _sound_weights(answer, trained, weights)
        runs = (next(training.reference(start, 1, lr, reduction, weights=weights)) for reduction in LOSS_REDUCTIONS)
        if not any(matching_share(again, epoch.weights) >= MIN_MATCHING_SHARE for epoch in runs):
            answer.fail("a second call does not go on as a first one would.", "Is the optimizer made anew in every call?")

    _with_some_model(training, submission, start, attempt)


def check_result(training: Training, submission: Submission, draw: Draw) -> None:
    """With the default epochs and lr the trained weights say the target word, and are those of the reference."""
    start = training.start(draw)
    reference = training.loss_reductions(start, 2, training.lr)

    def attempt(model: Callable[[], RemoteObject]) -> None:
        _steps(training, submission, model, start, reference, None)
        trained = model()
        answer = _train(submission, trained, *training.data(start))
        weights = _sound_weights(answer, trained, training.weights(start))
        asked.discard()  # to put so long a question to every misconception would take longer than grading a class
        final = training.evaluate(weights, start)
        if final.text != start.target_text:
            became = f"{decoded(start.input_ids)!r} into {final.text!r}, not {start.target_text!r}"
            answer.fail(
                f"after {training.epochs} epochs the model turns {became}.",
                "With this start it converges to 'ohlol' (in another spelling of the alphabet). Does the loop train to the end?",
            )
        if isinstance(answer.value, list | tuple) and len(answer.value) != training.epochs:
            answer.fail(
                f"without epochs and lr it does not return {training.epochs} entries.",
                "Keep the defaults of the stub. Does the loop end before the last epoch?",
            )
        if not any(_same(weights, end, training.final_atol) for end in training.final_weights(start)):
            answer.fail(
                f"the first epochs are right, but after all {training.epochs} the weights are not where they should be.",
                "Does anything change on the way: lr, the optimizer, the number of epochs, an early end?",
            )
        if training.epochs < MORE_EPOCHS:  # a limit on the number of epochs shows only where more of them are asked for
            answer = _train(submission, model(), *training.data(start), MORE_EPOCHS, training.lr)
            asked.discard()
            if not isinstance(answer.value, list | tuple) or len(answer.value) != MORE_EPOCHS:
                answer.fail(
                    f"for {MORE_EPOCHS} epochs it does not return {MORE_EPOCHS} entries.",
                    "Train for as many epochs as are asked for, without a limit.",
                )

    with submission.attempt() as asked:
        _with_some_model(training, submission, start, attempt)


def check_report(training: Training, submission: Submission, draw: Draw, with_loss: bool) -> None:
    """The returned list has the string (and the loss) of each epoch's forward pass, before the step."""
    epochs = draw.integer(5, 7)
    run: tuple[Epoch, ...] = ()
    while not run:  # most starts will do
        start = training.start(draw)
        plain = Start(start.seed, (0, 1, 2, 3))  # the same weights with the lecture's alphabet
        run = training.discriminating_run(plain)
    reference = training.loss_reductions(start, epochs, training.lr)
    length = draw.integer(6, 9)
    other = OtherWord(start.seed, start.vocab_permutation, *(tuple(draw.integer(0, 3) for _ in range(length)) for _ in range(2)))

    def attempt(model: Callable[[], RemoteObject]) -> None:
        _steps(training, submission, model, start, reference[:1], training.lr)
        trained = model()
        answer = submission.train(trained, *training.data(start), epochs, training.lr)
        _reported(answer, reference, with_loss, len(Y_DATA))
        trained = model()
        answer = submission.train(trained, *training.data(other), 1, training.lr)
        _reported(answer, training.loss_reductions(other, 1, training.lr), with_loss, len(other.input_ids))
        trained = model()
        answer = submission.train(trained, *training.data(plain), len(run), training.lr)  # its strings tell mistakes apart
        if not isinstance(answer.value, list | tuple) or len(answer.value) != len(run):
            answer.fail(
                f"for {len(run)} epochs it does not return {len(run)} entries.", "Does the loop end before the last epoch?"
            )
        for number, (row, epoch) in enumerate(zip(answer.value, run, strict=True), 1):
            text = row[0] if with_loss and isinstance(row, list | tuple) and row else row
            if epoch.margin > MIN_LOGIT_MARGIN and text != epoch.text:
                answer.fail(f"the string of epoch {number} does not belong to the weights of that epoch.", STRING_HINT)

    _with_some_model(training, submission, start, attempt)


# ---- inside

STRING_HINT = "Decode the forward pass that the loss of this epoch comes from, before the step, with IDX2CHAR."


def _with_some_model(
    training: Training, submission: Submission, start: Start, attempt: Callable[[Callable[[], RemoteObject]], None]
) -> None:
    """Try with the reference's model, then with the submission's own: a mistake in the model is another task's."""
    weights = training.weights(start)

    def theirs() -> RemoteObject:
        name, sizes = training.own
        return with_weights(submission, name, sizes, weights)

    def ours() -> RemoteObject:
        return submission.build(training.source, "the model", weights)

    with submission.attempt() as first:
        try:
            return attempt(ours)
        except CheckFailed as failed:
            failure = failed
    with submission.attempt() as second:
        try:
            return attempt(theirs)
        except CheckFailed as failed:
            other = failed
    # Keep the attempt that got further: the mistake is recognised by its interactions, so the other's must not count.
    if first.raised and not second.raised:
        first.discard()
        raise other
    second.discard()
    raise failure


def _steps(
    training: Training, submission: Submission, model: Callable[[], RemoteObject], start: Start,
    reference: list[tuple[Epoch, ...]], lr: float | None,
) -> tuple[RemoteObject, dict[str, Tensor]]:  # fmt: skip
    """Train for all epochs of the reference; returns the model and its weights. lr: None leaves it out of the call.

    Where the weights are wrong, the first epoch that makes them so is told. A mistake is recognised by that training.
    """

    def run(epochs: int) -> tuple[Answer, RemoteObject, dict[str, Tensor], Attempt]:
        trained = model()
        answer = _train(submission, trained, *training.data(start), epochs, *([] if lr is None else [lr]))
        with submission.attempt() as reading:
            return answer, trained, _sound_weights(answer, trained, training.weights(start)), reading

    def right(weights: dict[str, Tensor], epochs: int) -> bool:
        return any(_same(weights, epoch.weights) for epoch in reference[epochs - 1])

    _, trained, weights, reading = run(len(reference))
    if right(weights, len(reference)):
        return trained, weights
    reading.discard()  # the weights after so many epochs: the first wrong ones say more
    for epochs in range(1, len(reference) + 1):
        answer, _, weights, _ = run(epochs)
        if not right(weights, epochs):
            break
    answer.fail(f"after {epochs} epoch{'s' * (epochs > 1)} the weights are not where they should be.", EPOCH_HINTS[epochs])


def _agree(weights: dict[str, Tensor], others: dict[str, Tensor], atol: float = ATOL) -> Tensor:
    """For each of the numbers, whether it is the other."""
    one, two = (torch.cat([values[name].flatten() for name in others]) for values in (weights, others))
    return close(one, two, RTOL, atol)


def _same(weights: dict[str, Tensor], others: dict[str, Tensor], atol: float = ATOL) -> bool:
    return bool(_agree(weights, others, atol).all())


def matching_share(weights: dict[str, Tensor], others: dict[str, Tensor]) -> float:
    """How many of the numbers agree."""
    return float(_agree(weights, others).double().mean())


def _train(submission: Submission, *args: Any) -> Answer:
    """A call whose question is the weights: the losses it returns may be sums or means."""
    answer = submission.call_target("train", args, compare_values=False)
    if answer.changed_inputs:
        answer.fail("it changes the inputs or the labels.", "Work on a copy, or do without changing anything.")
    return answer


EPOCH_HINTS = {
    1: "The very first step differs: look at the forward pass, the loss, the labels, lr, the optimiser (Adam), and whether "
    "anything is kept from one call to the next.",
    2: "The first epoch is right, the second is not: is the state new for each epoch, and are gradients set to zero?",
    3: "Two epochs are right, the third is not: are gradients set to zero in every epoch, with one optimiser for all?",
    4: "Three epochs are right, the fourth is not: is every epoch of the loop the same?",
}


def _sound_weights(answer: Answer, trained: RemoteObject, before: dict[str, Tensor]) -> dict[str, Tensor]:
    """The weights as handed back: right names by order, finite and changed."""
    found = trained.parameters()
    names = matched_names(found, before)
    if not names or any(found[names[name]].shape != before[name].shape for name in before):
        answer.fail("the model's parameters are not the ones it was given.", "Train the model in place.")
    weights = {name: found[names[name]] for name in before}
    if any(t.dtype != torch.float32 or not bool(torch.isfinite(t).all()) for t in weights.values()):
        answer.fail("the trained weights are not finite float32 numbers.", "Is lr used as it was given?")
    if all(torch.equal(weights[name], before[name]) for name in before):
        answer.fail("no weight of the model changed.", "Does the loop call loss.backward() and optimizer.step() on this model?")
    return weights


def _reported(answer: Answer, reference: list[tuple[Epoch, ...]], with_loss: bool, seq_len: int) -> None:
    """The report fits one of the accepted forms; what keeps it from fitting the first one is told."""
    failures = []
    for epochs in zip(*reference, strict=True):
        try:
            _reported_as(answer, epochs, with_loss, seq_len)
            return
        except CheckFailed as failure:
            failures.append(failure)
    raise failures[0]


def _reported_as(answer: Answer, reference: Sequence[Epoch], with_loss: bool, seq_len: int) -> None:
    rows = answer.value
    kind = "(string, loss) pairs" if with_loss else "strings"
    if not isinstance(rows, list | tuple) or len(rows) != len(reference):
        answer.fail(f"expected a list of {len(reference)} {kind}, one per epoch.")
    for number, (row, epoch) in enumerate(zip(rows, reference, strict=True), 1):
        if with_loss and not (isinstance(row, list | tuple) and len(row) == 2):
            answer.fail(f"entry {number} is not a pair (string, loss).")
        text, loss = row if with_loss else (row, None)
        if not isinstance(text, str):
            answer.fail(f"entry {number}: expected the decoded string, a str.", "Join the letters with ''.join(...).")
        if epoch.margin > TIE and text != epoch.text:
            answer.fail(
                f"the string of epoch {number} does not belong to the weights of that epoch.",
                STRING_HINT,
            )
        if with_loss:
            _loss_agrees(answer, loss, epoch.loss, number, seq_len)


def _loss_agrees(answer: Answer, loss: Any, right: float, number: int, seq_len: int) -> None:
    if not isinstance(loss, float):
        answer.fail(f"the loss of epoch {number} is not a Python float.", "Call .item() on the loss.")
    # Either reduction will do.
    accepted = (right, right * seq_len, right / seq_len)
    if not any(abs(loss - one) <= LOSS_RTOL * abs(one) + LOSS_ROUNDING for one in accepted):
        answer.fail(
            f"the loss of epoch {number} does not belong to the weights of that epoch.",
            "Report the cross-entropy of this epoch's forward pass, before the step.",
        )
