"""Grade a training loop by what it does to the weights, never by what it says about itself.

The judge draws a start (initial weights and a permuted vocabulary) from a list of starts for which the reference
converges with a margin and rounding cannot matter, sends it, and lets the submission train. Then two things count: the weights
after 4 epochs and after all of them are those of the reference, and say "ohlol" in the reference's forward pass.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator
from typing import Any, NoReturn

from torch import Tensor

from autograder.judge import Answer, CheckFailed, RemoteObject, Submission
from autograder.judge.draw import Draw

from .first_step import LATER_STEPS, first_step_hint
from .models import with_weights
from .trained_weights import matching_share, same_weights, sound_weights
from .training_report import STRING_HINT, ReportOfOtherWeights, check_reported, rising_loss
from .training_runs import (
    COMPARED_EPOCHS,
    LOSS_REDUCTIONS,
    MAX_LIMIT,
    MIN_LOGIT_MARGIN,
    MIN_MATCHING_SHARE,
    MORE_EPOCHS,
    OTHER_LRS,
    Y_DATA,
    Epoch,
    OtherWord,
    Start,
    Training,
    decoded,
)


def check_steps(training: Training, submission: Submission, draw: Draw) -> None:
    """The weights after 4 epochs are the reference's, with a learning rate that is not the default, and a second call starts
    anew from the weights that it finds."""
    start, lr = training.start(draw), draw.one_of(OTHER_LRS)
    reference = training.loss_reductions(start, COMPARED_EPOCHS, lr)

    def attempt(model: Callable[..., RemoteObject]) -> None:
        trained, weights = _steps(training, submission, model, start, reference, lr)
        # With the very same objects each time, in which a cache would find an old answer.
        data = [submission.build("made = given", "the data", given=given) for given in training.data(start)]
        for _ in range(2):
            answer = _train(submission, trained, *data, 1, lr)
            answer.check_unchanged()
            runs = [next(training.reference(start, 1, lr, reduction, weights=weights)) for reduction in LOSS_REDUCTIONS]
            weights = sound_weights(answer, trained, weights)
            if not any(matching_share(weights, epoch.weights) >= MIN_MATCHING_SHARE for epoch in runs):
                answer.fail("a second call does not continue as a first one would.", "Does every call make a new optimizer?")

    _with_some_model(training, submission, start, attempt)


def check_result(training: Training, submission: Submission, draw: Draw) -> None:
    """With the default epochs and lr the trained weights say the target word, and are those of the reference."""
    start = training.start(draw)
    reference = training.loss_reductions(start, 2, training.lr)

    def attempt(model: Callable[..., RemoteObject]) -> None:
        _steps(training, submission, model, start, reference, None)
        trained = model()
        answer = _train(submission, trained, *training.data(start))
        weights = sound_weights(answer, trained, training.weights(start))
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
                f"without epochs and lr it returns {len(answer.value)} entries, not {training.epochs}.",
                "Keep the defaults of the stub. Does the loop end before the last epoch?",
            )
        if not any(same_weights(weights, end, training.final_atol) for end in training.final_weights(start)):
            answer.fail(
                f"the first epochs are right, but after all {training.epochs} the weights are not where they should be.",
                "Does anything change on the way: lr, the optimizer, the number of epochs, an early end?",
            )
        # A limit on the number of epochs shows only where more of them are asked for.
        for epochs in _epochs_beyond_limits(training, submission):
            answer = _train(submission, model(), *training.data(start), epochs, training.lr)
            asked.discard()
            if not isinstance(answer.value, list | tuple) or len(answer.value) != epochs:
                _fail_count(answer, epochs, submission.numbers_in("train"))

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
    others = [
        OtherWord(start.seed, start.vocab_permutation, *(tuple(draw.integer(0, 3) for _ in range(n)) for _ in range(2)))
        for n in (length, 1)  # one letter: its logits keep both of their axes
    ]
    rising, large_lr = rising_loss(draw)

    def attempt(model: Callable[..., RemoteObject]) -> None:
        _steps(training, submission, model, start, reference[:1], training.lr)
        trained = model()
        answer = submission.train(trained, *training.data(start), epochs, training.lr)
        try:
            check_reported(answer, reference, with_loss, len(Y_DATA))
        except ReportOfOtherWeights:
            weights = sound_weights(answer, trained, training.weights(start))
            if not any(same_weights(weights, epoch.weights) for epoch in reference[-1]):
                answer.fail(
                    f"after {epochs} epochs the weights are not where they should be, so the report differs as well.",
                    "Correct the training first. The report itself may be right.",
                )
            raise
        for other in others:
            try:
                answer = submission.train(model(), *training.data(other), 1, training.lr)
            except CheckFailed as failure:
                if len(other.input_ids) == 1 and NO_SEQUENCE.search(failure.raised):
                    continue
                raise
            check_reported(answer, training.loss_reductions(other, 1, training.lr), with_loss, len(other.input_ids))
        trained = model()
        answer = submission.train(trained, *training.data(plain), len(run), training.lr)  # its strings tell mistakes apart
        if not isinstance(answer.value, list | tuple) or len(answer.value) != len(run):
            _fail_count(answer, len(run))
        for number, (row, epoch) in enumerate(zip(answer.value, run, strict=True), 1):
            text = row[0] if with_loss and isinstance(row, list | tuple) and row else row
            if epoch.margin > MIN_LOGIT_MARGIN and text != epoch.text:
                answer.fail(f"the string of epoch {number} does not belong to the weights of that epoch.", STRING_HINT)
        if with_loss:
            answer = submission.train(model(rising), *training.data(rising), 2, large_lr)
            check_reported(answer, training.loss_reductions(rising, 2, large_lr), with_loss, len(rising.input_ids))

    _with_some_model(training, submission, start, attempt)


# ---- inside

# What the lecture's own `for c in idx.squeeze()` raises for a word of one letter, which no train has to spell.
NO_SEQUENCE = re.compile(r"0-d|not iterable|not subscriptable|has no len")


def _with_some_model(
    training: Training, submission: Submission, start: Start, attempt: Callable[[Callable[..., RemoteObject]], None]
) -> None:
    """Try with the reference's model, then with the submission's own: a mistake in the model is another task's.

    An attempt makes a model whenever it needs one, with the weights of another start if it passes one.
    """

    def theirs(other: Start = start) -> RemoteObject:
        name, sizes = training.own
        return with_weights(submission, name, sizes, training.weights(other))

    def ours(other: Start = start) -> RemoteObject:
        return submission.build(training.source, "the model", training.weights(other))

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
    training: Training, submission: Submission, model: Callable[..., RemoteObject], start: Start,
    reference: list[tuple[Epoch, ...]], lr: float | None,
) -> tuple[RemoteObject, dict[str, Tensor]]:  # fmt: skip
    """Train for all epochs of the reference; returns the model and its weights. lr: None leaves it out of the call.

    Where the weights are wrong, the first epoch that makes them so is told. A mistake is recognised by that training.
    """

    def run(epochs: int) -> tuple[Answer, RemoteObject, dict[str, Tensor]]:
        trained = model()
        answer = _train(submission, trained, *training.data(start), epochs, *([] if lr is None else [lr]))
        return answer, trained, sound_weights(answer, trained, training.weights(start))

    def right(weights: dict[str, Tensor], epochs: int) -> bool:
        return any(same_weights(weights, epoch.weights) for epoch in reference[epochs - 1])

    failure = None  # of the whole run, whose words compare its epochs
    with submission.attempt() as whole:
        try:
            answer, trained, weights = run(len(reference))
            if right(weights, len(reference)):
                return trained, weights
            if len(reference) > 1 and right(weights, len(reference) - 1):
                answer.fail(
                    f"after {len(reference)} epochs the weights are those after {len(reference) - 1}.",
                    "Is the loop one epoch short, or are older weights loaded at the end?",
                )
        except CheckFailed as failed:
            failure = failed
    whole.set_aside()  # later weights say less than the first wrong ones, are rounded more, and take longer to compare
    for epochs in range(1, len(reference) + 1):
        try:
            answer, _, weights = run(epochs)
        except CheckFailed as failed:
            raise failure or failed from None
        if not right(weights, epochs):
            break
    if failure:
        raise failure
    hint = LATER_STEPS.get(epochs) or first_step_hint(
        training.weights(start), weights, reference[0][0].weights, training.lr if lr is None else lr
    )
    answer.fail(f"after {epochs} epoch{'s' * (epochs > 1)} the weights are not where they should be.", hint)


def _train(submission: Submission, *args: Any) -> Answer:
    """A call whose question is the weights: the losses it returns may be sums or means."""
    answer = submission.call_target("train", args, compare_values=False)
    if answer.changed_inputs:
        answer.fail("it changes the inputs or the labels.", "Work on a copy, or do without changing anything.")
    return answer


def _epochs_beyond_limits(training: Training, submission: Submission) -> Iterator[int]:
    """Numbers of epochs to ask for: in a quick task MORE_EPOCHS, and one more than any number that may be a limit in train.

    Most submissions write no such number into train, and are not asked.
    """
    if training.epochs < MORE_EPOCHS:
        yield MORE_EPOCHS
    limits = [n for n in submission.numbers_in("train") if max(MORE_EPOCHS, training.epochs) <= n <= MAX_LIMIT]
    if limits:
        yield max(limits) + 1


def _fail_count(answer: Answer, epochs: int, numbers: Collection[int] = ()) -> NoReturn:
    """For more epochs than the defaults, the list has another length than asked for. numbers: those written into train."""
    count = len(answer.value) if isinstance(answer.value, list | tuple) else None
    found = "it returns no list" if count is None else f"it returns {count} entries"
    answer.fail(
        f"for {epochs} epochs {found}.",
        "Fewer epochs are right. Train for as many as are asked for, without a limit and without an early end.",
        "number of epochs limited" if count in numbers else None,
    )
