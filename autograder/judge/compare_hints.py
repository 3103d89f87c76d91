"""Say what may be behind a wrong shape or wrong values: swapped axes, a missing one, the part that is right. Pure."""

from __future__ import annotations

import math
from itertools import permutations

import torch
from torch import Tensor

MOVED = (
    "These are the right numbers in the wrong places. Are parts joined in another order? Are axes cut anew with view or reshape "
    "that have to be swapped?"
)


def size_text(n: int) -> str:
    return str(n) if abs(n) < 10_000 else "huge"


def shape_hint(got: tuple[int, ...], expected: tuple[int, ...], axes: list[str]) -> str:
    """Explain a wrong shape: swapped axes, a missing or surplus one, the same numbers in other axes."""
    names = axes if len(axes) == len(expected) else [f"axis {i}" for i in range(len(expected))]
    if len(got) == len(expected) and sorted(got) == sorted(expected):
        moved = [i for i in range(len(got)) if got[i] != expected[i]]
        if len(moved) == 2:
            which = "The two axes look" if len(got) == 2 else f"{names[moved[0]]} and {names[moved[1]]} look"
            return f"{which} swapped."
        for order in permutations(range(len(got))):
            if tuple(expected[i] for i in order) == got:
                return f"The axes come in the order ({', '.join(names[i] for i in order)})."
    if len(got) == len(expected) + 1:
        for i in range(len(got)):
            if got[:i] + got[i + 1 :] == expected:
                return f"Axis {i} of size {size_text(got[i])} is one too many."
    if len(got) == len(expected) - 1:
        for i in range(len(expected)):
            if expected[:i] + expected[i + 1 :] == got:
                return f"The {names[i]} axis is missing."
    if 0 in got:
        return "The tensor is empty."
    for i in range(len(expected) - 1):
        if got == (*expected[:i], expected[i] * expected[i + 1], *expected[i + 2 :]):
            steps_joined = " torch.stack makes a new axis, torch.cat does not." if names[i] == "seq_len" else ""
            return f"{names[i]} and {names[i + 1]} are joined to one axis.{steps_joined}"
    if math.prod(got) == math.prod(expected):
        return "The count of numbers is right, but they are cut into other axes."
    if len(got) == len(expected):
        moved = [i for i in range(len(got)) if got[i] != expected[i]]
        wrong = [names[i] for i in moved]
        return f"Look at {' and '.join(wrong)}." + (_count_hint(moved[0], got, expected, names) if len(moved) == 1 else "")
    return f"Expected {len(expected)} axes, found {len(got)}."


def _count_hint(axis: int, got: tuple[int, ...], expected: tuple[int, ...], names: list[str]) -> str:
    """What a wrong number of steps or words may come from."""
    if names[axis] not in ("seq_len", "batch"):
        return ""
    if got[axis] == 1 < expected[axis] - 1:
        return " There is only one: is return inside the loop, or is a single one picked?"
    if names[axis] == "seq_len" and abs(got[axis] - expected[axis]) == 1:
        return f" There is one too {'many' if got > expected else 'few'}: where does the loop start, and where does it end?"
    return ""


def value_hint(got: Tensor, right: Tensor, axes: list[str]) -> str:
    """Say where the values are wrong, without showing them; '' when there is no pattern."""
    if got.is_floating_point() and not bool(torch.isfinite(got).all()):
        return "Some of them are NaN or infinite."
    if bool((got == 0).all()):
        return "They are all zero."
    if got.numel() > 1 and bool((got == got.flatten()[0]).all()):
        return "They are all the same number."
    for position, name in enumerate(axes if len(axes) == got.dim() else []):
        rest = [i for i in range(got.dim()) if i != position]
        good = right.all(dim=tuple(rest)) if rest else right
        if got.shape[position] > 1 and 0 < int(good.sum()) < len(good):
            return _slices(name, good.tolist())
    return ""


_PARTS = {
    "seq_len": "time step", "batch": "batch item", "batch_size": "batch item", "hidden_size": "hidden unit",
    "num_layers": "layer", "features": "feature", "input_size": "feature", "embedding_size": "column", "num_class": "class",
    "num_classes": "class",
}  # fmt: skip


def _slices(name: str, good: list[bool]) -> str:
    """Say which part of an axis is right, in the task's words. Joined axes, as in seq_len*batch, are rows."""
    what = "row" if "*" in name else _PARTS.get(name, "position")
    many = "classes" if what == "class" else f"{what}s"
    first = good.index(False)
    if all(good[:first]) and not any(good[first:]):
        before = f"{what} 0 is" if first == 1 else f"{many} 0 to {first - 1} are"
        return f"{before} right, from {what} {first} on they are wrong."
    last = len(good) - 1
    if not any(good[:last]):
        return f"Only the last {what} is right."
    return f"{sum(good)} of {len(good)} {many} are right; the first wrong one is {first}."


def same_numbers(got: Tensor, expected: Tensor, rtol: float, atol: float) -> bool:
    """Whether these are the right numbers in other places; of zeros and ones that says nothing."""
    one, other = (tensor.detach().double().flatten().sort().values for tensor in (got, expected))
    return len(other.unique()) > 2 and bool(((one - other).abs() <= atol + rtol * other.abs()).all())
