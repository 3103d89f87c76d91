"""How much of a tolerance a right answer needs: asked for by a control run, and by a search for bad seeds."""

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
    """The largest share of its tolerance that each comparison of tensors uses up, in order, for a while."""
    used: list[float] = []
    before = _used.set(used)
    try:
        yield used
    finally:
        _used.reset(before)


@contextmanager
def only_this_share_of_tolerances(share: float) -> Iterator[None]:
    """Compare more strictly for a while, to see how much of its tolerance a right answer needs."""
    before = _allowed.set(share)
    try:
        yield
    finally:
        _allowed.reset(before)


def allowed_share() -> float:
    """1, unless a control run compares more strictly."""
    return _allowed.get()


def note_used_share(apart: Tensor, allowed: Tensor) -> None:
    """Note it, if somebody has asked for it."""
    used = _used.get()
    if used is not None and apart.numel():
        used.append(float((apart / allowed).nan_to_num(nan=torch.inf).max()))
