"""The two commands that a student types first work inside this repository, whose own pytest settings do not apply to them."""

from __future__ import annotations

import os
import re
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


def test_untouched_stubs_are_told_in_a_line_each() -> None:
    """In the repository itself, as the README says."""
    done = run_pytest(COURSE["01_rnn_cell"].module.parent, "-p", "no:cacheprovider")
    assert done.returncode == 1
    lines = done.stdout.strip().splitlines()
    assert [line.split(maxsplit=1) for line in lines[:-1]] == [
        ["encode", "not written yet"], ["rnn_cell_step", "not written yet"], ["run_cell", "not written yet"],
        ["run_stacked_cells", "not written yet"], ["RNNCellModel", "not written yet"], ["train", "waiting for RNNCellModel"],
    ]  # fmt: skip
    assert done.stderr == ""


def test_a_wrong_answer_is_told_in_a_few_lines(tmp_path: Path) -> None:
    """One check fails by its values, another raises; only the first is explained, and no line of a library is shown."""
    assignment = COURSE["01_rnn_cell"]
    folder = assignment_copy(assignment, "assignments", tmp_path)
    wrong = assignment.solution_module.replace("h @ weight_hh.T", "h @ weight_hh").replace("= cell2(h1, h2)", "= cell2(x, h2)")
    (folder / f"{assignment.stem}.py").write_text(wrong)
    text = run_pytest(folder).stdout
    explained = text.split("\n\n")[1].splitlines()
    assert "rnn_cell_step        2 of 3 checks pass" in text
    assert "[no] equals pytorch" in text
    assert len(explained) <= 10, text
    assert any("came back" in line and "shape (batch, hidden_size) = (3, 2)" in line for line in explained), text
    assert ".venv" not in text


def test_a_file_that_cannot_be_loaded(tmp_path: Path) -> None:
    assignment = COURSE["04_embedding"]
    folder = assignment_copy(assignment, "assignments", tmp_path)
    (folder / f"{assignment.stem}.py").write_text("import torch\n\ndef embed(indices, weight)\n    return 1\n")
    done = run_pytest(folder)
    assert done.returncode == 2
    assert "line 3 of embedding.py" in done.stdout
    assert "def embed(indices, weight)" in done.stdout
    assert len(done.stdout.splitlines()) <= 15, done.stdout


def test_run_all_goes_through_an_untouched_notebook(tmp_path: Path) -> None:
    """A demonstration of a stub that is not written says so, without a traceback, and does not stop the run."""
    assignment = COURSE["04_embedding"]
    folder = assignment_copy(assignment, "release", tmp_path)
    notebook = nbformat.read(folder / f"{assignment.stem}.ipynb", as_version=4)
    NotebookClient(notebook, timeout=120, resources={"metadata": {"path": str(folder)}}).execute()
    demos = [cell for cell in notebook.cells if is_demo(cell)]
    assert demos
    for cell in demos:
        assert [output.output_type for output in cell.outputs] == ["stream"], cell.outputs
        assert cell.outputs[0].text.endswith(": not written yet\n")


def test_a_demonstration_that_fails_shows_the_learners_own_line(tmp_path: Path) -> None:
    """And not the insides of torch; `%tb` in the next cell still shows all of it."""
    assignment = COURSE["04_embedding"]
    folder = assignment_copy(assignment, "release", tmp_path)
    new = nbformat.v4.new_code_cell
    stub = "import torch\nfrom torch import nn\nimport checks\n\ndef forward(x):\n    return nn.Linear(3, 2)(x)\n"
    cells = [new(stub), new("x = torch.zeros(4, 5)\nforward(x)"), new("%tb"), new("forward(1 2)"), new("y = 1 / 0")]
    cells.append(new("nn.Linear(5, 2)(x[0, :3])"))
    notebook = nbformat.v4.new_notebook(cells=cells)
    NotebookClient(notebook, timeout=120, allow_errors=True, resources={"metadata": {"path": str(folder)}}).execute()
    told, whole, syntax, own, of_torch = (
        re.sub(r"\x1b\[[0-9;]*m", "", "\n".join(cell.outputs[0].get("traceback", ()))) for cell in notebook.cells[1:]
    )
    assert [line.split(maxsplit=1) for line in told.splitlines() if line][:3] == [
        ["raised", "line 6 of cell [1], in forward:"],
        ["return", "nn.Linear(3, 2)(x)"],
        ["tensors", "x (4, 5)"],
    ]
    assert "mat1 and mat2 shapes cannot be multiplied" in told
    assert "linear.py" not in told
    assert len(told.splitlines()) <= 10, told
    assert "linear.py" in whole
    assert "SyntaxError" in syntax
    assert "1 / 0" in own  # an error on the cell's own line is shown as always
    assert "ZeroDivisionError" in own
    assert of_torch.splitlines()[:2] == ["raised      line 1 of cell [6]:", "                nn.Linear(5, 2)(x[0, :3])"]


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
