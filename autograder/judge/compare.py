"""Compare an answer with the expected value and describe the difference. Pure: values in, a `Mismatch` or None out.

Exact shape, exact dtype, finite, then |got - expected| <= atol + rtol * |expected|, written so that NaN fails. Lists and
tuples of values stand for one another, in a shape they do not; empty and broadcastable answers fail because shapes are
compared first.

An answer comes from a process that has seen hidden inputs, so nothing that could carry them out is quoted from it: no text, no
key, no name of a class of its own, only sizes and short numbers.
"""

from __future__ import annotations

import builtins
import math
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any

import torch
from torch import Tensor

from autograder.protocol.values import DTYPES, Handle, Odd
from autograder.sanitize import one_line

from .compare_hints import MOVED, same_numbers, shape_hint, size_text, value_hint
from .tolerances import allowed_share, note_used_share

RTOL = ATOL = 1e-5  # float32 keeps about seven digits; a loop of fifty steps loses one or two of them


@dataclass(frozen=True)
class Mismatch:
    """What differs. `where` is the part of the answer (`[1]`), `text` what was found and expected.

    look: the hint, or what works it out: diagnosis compares thousands of answers and shows none.
    """

    where: str
    text: str
    look: str | Callable[[], str] = ""
    only_values: bool = False  # finite numbers of the right shape and type, but not the right ones

    @cached_property
    def hint(self) -> str:
        """The next look."""
        return self.look() if callable(self.look) else self.look

    @property
    def unexplained(self) -> bool:
        """Nothing but the values differs, and nothing shows where."""
        return self.only_values and not self.hint


def mismatch(
    got: Any, expected: Any, axes: Any = None, *, rtol: float = RTOL, atol: float = ATOL, where: str = ""
) -> Mismatch | None:
    """The first difference between an answer and the expected value.

    axes: the names of a tensor's axes, `"batch hidden_size"`; for a tuple, a tuple of such names.
    """
    if isinstance(expected, Tensor):
        return _tensor_mismatch(got, expected, (axes or "").split(), rtol, atol, where)
    if isinstance(expected, list | tuple):
        return _sequence_mismatch(got, expected, axes, rtol, atol, where)
    if isinstance(expected, dict):
        return _dict_mismatch(got, expected, where)
    if isinstance(expected, float):
        right = isinstance(got, float | int) and not isinstance(got, bool)
        right = right and math.isfinite(got) and abs(got - expected) <= allowed_share() * (atol + rtol * abs(expected))
        return None if right else Mismatch(where, f"{describe(got)}, expected the float {expected:.4g}.")
    if type(got) is type(expected) and got == expected:
        return None
    return Mismatch(where, f"{describe(got)}, expected {_wanted(expected)}.")


KNOWN_TYPES = frozenset(
    {n for n, v in vars(builtins).items() if isinstance(v, type)}
    | {n for n, v in vars(torch.nn).items() if isinstance(v, type) and issubclass(v, torch.nn.Module)}
    | set("generator function method module ndarray Size PackedSequence dict_keys dict_values dict_items list_iterator".split())
)
_ODD: tuple[tuple[re.Pattern[str], frozenset[str], str, str], ...] = (
    (re.compile(r"a value of type (\w+)"), KNOWN_TYPES, "a value of type {}", "an object of a class of its own"),
    (re.compile(r"a tensor of dtype (\w+), "), frozenset({*DTYPES, "complex64", "complex128"}), "a tensor of dtype {}",
     "an odd tensor"),
    (re.compile(r"a tensor with \d+ elements"), frozenset(), "", "a tensor that is far too large"),
    (re.compile(r"a (huge int|very long sequence|very large dict|value nested too deeply)"),
     frozenset({"huge int", "very long sequence", "very large dict", "value nested too deeply"}), "a {}", ""),
)  # fmt: skip


def describe(value: Any) -> str:
    """What an answer is, in a few words, as a learner would name it; never its numbers when it is a tensor, nor its text."""
    if isinstance(value, Tensor):
        return f"a tensor of shape {shape_text(value.shape)}"
    if isinstance(value, Odd):
        return _odd(value.description)
    if isinstance(value, Handle):
        return object_text(value.type_name)
    if value is None:
        return "None (is a `return` missing?)"
    if isinstance(value, str):
        return "an empty string" if not value else f"a string of length {len(value)}"
    if isinstance(value, bool):
        return f"the bool {value}"
    if isinstance(value, int):
        return f"the int {value}" if abs(value) < 100_000 else "a large int"
    if isinstance(value, float):
        return f"the float {value:.4g}"
    if isinstance(value, tuple) and all(type(n) is int for n in value):
        return f"the tuple {shape_text(value)}"
    if isinstance(value, list | tuple | dict):
        return f"a {type(value).__name__} with {len(value)} items"
    return "an object that stays in your process"


def _odd(description: str) -> str:
    """The descriptions that `encode` writes, as far as they are ours."""
    for pattern, words, text, otherwise in _ODD:
        if match := pattern.match(description):
            return text.format(match.group(1)) if match.groups() and match.group(1) in words else otherwise
    return "a value that no task asks for"


def object_text(class_name: str) -> str:
    """Describe an object by its class, if that is Python's or torch's; any other name could encode a hidden input."""
    return f"an object of class {class_name}" if class_name in KNOWN_TYPES else "an object of a class of your own"


def shape_text(shape: Any) -> str:
    """Format a shape; abbreviate implausible ones."""
    if len(shape) > 6:
        return f"({len(shape)} axes)"
    sizes = ", ".join(map(size_text, shape))
    return f"({sizes},)" if len(shape) == 1 else f"({sizes})"


def _wanted(value: Any) -> str:
    """Describe an expected value; a string of ours may be quoted."""
    return f"the string {one_line(value, 60)!r}" if isinstance(value, str) else describe(value)


def _sequence_mismatch(got: Any, expected: Any, axes: Any, rtol: float, atol: float, where: str) -> Mismatch | None:
    if not isinstance(got, list | tuple):
        return Mismatch(where, f"{describe(got)}, expected {_count(expected)}.", "Return all the parts, separated by commas.")
    if isinstance(got, list) and _is_shape(expected):
        return Mismatch(
            where, f"a list, expected the tuple {shape_text(expected)}.", "A shape is a tuple: write (a, b), not [a, b]."
        )
    if len(got) != len(expected):
        return Mismatch(where, f"{len(got)} parts, expected {len(expected)}.", "Look at the return line and the docstring.")
    for i, (one, other) in enumerate(zip(got, expected, strict=True)):
        names = axes[i] if isinstance(axes, tuple) else axes
        found = mismatch(one, other, names, rtol=rtol, atol=atol, where=f"{where}[{i}]")
        if found:
            return found
    return None


def _is_shape(value: Any) -> bool:
    return isinstance(value, tuple) and bool(value) and all(type(n) is int for n in value)


def _count(expected: Any) -> str:
    return f"a {type(expected).__name__} of {len(expected)} parts"


def _dict_mismatch(got: Any, expected: dict[Any, Any], where: str) -> Mismatch | None:
    if not isinstance(got, dict):
        return Mismatch(where, f"{describe(got)}, expected a dict with the keys {', '.join(map(str, expected))}.")
    if set(got) != set(expected):
        missing = one_line(", ".join(str(key) for key in expected if key not in got) or "none", 200)
        surplus = sum(key not in expected for key in got)
        text = f"a dict with {len(got)} keys, expected the keys {one_line(', '.join(map(str, expected)), 400)}."
        return Mismatch(where, text, f"Missing: {missing}. Keys that should not be there: {surplus}.")
    for key, other in expected.items():
        found = mismatch(got[key], other, where=f"{where}[{key!r}]")
        if found:
            return found
    return None


def _tensor_mismatch(got: Any, expected: Tensor, axes: list[str], rtol: float, atol: float, where: str) -> Mismatch | None:
    if not isinstance(got, Tensor):
        return Mismatch(where, f"{describe(got)}, expected a tensor of shape {_named(expected.shape, axes)}.")
    if got.shape != expected.shape:
        text = f"shape {shape_text(got.shape)}, expected {_named(expected.shape, axes)}."
        return Mismatch(where, text, shape_hint(tuple(got.shape), tuple(expected.shape), axes))
    if got.dtype != expected.dtype:
        return Mismatch(where, f"dtype {got.dtype}, expected {expected.dtype}.", _dtype_hint(got.dtype, expected.dtype))
    right = close(got, expected, rtol, atol)
    if bool(right.all()):
        return None
    text = f"the shape {shape_text(got.shape)} is right, the values are not."

    def look() -> str:
        return MOVED if same_numbers(got, expected, rtol, atol) else value_hint(got, right, axes)

    return Mismatch(where, text, look, bool(torch.isfinite(got).all()))


def close(got: Tensor, expected: Tensor, rtol: float = RTOL, atol: float = ATOL) -> Tensor:
    """Elementwise |got - expected| <= atol + rtol |expected|, False where `got` is not finite."""
    one, other = got.detach().double(), expected.detach().double()
    apart, allowed = (one - other).abs(), atol + rtol * other.abs()
    note_used_share(apart, allowed)
    return torch.isfinite(one) & (apart <= allowed_share() * allowed)


def _named(shape: torch.Size, axes: list[str]) -> str:
    numbers = str(tuple(shape))
    return f"({', '.join(axes)}) = {numbers}" if len(axes) == len(shape) and axes else numbers


def _dtype_hint(got: torch.dtype, expected: torch.dtype) -> str:
    if expected == torch.float32 and got == torch.int64:
        return "F.one_hot and lists of ints give int64: convert with .float()."
    if expected == torch.float32 and got == torch.float64:
        return "numpy and Python floats can give float64: convert with .float()."
    return "Convert it at the end."
