"""The leak check: nothing of a solution or a hidden grader is in what students get.

A line of a solution counts as leaked when it stands in the release or in the student's module and was not given in the stub
itself. Markers, outputs and metadata of either side count as well.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import nbformat

from autograder.course.assignment import Assignment
from autograder.course.build import WITH_NOTEBOOK

from .subject import Subject

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"
MARKERS = ("BEGIN SOLUTION", "END SOLUTION", "BEGIN HIDDEN", "END HIDDEN", "MISCONCEPTIONS", "autograder.graders")
SHORTEST = 8  # characters of a line that can give something away; shorter ones are lines such as `else:`


def nothing_leaks(subject: Subject) -> Iterator[str]:
    """No line of a solution and nothing of a hidden grader is in what students get."""
    yield from leaks(subject.assignment, subject.assignment.root)


def leaks(assignment: Assignment, trees: Path) -> list[str]:
    """What of this assignment's solution and graders is found in `trees`/release and `trees`/assignments."""
    found = []
    for name, text in _handed_out(assignment, trees):
        lines = {_plain(line) for line in text.splitlines()}
        found += [f"{name} holds a line of the solution: {line}" for line in sorted(solution_lines(assignment) & lines)]
        found += [f"{name} holds {marker!r}" for marker in MARKERS if marker in text]
        found += [
            f"{name} holds a text of a hidden grader: {hidden}"
            for hidden in sorted(hidden_texts(assignment))
            if _holds(text, hidden, assignment)
        ]
    return found + list(_notebook_traces(assignment, trees)) + list(_surplus_files(assignment, trees))


def solution_lines(assignment: Assignment) -> set[str]:
    """Lines that occur only inside solution regions."""
    inside, outside = set(), set()
    for cell in assignment.notebook.cells:
        solving = False
        for line in cell.source.splitlines():
            if BEGIN in line or END in line:
                solving = BEGIN in line
            elif solving:
                inside.add(_plain(line))
            elif cell.cell_type == "code":
                outside.add(_plain(line))
    return {line for line in inside - outside if len(line) >= SHORTEST}


def _plain(line: str) -> str:
    return line.split("  #")[0].strip().removeprefix("# ").strip()


def hidden_texts(assignment: Assignment) -> set[str]:
    """Names of hidden tests, and every longer text of the grader files."""
    found: set[str] = set()
    for path in sorted(assignment.graders.glob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.FunctionDef) and node.name.startswith("test_"):
                found.add(node.name)
            elif isinstance(node, ast.Constant) and isinstance(node.value, str) and len(node.value) > 40:
                found.add(node.value)
    visible = {name for cell in assignment.notebook.cells for name in re.findall(r"def (test_\w+)", cell.source)}
    given = "\n".join(cell.source for cell in assignment.notebook.cells if BEGIN not in cell.source)
    return {text for text in found - visible if text not in given}


def _holds(text: str, hidden: str, assignment: Assignment) -> bool:
    """Whether a hidden text stands in what is handed out: a name as a word of its own, and not as that of the file of checks."""
    if not hidden.isidentifier():
        return hidden in text
    return re.search(rf"\b{hidden}\b(?!\.py\b)", text.replace(assignment.visible_checks.name, "")) is not None


def _handed_out(assignment: Assignment, trees: Path) -> Iterator[tuple[str, str]]:
    for tree in ("release", "assignments"):
        for path in sorted((trees / tree / assignment.name).rglob("*")):
            if path.suffix == ".ipynb":
                notebook = nbformat.read(path, as_version=4)
                yield f"{tree}/{assignment.name}/{path.name}", "\n".join(cell.source for cell in notebook.cells)
            elif path.suffix == ".py":
                yield f"{tree}/{assignment.name}/{path.name}", path.read_text(encoding="utf-8")


def _notebook_traces(assignment: Assignment, trees: Path) -> Iterator[str]:
    """Outputs, and metadata that is neither nbgrader's own nor needed to open the notebook."""
    path = trees / "release" / assignment.name / f"{assignment.stem}.ipynb"
    notebook = nbformat.read(path, as_version=4)
    for key in set(notebook.metadata) - {"kernelspec", "language_info"}:
        yield f"{path.name} carries the metadata {key!r}"
    for cell in notebook.cells:
        if cell.get("outputs"):
            yield f"{path.name} carries the output of a cell"
        for key in set(cell.metadata) - {"nbgrader", "tags", "editable", "deletable"}:
            yield f"{path.name} carries the cell metadata {key!r}"


def _surplus_files(assignment: Assignment, trees: Path) -> Iterator[str]:
    """nbgrader publishes every file of source/: only the notebook, its figures and our files for students belong there."""
    figures = {Path("figures") / p.name for p in (assignment.solution.parent / "figures").glob("*.svg")}
    for tree in ("source", "release"):
        folder = trees / tree / assignment.name
        for path in sorted(p.relative_to(folder) for p in folder.rglob("*") if p.is_file()):
            if path not in figures and str(path) not in (f"{assignment.stem}.ipynb", *WITH_NOTEBOOK):
                yield f"{tree}/{assignment.name}/{path} should not be there"
