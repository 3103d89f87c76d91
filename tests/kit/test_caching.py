"""Reference answers are memoized for equal requests, and for no others."""

from __future__ import annotations

import torch
from torch import Tensor

from autograder.kit import caching as module
from autograder.kit.caching import memoize


def test_an_equal_question_is_answered_once() -> None:
    asked = []

    @memoize
    def twice(weights: dict[str, Tensor], x: Tensor, n: int) -> Tensor:
        asked.append(n)
        return x * n + weights["a"]

    def right(a: float, x: float, n: int) -> None:
        assert twice({"a": torch.tensor(a)}, torch.tensor(x), n).item() == x * n + a

    for question in ((1.0, 2.0, 3), (1.0, 2.0, 3), (1.0, 2.0, 4), (1.0, 5.0, 3), (7.0, 2.0, 3), (1.0, 2.0, 3)):
        right(*question)
    assert asked == [3, 4, 3, 3]


def test_shape_type_and_names_are_part_of_the_question() -> None:
    shape = memoize(lambda x: (x.dtype, tuple(x.shape)))
    for x in (torch.zeros(2, 3), torch.zeros(3, 2), torch.zeros(6), torch.zeros(2, 3, dtype=torch.int32)):
        assert shape(x) == (x.dtype, tuple(x.shape))
    kind = memoize(lambda value: type(value))
    assert [kind(value) for value in (1, True, 1.0, (1,), [1])] == [int, bool, float, tuple, list]
    names = memoize(lambda values: list(values))
    assert names({"a": 1, "b": 2}) == ["a", "b"]
    assert names({"b": 1, "a": 2}) == ["b", "a"]


def test_what_gradients_flow_through_is_made_anew() -> None:
    double = memoize(lambda parts: parts[0] * 2)
    for _ in range(2):
        x = torch.ones(3, requires_grad=True)
        double((x,)).sum().backward()
        assert x.grad.tolist() == [2, 2, 2]


def test_old_answers_are_forgotten() -> None:
    asked = []
    number = memoize(lambda n: asked.append(n))
    for n in (*range(module.MAX_CACHED_ANSWERS + 1), 0):
        number(n)
    assert len(asked) == module.MAX_CACHED_ANSWERS + 2
