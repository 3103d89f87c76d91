"""Say what is wrong with the first step of a training loop: its direction, its length, or which weights it moves.

In its first step Adam moves every weight by lr, against the sign of its gradient. So the direction tells about the gradient and
the length about the optimizer.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

NEARLY_ALL = 0.97  # of the weights: where a gradient is tiny, rounding decides the step
SAME_LENGTH = 0.01  # as a share of the length
GENERAL = (
    "The very first step differs: look at the forward pass, the loss, the labels, lr, the optimiser (Adam), and whether "
    "anything is kept from one call to the next."
)
STAYED = "{} did not move in the first step. Are all parameters given to the optimiser, and is nothing detached on the way?"
DIRECTION = (
    "The first step moves every weight by lr, as Adam does, but some of them in the wrong direction. So the optimiser is right "
    "and the gradient is wrong: look at the forward pass, the loss and the labels."
)
LENGTH = (
    "The first step moves every weight in the right direction, but not by lr. So the gradient is right: look at the optimiser "
    "(Adam), its lr and how many steps are made in an epoch."
)
BOTH = (
    "The first step moves all weights by one length, which is not lr, and some of them in the wrong direction: look at lr, and "
    "at the forward pass, the loss and the labels."
)

LATER_STEPS = {  # by the first epoch whose weights are wrong
    2: "The first epoch is right, the second is not: is the state new for each epoch, and are gradients set to zero?",
    3: "Two epochs are right, the third is not: are gradients set to zero in every epoch, with one optimiser for all?",
    4: "Three epochs are right, the fourth is not: is every epoch of the loop the same?",
}


def first_step_hint(before: Mapping[str, Tensor], after: Mapping[str, Tensor], right: Mapping[str, Tensor], lr: float) -> str:
    """What to look at. before, after: the weights by name; right: those after the reference's first step."""
    stayed = [name for name in right if torch.equal(after[name], before[name]) and not torch.equal(right[name], before[name])]
    if stayed:
        return STAYED.format(stayed[0])  # one name: a list could carry hidden inputs out
    step, wanted = (torch.cat([(end[name] - before[name]).flatten() for name in right]).double() for end in (after, right))
    lengths = step.abs() / lr
    one_length = _nearly_all((lengths / lengths.median() - 1).abs() < SAME_LENGTH)
    by_lr = _nearly_all((lengths - 1).abs() < SAME_LENGTH)
    right_direction = _nearly_all(step.sign() == wanted.sign())
    if right_direction:
        return GENERAL if by_lr else LENGTH
    if by_lr:
        return DIRECTION
    return BOTH if one_length else GENERAL


def _nearly_all(found: Tensor) -> bool:
    return float(found.double().mean()) >= NEARLY_ALL
