"""When two gradients count as equal up to rounding."""

from __future__ import annotations

import pytest
import torch

from autograder.kit.probes import same_gradient

NAN = float("nan")


@pytest.mark.parametrize(
    ("got", "right", "same"),
    [
        pytest.param([20.0, 0.014], [20.0, 0.014], True, id="equal"),
        pytest.param([20.0, 0.01414], [20.0, 0.014], True, id="large products cancelled in a small entry"),
        pytest.param([20.0, 0.0145], [20.0, 0.014], False, id="a small entry is off by more than rounding"),
        pytest.param([20.01, 0.014], [20.0, 0.014], False, id="the largest entry is off"),
        pytest.param([0.2, 0.01414], [0.2, 0.014], False, id="no large products"),
        pytest.param([0.0, 0.014], [20.0, 0.014], False, id="the largest entry is missing"),
        pytest.param([NAN, 0.014], [20.0, 0.014], False, id="NaN"),
        pytest.param([20.0, NAN], [20.0, NAN], False, id="NaN on both sides"),
        pytest.param([20.0], [20.0, 20.0], False, id="another shape"),
        pytest.param([20.0, -0.014], [20.0, 0.014], False, id="another sign"),
    ],
)
def test_same_gradient(got: list[float], right: list[float], same: bool) -> None:
    assert same_gradient(torch.tensor(got), torch.tensor(right)) is same
