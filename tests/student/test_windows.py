"""What runs on a student's Windows machine, simulated: paths, the console, and no module that Windows lacks."""

from __future__ import annotations

import ast
import importlib
import ntpath
import os
import sys
import sysconfig
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest
import watch

from autograder.course.build import STUDENT

UNIX_ONLY = {"fcntl", "termios", "tty", "pwd", "grp", "resource", "select", "signal", "curses", "readline"}
UNIX_CALLS = {"fork", "kill", "killpg", "setsid", "getuid", "symlink", "mkfifo"}


def test_only_a_branch_for_other_systems_needs_what_windows_lacks() -> None:
    found = []
    for path in sorted(STUDENT.glob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
            names += [str(node.module)] if isinstance(node, ast.ImportFrom) else []
            names += [node.attr] if isinstance(node, ast.Attribute) and ast.unparse(node.value) == "os" else []
            found += [(path.name, name) for name in names if name.split(".")[0] in UNIX_ONLY | UNIX_CALLS]
    assert found == [("watch.py", "termios"), ("watch.py", "tty")]  # not on win32, as the next test shows


def test_the_watcher_starts_without_them(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    done: list[str] = []
    for name in UNIX_ONLY - {"select", "signal"}:
        monkeypatch.setitem(sys.modules, name, None)
    monkeypatch.setattr("sys.platform", "win32")
    monkeypatch.setattr("sys.stdin.isatty", lambda: True, raising=False)
    monkeypatch.setattr("os.system", lambda command: done.append(f"system {command!r}"))
    monkeypatch.setattr(watch, "STATE", tmp_path / ".watch.json")
    monkeypatch.setattr(watch, "HERE", STUDENT.parents[1] / "assignments")
    monkeypatch.setattr(watch, "run", lambda shown: done.append(shown.current.name))
    assert watch.main() == 0
    assert done == ["system ''", "01_rnn_cell"]


@pytest.fixture
def tracebacks(monkeypatch: pytest.MonkeyPatch) -> Iterator[ModuleType]:
    """tracebacks.py as it is loaded on Windows."""
    module = importlib.import_module("tracebacks")
    places = {"stdlib": r"C:\Python312\Lib", "platstdlib": r"C:\Python312\Lib", "purelib": r"C:\Work\.venv\Lib\site-packages"}
    with monkeypatch.context() as windows:
        windows.setattr(os, "path", ntpath)
        windows.setattr(os, "sep", "\\")
        windows.setattr(sysconfig, "get_paths", lambda: places)
        yield importlib.reload(module)
    importlib.reload(module)


@pytest.mark.parametrize(
    ("path", "is_library"),
    [
        (r"c:\work\.venv\lib\site-packages\torch\nn\modules\linear.py", True),
        (r"C:\Users\Zoë\AppData\Roaming\Python\Python312\site-packages\numpy\_core\numeric.py", True),
        (r"C:\Python312\Lib\json\decoder.py", True),
        ("<frozen importlib._bootstrap>", True),
        (r"C:\Users\Zoë\rnn-course\assignments\01_rnn_cell\rnn_cell.py", False),
        (r"C:\Users\Zoë\AppData\Local\Temp\ipykernel_4711\1234.py", False),
    ],
)
def test_the_learners_own_files_are_told_from_libraries(tracebacks: ModuleType, path: str, is_library: bool) -> None:
    assert tracebacks._is_library(path) == is_library
