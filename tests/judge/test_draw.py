"""Random inputs: equal for the same seed and test, different otherwise, and of the requested sizes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from autograder.judge.draw import Draw

DRAWN: dict[str, Callable[[Draw], Any]] = {
    "sizes": lambda d: d.sizes(4),
    "an integer": lambda d: [d.integer(0, 1 << 40)],
    "a permutation": lambda d: d.permutation(20),
    "normal": lambda d: d.normal(3, 4).tolist(),
    "uniform": lambda d: d.uniform(0.5, 3, 4).tolist(),
    "indices": lambda d: d.indices(1000, 3, 4).tolist(),
    "a word": lambda d: d.word("abcdefgh", 20),
    "one of them": lambda d: [d.one_of(range(1 << 40))],
}


@pytest.mark.parametrize("draw", DRAWN.values(), ids=DRAWN.keys())
def test_a_seed_and_a_test_give_the_same_again_and_others_give_others(draw: Callable[[Draw], Any]) -> None:
    first = [draw(Draw(7, "a/b/test_c")) for _ in range(2)]
    assert first[0] == first[1]
    assert draw(Draw(8, "a/b/test_c")) != first[0]
    assert draw(Draw(7, "a/b/test_d")) != first[0]


def test_the_stream_is_numpys_and_does_not_change() -> None:
    assert Draw(7, "a/b/test_c").permutation(8) == [6, 0, 1, 7, 3, 5, 4, 2]


@pytest.mark.parametrize("seed", range(20))
def test_values_are_within_their_bounds(seed: int) -> None:
    draw = Draw(seed, "bounds")
    sizes = draw.sizes(5, 3, 8)
    assert len(set(sizes)) == 5
    assert all(3 <= size <= 8 for size in sizes)
    assert {draw.integer(1, 2) for _ in range(50)} == {1, 2}
    assert sorted(draw.permutation(6)) == list(range(6))
    assert float(draw.uniform(0.25, 100).abs().max()) <= 0.25
    assert int(draw.indices(3, 100).max()) <= 2
    assert draw.one_of("x") == "x"


def test_weights_are_shaped_as_pytorch_stores_them_and_no_bias_is_small_everywhere() -> None:
    found = Draw(3, "weights").weights(4, 5, 6)
    layer = torch.nn.LSTM(5, 6)
    assert [w.shape for w in found] == [p.shape for p in layer.parameters()]
    assert all(w.dtype == torch.float32 and float(w.abs().max()) > 0.1 for w in found)
