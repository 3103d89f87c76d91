"""Judge and child compute with the same kernels, and nothing else of the judge's environment reaches a child."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from autograder.sandbox import Sandbox, bubblewrap

ASKED = """
import os, torch
answer = [torch.backends.cpu.get_cpu_capability(), sorted(set(os.environ) & {"ATEN_CPU_CAPABILITY", "MKL_CBWR", "CANARY"})]
"""


@pytest.fixture
def anew() -> Iterator[None]:
    """The bubblewrap command holds the environment and is remembered."""
    bubblewrap.find.cache_clear()
    yield
    bubblewrap.find.cache_clear()


@pytest.mark.parametrize("wrapping", ["off", "required"], ids=["without bubblewrap", "with bubblewrap"])
def test_the_choice_of_kernels_reaches_the_child(
    wrapping: str, stub_child: Path, bubblewrap_works: bool, anew: None, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    if wrapping == "required" and not bubblewrap_works:
        pytest.skip("needs bubblewrap: apt-get install bubblewrap")
    assert torch.backends.cpu.get_cpu_capability() != "DEFAULT"  # or this test shows nothing
    monkeypatch.setenv("ATEN_CPU_CAPABILITY", "default")
    monkeypatch.setenv("CANARY", "seen")
    with Sandbox(_child=stub_child, bubblewrap=wrapping) as sandbox, sandbox.child(0) as child:
        assert child.request({"code": ASKED})[0] == {"answer": ["DEFAULT", []]}
