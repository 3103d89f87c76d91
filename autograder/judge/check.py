"""Compare answers with what is expected, and fail with call, got, expected and the next step."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from .compare import mismatch
from .failures import CheckFailed
from .remote import Answer

WAVERS = (
    "The same call, made again, gives another answer: is something random (dropout, randn), or kept from one call to the next?"
)


def check(answer: Answer, expected: Any, axes: Any = None, *, rtol: float = 1e-5, atol: float = 1e-5) -> None:
    """Raise CheckFailed unless the answer equals `expected` (see compare.py)."""
    found = mismatch(answer.value, expected, axes, rtol=rtol, atol=atol)
    if found:
        hint, unexplained = found.hint, found.unexplained
        if found.only_values and mismatch(answer.again().value, answer.value) is not None:
            hint, unexplained = WAVERS, False
        text = f"{answer.label}{found.where}: {found.text}" + (f"\n{hint}" if hint else "")
        raise CheckFailed(text, unexplained=unexplained)


def check_all(answers: Iterable[Answer], expected: Iterable[Any], axes: Any = None) -> None:
    """`check` for answer after answer, as they come from `Submission.call_many`."""
    for answer, right in zip(answers, expected, strict=True):
        check(answer, right, axes)
