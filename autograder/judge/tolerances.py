"""How much of a tolerance a right answer needs, for control runs and the search for bad seeds."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

import torch
from torch import Tensor

_allowed: ContextVar[float] = ContextVar("allowed_share", default=1.0)
_used: ContextVar[list[float] | None] = ContextVar("used_shares", default=None)


@contextmanager
def shares_of_tolerances() -> Iterator[list[float]]:
    """Collect, inside the block, the largest share of its tolerance that each comparison of tensors uses up, in order."""
    used: list[float] = []
    before = _used.set(used)
    try:
        yield used
    finally:
        _used.reset(before)


@contextmanager
def only_this_share_of_tolerances(share: float) -> Iterator[None]:
    """Compare with this share of every tolerance inside the block."""
    before = _allowed.set(share)
    try:
        yield
    finally:
        _allowed.reset(before)


def allowed_share() -> float:
    """The share of every tolerance in force: 1, unless a control run compares more strictly."""
    return _allowed.get()


def note_used_share(apart: Tensor, allowed: Tensor) -> None:
    """Record the share of the tolerance that a comparison used, inside `shares_of_tolerances`."""
    used = _used.get()
    if used is not None and apart.numel():
        used.append(float((apart / allowed).nan_to_num(nan=torch.inf).max()))
