"""The two commands that a student types first work inside this repository, whose own pytest settings are not for them."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from pathlib import Path

import nbformat
import pytest
from nbclient import NotebookClient

from autograder.course import Assignment, Course
from autograder.course.cells import is_check, is_demo

COURSE = Course()
HOSTILE = "[tool.pytest.ini_options]\naddopts = '--import-mode=importlib -p no:cacheprovider --no-such-option'\n"


def assignment_copy(assignment: Assignment, tree: str, tmp_path: Path) -> Path:
    """One folder of a built tree, below a folder whose pytest settings break everything that reads them."""
    (tmp_path / "pyproject.toml").write_text(HOSTILE)
    folder = tmp_path / tree / assignment.name
    shutil.copytree(COURSE.root / tree / assignment.name, folder, ignore=shutil.ignore_patterns("__pycache__"))
    return folder


def run_pytest(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    command = [str(Path(sys.executable).with_name("pytest")), *arguments]  # not `python -m`, which adds the folder to sys.path
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=300, check=False)


@pytest.mark.parametrize("assignment", [COURSE["01_rnn_cell"], COURSE["05_lstm"]], ids=lambda a: a.name)
def test_pytest_checks_a_right_module(assignment: Assignment, tmp_path: Path) -> None:
    folder = assignment_copy(assignment, "assignments", tmp_path)
    (folder / f"{assignment.stem}.py").write_text(assignment.solution_module)
    done = run_pytest(folder)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]


def test_pytest_in_the_repository_finds_the_untouched_module() -> None:
    done = run_pytest(COURSE["01_rnn_cell"].module.parent, "-p", "no:cacheprovider")
    assert done.returncode == 1
    assert "ModuleNotFoundError" not in done.stdout + done.stderr


def test_a_right_notebook_passes_its_checks(tmp_path: Path) -> None:
    assignment = COURSE["03_rnn_layer"]
    folder = assignment_copy(assignment, "source", tmp_path)
    notebook = nbformat.read(folder / f"{assignment.stem}.ipynb", as_version=4)
    notebook.cells = [cell for cell in notebook.cells if not is_demo(cell)]
    NotebookClient(notebook, allow_errors=True, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    checks = [cell for cell in notebook.cells if is_check(cell)]
    assert checks
    for cell in checks:
        assert [o for o in cell.outputs if o.output_type in ("error", "execute_result")] == [], cell.outputs
