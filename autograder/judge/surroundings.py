"""What surrounds a pytest session while it grades: no options from outside, one thread, and no module of an earlier session."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import Any

import torch


def forget_graders(known: set[str]) -> None:
    """pytest keeps test modules by name, and every assignment has a test_train: the next session must load its own."""
    for name in set(sys.modules) - known:
        if name.rpartition(".")[2].startswith("test_"):
            del sys.modules[name]


@contextlib.contextmanager
def small_tensors() -> Iterator[None]:
    """Ours are tiny: threads only wait for each other, and oneDNN compiles and keeps a kernel for each new shape (300 MB)."""
    threads = torch.get_num_threads()
    mkldnn: Any = torch.backends.mkldnn
    enabled = mkldnn.enabled
    torch.set_num_threads(1)
    mkldnn.enabled = False
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        mkldnn.enabled = enabled


class CleanEnvironment:
    """pytest must not pick up options or plugins from the environment while it grades."""

    NAMES = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD", "PYTEST_CURRENT_TEST")

    def __enter__(self) -> None:
        self.saved = {name: os.environ.pop(name) for name in self.NAMES if name in os.environ}
        self.bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"

    def __exit__(self, *_: object) -> None:
        for name in self.NAMES:
            os.environ.pop(name, None)
        os.environ.update(self.saved)
        sys.dont_write_bytecode = self.bytecode
