"""Remember the right answers: a class that is graded on the same inputs asks for the same ones again and again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from functools import wraps
from typing import Any, TypeVar

from torch import Tensor

Result = TypeVar("Result")
MAX_CACHED_ANSWERS = 256  # answers of one function: more than one submission asks for


def memoize(function: Callable[..., Result]) -> Callable[..., Result]:
    """The function, which computes each answer once. Nobody may change what it returns.

    For functions of numbers, texts, tensors, and sequences and dicts of them, whose answer depends on nothing else. An answer
    that gradients must flow through is computed again each time.
    """
    answers: OrderedDict[Hashable, Result] = OrderedDict()

    @wraps(function)
    def remembering(*args: Any) -> Result:
        if any(map(_asks_for_gradients, args)):
            return function(*args)
        key = _key(args)
        if key not in answers:
            if len(answers) >= MAX_CACHED_ANSWERS:
                answers.popitem(last=False)
            answers[key] = function(*args)
        return answers[key]

    return remembering


def _asks_for_gradients(value: Any) -> bool:
    if isinstance(value, dict):
        value = list(value.values())
    return any(map(_asks_for_gradients, value)) if isinstance(value, list | tuple) else getattr(value, "requires_grad", False)


def _key(value: Any) -> Hashable:
    """Equal for equal questions only: 1, True and 1.0 are three."""
    if isinstance(value, Tensor):
        return value.dtype, value.shape, value.numpy().tobytes()
    if isinstance(value, dict):
        return dict, *((name, _key(item)) for name, item in value.items())
    return type(value), tuple(map(_key, value)) if isinstance(value, list | tuple) else value
