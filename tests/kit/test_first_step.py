"""The advice on a wrong first step of training, from optimisers and losses that are really run."""

from __future__ import annotations

from collections.abc import Callable

import pytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from autograder.kit.first_step import BOTH, DIRECTION, GENERAL, LENGTH, STAYED, first_step_hint

LR = 0.05


def adam(model: nn.Module, lr: float = LR) -> torch.optim.Optimizer:
    return torch.optim.Adam(model.parameters(), lr=lr)


def trained(optimizer: Callable[[nn.Module], torch.optim.Optimizer], labels: Tensor, steps: int = 1) -> dict[str, Tensor]:
    model, inputs = started()
    stepping = optimizer(model)
    for _ in range(steps):
        stepping.zero_grad()
        F.cross_entropy(model(inputs), labels).backward()
        stepping.step()
    return {name: p.detach() for name, p in model.named_parameters()}


def started() -> tuple[nn.Module, Tensor]:
    torch.manual_seed(3)
    return nn.Sequential(nn.Linear(6, 8), nn.Tanh(), nn.Linear(8, 4)), torch.randn(5, 6)


LABELS, OTHERS = torch.tensor([0, 1, 2, 3, 0]), torch.tensor([1, 2, 3, 0, 1])


@pytest.mark.parametrize(
    ("after", "hint"),
    [
        pytest.param(lambda: trained(adam, OTHERS), DIRECTION, id="other labels"),
        pytest.param(lambda: trained(lambda m: torch.optim.SGD(m.parameters(), lr=LR), LABELS), LENGTH, id="SGD"),
        pytest.param(lambda: trained(lambda m: adam(m, 10 * LR), LABELS), LENGTH, id="ten times lr"),
        pytest.param(lambda: trained(lambda m: adam(m, 10 * LR), OTHERS), BOTH, id="ten times lr and other labels"),
        pytest.param(
            lambda: trained(lambda m: torch.optim.SGD(m.parameters(), lr=LR), OTHERS), GENERAL, id="SGD and other labels"
        ),
        pytest.param(lambda: trained(lambda m: adam(m[2]), LABELS), STAYED.format("0.weight"), id="one layer only"),
    ],
)
def test_advice_tells_gradient_and_optimiser_apart(after: Callable[[], dict[str, Tensor]], hint: str) -> None:
    before = {name: p.detach() for name, p in started()[0].named_parameters()}
    assert first_step_hint(before, after(), trained(adam, LABELS), LR) == hint
