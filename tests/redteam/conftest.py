"""Shared by the red team: a course and files with canaries in them, and one warm sandbox for each mode."""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autograder.course import Assignment, Course
from autograder.sandbox import Sandbox, paths

ROOT = Path(__file__).parents[2]
CANARY = "hidden-canary-5d0c1f7e"  # what no submission may get to see
LEAKS = ("leak-7f3a", "leak7f3a", "leak_7f3a")  # what submissions try to send back once they have seen hidden inputs
SECRETS = Path("/tmp/autograder-redteam")  # a place that submissions know by name


@pytest.fixture(scope="session")
def hidden() -> tuple[str, ...]:
    """Texts that may show in no output."""
    return (CANARY, *LEAKS)


@pytest.fixture(scope="session", autouse=True)
def secrets() -> Iterator[Path]:
    """A readable file with a canary at a known place, and one in the judge's environment.

    Another run of these tests on this machine has the same place, and the last one takes it away.
    """
    SECRETS.mkdir(exist_ok=True)
    used = os.open(SECRETS, os.O_RDONLY)
    fcntl.flock(used, fcntl.LOCK_SH)
    SECRETS.chmod(0o755)
    (SECRETS / "secret.txt").write_text(CANARY)
    (SECRETS / "secret.txt").chmod(0o644)
    (SECRETS / "touched").unlink(missing_ok=True)
    os.environ["AUTOGRADER_TEST_SECRET"] = CANARY
    yield SECRETS
    del os.environ["AUTOGRADER_TEST_SECRET"]
    with contextlib.suppress(BlockingIOError):
        fcntl.flock(used, fcntl.LOCK_EX | fcntl.LOCK_NB)
        shutil.rmtree(SECRETS, ignore_errors=True)
    os.close(used)


def copied(root: Path, tasks: tuple[str, ...], diagnosed: tuple[str, ...]) -> Assignment:
    """01_rnn_cell in a course of its own, with some of its tasks, and with the canary in its hidden graders.

    diagnosed: the graders that keep their misconceptions; to recognise those takes time.
    """
    name = "01_rnn_cell"
    folder, graders = root / "solutions" / name, root / "autograder" / "graders" / name
    shutil.copytree(ROOT / "solutions" / name, folder)
    shutil.copytree(ROOT / "autograder" / "graders" / name, graders, ignore=shutil.ignore_patterns("__pycache__"))
    solution = folder / "rnn_cell.py"
    cells = re.split(r"(?m)^(?=# %%)", solution.read_text())
    solution.write_text(
        "".join(cell for cell in cells if not cell.startswith("# %% check=") or any(f'check="{t}"' in cell for t in tasks))
    )
    for path in graders.glob("test_*.py"):
        if path.stem.removeprefix("test_") in tasks:
            known = "" if path.stem in diagnosed else "MISCONCEPTIONS = FAMILIES = ()\n"
            path.write_text(path.read_text() + f'\n\nSECRET = "{CANARY}"\n{known}')
        else:
            path.unlink()
    return Course(root)[name]


@pytest.fixture(scope="session")
def assignment(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    """The tasks that are quick to grade."""
    return copied(tmp_path_factory.mktemp("course"), ("encode", "rnn_cell_step"), ("test_encode",))


@pytest.fixture(scope="session")
def whole_assignment(tmp_path_factory: pytest.TempPathFactory) -> Assignment:
    return copied(
        tmp_path_factory.mktemp("whole"),
        ("encode", "rnn_cell_step", "run_cell", "run_stacked_cells", "RNNCellModel", "train"),
        ("test_encode", "test_run_cell"),
    )


@pytest.fixture(scope="session")
def sandbox_like(bubblewrap_works: bool) -> Iterator[Callable[..., Sandbox]]:
    """sandbox_like(**options): one Sandbox for each set of options, shared by all tests."""
    with contextlib.ExitStack() as stack:
        started: dict[tuple, Sandbox] = {}

        def start(**options: object) -> Sandbox:
            if options.get("bubblewrap") == "required" and not bubblewrap_works:
                pytest.skip("needs bubblewrap: apt-get install bubblewrap")
            key = tuple(sorted(options.items()))
            if key not in started:
                started[key] = stack.enter_context(Sandbox(**options))
            return started[key]

        yield start


@pytest.fixture(scope="session")
def stub_child(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The folder `child` with a runner that runs the text it is sent (see tests/sandbox)."""
    folder = tmp_path_factory.mktemp("stub") / "child"
    shutil.copytree(paths.CHILD, folder, ignore=shutil.ignore_patterns("__pycache__", "runner.py"))
    shutil.copy(ROOT / "tests" / "sandbox" / "stub" / "runner.py", folder / "runner.py")
    return folder
