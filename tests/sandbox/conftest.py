"""Sandboxes for the tests. A zygote takes seconds to start, so each kind is started once and shared."""

from __future__ import annotations

import contextlib
import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autograder.sandbox import Sandbox, paths

STUB = Path(__file__).parent / "stub" / "runner.py"


@pytest.fixture(scope="session")
def stub_child(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder `child` with a runner that runs the text it is sent."""
    folder = tmp_path_factory.mktemp("sandbox") / "child"
    shutil.copytree(paths.CHILD, folder, ignore=shutil.ignore_patterns("__pycache__", "runner.py"))
    shutil.copy(STUB, folder / "runner.py")
    return folder


@pytest.fixture(scope="session")
def sandbox_like(stub_child: Path, bubblewrap_works: bool) -> Iterator[Callable[..., Sandbox]]:
    """sandbox_like(**options): one Sandbox for each set of options, shared by all tests."""
    with contextlib.ExitStack() as stack:
        started: dict[tuple, Sandbox] = {}

        def start(**options: object) -> Sandbox:
            if options.get("bubblewrap") == "required" and not bubblewrap_works:
                pytest.skip("needs bubblewrap: apt-get install bubblewrap")
            key = tuple(sorted(options.items()))
            if key not in started:
                started[key] = stack.enter_context(Sandbox(_child=stub_child, **options))
            return started[key]

        yield start


@pytest.fixture(params=["off", "required"], ids=["without bubblewrap", "with bubblewrap"])
def sandbox(request: pytest.FixtureRequest, sandbox_like: Callable[..., Sandbox]) -> Sandbox:
    return sandbox_like(bubblewrap=request.param)


@pytest.fixture
def canary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A file that anybody on this machine may read and write, but no submission."""
    path = Path("/tmp") / f"autograder-test-canary-{os.getpid()}"
    path.write_text("canary")
    path.chmod(0o666)
    yield path
    path.unlink()
