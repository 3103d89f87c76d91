"""Random inputs for hidden tests: distinct sizes, weights like PyTorch's with biases that are not zero.

Drawn from the run's seed and the test's name with numpy's PCG64, so a recorded seed gives the same inputs again, whatever
the version of torch and whatever other tests ran before.
"""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import torch
from torch import Tensor

Item = TypeVar("Item")


def expanding_nothing(weight_hh: Tensor) -> Tensor:
    """The recurrent weight of a plain RNN, scaled down until it expands nothing."""
    return weight_hh / max(1.0, float(torch.linalg.matrix_norm(weight_hh, 2)))


class Draw:
    """One test's source of random values."""

    def __init__(self, seed: int, name: str) -> None:
        digest = hashlib.sha256(f"{seed}/{name}".encode()).digest()
        self.rng = np.random.Generator(np.random.PCG64(int.from_bytes(digest[:16], "little")))

    def sizes(self, count: int, low: int = 2, high: int = 9) -> list[int]:
        """Different sizes, so that no two axes can be taken for one another."""
        return [int(n) for n in self.rng.choice(np.arange(low, high + 1), size=count, replace=False)]

    def integer(self, low: int, high: int) -> int:
        """low <= n <= high."""
        return int(self.rng.integers(low, high + 1))

    def one_of(self, items: Sequence[Item]) -> Item:
        return items[self.integer(0, len(items) - 1)]

    def permutation(self, n: int) -> list[int]:
        return [int(i) for i in self.rng.permutation(n)]

    def normal(self, *shape: int) -> Tensor:
        """Standard-normal float32."""
        return torch.from_numpy(self.rng.standard_normal(shape, dtype=np.float32))

    def uniform(self, bound: float, *shape: int) -> Tensor:
        """Uniform float32 in [-bound, bound]."""
        return torch.from_numpy(self.rng.uniform(-bound, bound, shape).astype(np.float32))

    def indices(self, high: int, *shape: int) -> Tensor:
        """int64 in [0, high)."""
        return torch.from_numpy(self.rng.integers(0, high, shape))

    def weights(self, gates: int, input_size: int, hidden_size: int) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        """weight_ih, weight_hh, bias_ih, bias_hh as PyTorch stores them, all of a size that shows.

        The weight_hh of a plain RNN expands nothing: otherwise rounding grows with every step, and right answers drift apart.
        """
        rows, bound = gates * hidden_size, 1.5 / hidden_size**0.5
        weight_ih, weight_hh = self.uniform(bound, rows, input_size), self.uniform(bound, rows, hidden_size)
        if gates == 1:
            weight_hh = expanding_nothing(weight_hh)
        return weight_ih, weight_hh, self.uniform(0.9, rows), self.uniform(0.9, rows)

    def word(self, letters: Sequence[str], length: int) -> str:
        return "".join(self.one_of(letters) for _ in range(length))
