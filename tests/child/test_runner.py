"""Side effects of a call: settings that it switches are reported, and restored before the next call."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
import torch

from autograder.child.runner import Runner
from autograder.protocol.replies import DEFAULT_DTYPE, GRAD_MODE, REQUIRES_GRAD
from autograder.protocol.requests import Call


def switched_by(function: Callable[..., Any]) -> list[str]:
    header, _ = Runner({"function": function}).execute(*Call("function", [torch.ones(2)], "r1").to_wire())
    found: list[str] = header["ok"]["switched"]
    return found


@pytest.mark.parametrize(
    ("function", "switched"),
    [
        (lambda x: torch.set_default_dtype(torch.float64), [DEFAULT_DTYPE]),
        (lambda x: torch.no_grad().__enter__(), [GRAD_MODE]),
        (lambda x: x.requires_grad_(), [REQUIRES_GRAD]),
        (lambda x: x.clone().requires_grad_(), []),
        (lambda x: torch.autograd.Variable(x, requires_grad=True), []),
        (lambda x: torch.set_default_dtype(torch.float32), []),
    ],
    ids=["default dtype", "gradient mode", "requires_grad", "a copy's requires_grad", "Variable", "no change"],
)
def test_what_a_call_switches_is_told_and_undone(function: Callable[..., Any], switched: list[str]) -> None:
    assert switched_by(function) == switched
    assert (torch.get_default_dtype(), torch.is_grad_enabled()) == (torch.float32, True)


def test_what_a_call_switches_is_undone_when_it_raises() -> None:
    def function(x: torch.Tensor) -> None:
        torch.set_default_dtype(torch.float64)
        raise ValueError

    header, _ = Runner({"function": function}).execute(*Call("function", [torch.ones(2)], "r1").to_wire())
    assert "error" in header
    assert torch.get_default_dtype() == torch.float32
