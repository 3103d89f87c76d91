"""The environment of a grading pytest session: no outside options, one thread, no grader modules of an earlier session."""

from __future__ import annotations

import contextlib
import os
import sys
from collections.abc import Iterator
from typing import Any

import torch


def forget_graders(known: set[str]) -> None:
    """Unload the grader modules: pytest keeps them by name, and every assignment has a test_train."""
    for name in set(sys.modules) - known:
        if name.rpartition(".")[2].startswith("test_"):
            del sys.modules[name]


@contextlib.contextmanager
def small_tensors() -> Iterator[None]:
    """Use one thread and no oneDNN: tensors are tiny, and oneDNN compiles and keeps a kernel for each new shape (300 MB)."""
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
    """Keeps pytest from picking up options or plugins from the environment."""

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
