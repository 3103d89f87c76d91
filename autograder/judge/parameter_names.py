"""Match the submission's parameters with ours by name, and describe differences."""

from __future__ import annotations

import re
from collections.abc import Collection, Mapping

from torch import Tensor

from autograder.sanitize import one_line

from .compare import shape_text


class NamedParameters(dict[str, Tensor]):
    """Parameters by name. A name could encode a hidden input, so it is shown only if its parts occur in the
    submission's source or are torch's own."""

    TORCH = re.compile(r"(weight|bias)(_ih|_hh)?(_l\d)?(_reverse)?|in_proj_weight|\d{1,2}")

    def __init__(self, words: Collection[str]) -> None:
        super().__init__()
        self.words = words

    def shown(self, name: str) -> str:
        parts = name.split(".")
        own = len(parts) <= 4 and all(part in self.words or self.TORCH.fullmatch(part) for part in parts)
        return one_line(name, 80) if own else "a name that does not stand in your file"


def matched_names(found: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> dict[str, str]:
    """The found name for each expected one: the same name, or the same position when the shapes have the same order."""
    if set(found) == set(expected):
        return {name: name for name in expected}
    if [tuple(t.shape) for t in found.values()] == [tuple(t.shape) for t in expected.values()]:
        return dict(zip(expected, found, strict=True))
    return {}


def names_difference(found: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> str:
    """Parameter names and shapes side by side where they differ; '' when they agree."""
    one, other = ({name: tuple(t.shape) for name, t in d.items()} for d in (found, expected))
    shown = found.shown if isinstance(found, NamedParameters) else NamedParameters(()).shown
    if one == other:
        return ""
    surplus = [n for n in one if n not in other]
    missing = [n for n in other if n not in one]
    lines = [f"found {shown(a)}, expected {b}" for a, b in zip(surplus, missing, strict=False)]
    lines += [f"found {shown(n)}, which should not be there" for n in surplus[len(missing) :]]
    lines += [f"{n} is missing" for n in missing[len(surplus) :]]
    lines += [f"{n} has shape {shape_text(one[n])}, expected {other[n]}" for n in one if n in other and one[n] != other[n]]
    return "parameter names and shapes differ.\n" + "\n".join([*lines[:6], *(["..."] if len(lines) > 6 else [])])
