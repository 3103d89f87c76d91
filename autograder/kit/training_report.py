"""What `train` returns: a string for each epoch, and in most assignments its loss, compared with the reference's epochs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from autograder.judge import Answer, CheckFailed
from autograder.judge.compare import mismatch
from autograder.judge.draw import Draw

from .training_runs import LOSS_ROUNDING, LOSS_RTOL, TIE, Epoch, LastBias

OTHER_WEIGHTS = "of epoch {} does not belong to the weights of that epoch."
LOSS_HINT = "Report the cross-entropy of this epoch's forward pass, before the step."
STRING_HINT = "Decode the forward pass that the loss of this epoch comes from, before the step, with IDX2CHAR."
LARGE_LRS = (2.0, 2.5, 3.0)


def rising_loss(draw: Draw) -> tuple[LastBias, float]:
    """A start and an lr whose second loss is larger than the first, which the smallest loss so far is not.

    The word is one letter, and two letters take turns as its labels; the first step leads too far. Every gradient is zero or far
    from it, so rounding decides no step of Adam.
    """
    first, second, *_ = draw.permutation(4)
    pairs = draw.integer(3, 4)
    bias = [-1.1] * 4
    bias[first], bias[second] = 1.8, 0.3
    letters = (draw.integer(0, 3),) * 2 * pairs
    return LastBias(0, (0, 1, 2, 3), letters, (first, second) * pairs, tuple(bias)), draw.one_of(LARGE_LRS)


class ReportOfOtherWeights(CheckFailed):
    """The report has the right form, but a string or a loss is not that of the reference's weights in this epoch."""


def check_reported(answer: Answer, reference: list[tuple[Epoch, ...]], with_loss: bool, seq_len: int) -> None:
    """The report has one of the accepted forms; otherwise report how it differs from the first one."""
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
        if len(text) != seq_len:
            answer.fail(
                f"the string of epoch {number} has {len(text)} characters, for {seq_len} time steps.",
                "One letter for each time step, with nothing between them: ''.join(...).",
            )
        if epoch.margin > TIE and text != epoch.text:
            raise ReportOfOtherWeights(f"{answer.label}: the string {OTHER_WEIGHTS.format(number)}\n{STRING_HINT}")
        if with_loss:
            _loss_agrees(answer, loss, epoch.loss, number, seq_len)


def _loss_agrees(answer: Answer, loss: Any, right: float, number: int, seq_len: int) -> None:
    if not isinstance(loss, float):
        answer.fail(f"the loss of epoch {number} is not a Python float.", "Call .item() on the loss.")
    # Either reduction will do.
    accepted = (right, right * seq_len, right / seq_len)
    if all(mismatch(loss, one, rtol=LOSS_RTOL, atol=LOSS_ROUNDING) for one in accepted):
        raise ReportOfOtherWeights(f"{answer.label}: the loss {OTHER_WEIGHTS.format(number)}\n{LOSS_HINT}")
