"""Build the trees: `solutions/` -> `source/` -> `release/` -> `assignments/`, with jupytext and nbgrader's own converter.

Everything is made in a scratch folder first and moved into place when it is whole, so a build that fails leaves the trees
as they were. The same input gives the same bytes.
"""

from __future__ import annotations

import contextlib
import json
import logging
import re
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from pathlib import Path

import jupytext
import nbformat
from nbformat import NotebookNode
from nbgrader.converters import GenerateAssignment
from nbgrader.coursedir import CourseDirectory
from nbgrader.preprocessors import SaveCells
from traitlets.config import Config

from .assignment import Assignment, CourseError
from .cells import checked_task, grade_id, is_check, is_demo

TREES = ("source", "release", "assignments")
NOTEBOOK_METADATA = {
    "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
    "language_info": {"name": "python"},
}
FIGURE = re.compile(r"\]\(figures/([\w-]+\.svg)\)")
STUB = "raise NotImplementedError()"
STUDENT = Path(__file__).resolve().parents[1] / "student"
# Files of ours that go to students with each assignment: beside the notebook, and beside the module.
WITH_NOTEBOOK = ("axes.py", "checks.py", "tracebacks.py")
WITH_MODULE = (*WITH_NOTEBOOK, "conftest.py", "pytest.ini")
AT_THE_ROOT = ("requirements.txt", "watch.py", "watch_worker.py")  # of the folder with all assignments
HELPERS = ("check_equal", "check_gradients", "check_raises", "check_that")  # of checks.py, for the visible checks


def build(assignments: Iterable[Assignment]) -> None:
    """Rebuild the trees of these assignments. Raises CourseError with the reason when one cannot be built."""
    for assignment in assignments:
        with built(assignment) as scratch:
            for tree in TREES:
                target = assignment.root / tree / assignment.name
                target.parent.mkdir(exist_ok=True)
                fresh = target.with_name(f".{assignment.name}.new")
                shutil.rmtree(fresh, ignore_errors=True)
                shutil.copytree(scratch / tree / assignment.name, fresh)
                shutil.rmtree(target, ignore_errors=True)
                fresh.rename(target)
            copy_ours(AT_THE_ROOT, assignment.root / "assignments")


@contextlib.contextmanager
def built(assignment: Assignment) -> Iterator[Path]:
    """A scratch folder with all three trees of one assignment."""
    with tempfile.TemporaryDirectory(prefix="course-") as name:
        scratch = Path(name)
        copy = Assignment(scratch, assignment.name)
        _write(copy.notebook_in("source"), nbformat.writes(source_notebook(assignment)))
        copy_figures(assignment, copy.notebook_in("source").parent)
        copy_ours(WITH_NOTEBOOK, copy.notebook_in("source").parent)
        generate_release(scratch, assignment.name)
        release = nbformat.read(copy.notebook_in("release"), as_version=4)
        _write(copy.module, student_module(assignment, release))
        _write(copy.visible_checks, visible_checks(assignment))
        copy_figures(assignment, copy.module.parent)
        copy_ours(WITH_MODULE, copy.module.parent)
        _write(copy.module.parent / "hints.json", json.dumps(hints(assignment), indent=1, ensure_ascii=False))
        yield scratch


def _write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text if text.endswith("\n") else text + "\n", encoding="utf-8")


def source_notebook(assignment: Assignment) -> NotebookNode:
    """nbgrader's input: the solution as a notebook."""
    notebook: NotebookNode = nbformat.from_dict({**assignment.notebook, "metadata": NOTEBOOK_METADATA, "nbformat_minor": 5})
    for number, cell in enumerate(notebook.cells):
        cell["id"] = grade_id(cell) or f"cell-{number}"
        cell.metadata.pop("lines_to_next_cell", None)  # jupytext's own, useless in a notebook
        if (task := checked_task(cell)) is not None:
            cell["source"] = f"{_imports_from_checks(cell.source, 'run_checks')}\n\n\n{cell.source}\n\n\n{_run_line(task)}"
    return notebook


def _imports_from_checks(source: str, *more: str) -> str:
    used = [*(name for name in HELPERS if f"{name}(" in source), *more]
    return f"from checks import {', '.join(used)}" if used else ""


def _run_line(task: str) -> str:
    return f'run_checks("{task}")'


def copy_figures(assignment: Assignment, folder: Path) -> None:
    """Figures are files beside the notebook: JupyterLab does not show an SVG that is attached to a cell.

    Raises CourseError when a cell shows one that is not there.
    """
    figures = assignment.solution.parent / "figures"
    shown = {name for cell in assignment.notebook.cells for name in FIGURE.findall(cell.source)}
    missing = sorted(name for name in shown if not (figures / name).is_file())
    if missing:
        raise CourseError(f"{assignment.solution.name} shows figures/{missing[0]}, which is not there.")
    if shown:
        shutil.copytree(figures, folder / "figures")


def copy_ours(names: Iterable[str], folder: Path) -> None:
    """nbgrader publishes the files beside the source notebook, and copies them beside each submission that it executes."""
    for name in names:
        shutil.copy(STUDENT / name, folder / name)


def generate_release(root: Path, name: str) -> None:
    """Run nbgrader's generate_assignment on `root/source/name`, without a gradebook."""
    config = Config()
    config.CourseDirectory.root = str(root)
    config.CourseDirectory.assignment_id = name
    config.GenerateAssignment.no_database = True
    config.GenerateAssignment.preprocessors = [p for p in GenerateAssignment.preprocessors.default() if p is not SaveCells]
    config.ClearSolutions.code_stub = {"python": STUB}
    converter = GenerateAssignment(coursedir=CourseDirectory(config=config), config=config)
    converter.log.setLevel(logging.ERROR)
    try:
        converter.start()
    except (Exception, SystemExit) as error:  # nbgrader ends a failed conversion with sys.exit
        raise CourseError(f"nbgrader could not generate the release of {name}: {error}") from error


def student_module(assignment: Assignment, release: NotebookNode) -> str:
    """The stubs as a plain module: prose as comments, demonstrations under a main guard, no checks."""
    cells = []
    for number, cell in enumerate(c for c in release.cells if not is_check(c)):
        name = f"cell-{number}"
        if cell.cell_type == "markdown":
            cells.append(nbformat.v4.new_markdown_cell(cell.source, id=name))
            continue
        source = cell.source
        if is_demo(cell):
            source = 'if __name__ == "__main__":\n' + "\n".join(f"    {line}" if line else "" for line in source.splitlines())
        cells.append(nbformat.v4.new_code_cell(source, id=name))
    notebook = nbformat.v4.new_notebook(cells=cells, metadata={"kernelspec": NOTEBOOK_METADATA["kernelspec"]})
    text: str = jupytext.writes(notebook, fmt={"extension": ".py", "format_name": "percent", "notebook_metadata_filter": "-all"})
    how = "# Write your code in this file and run the checks beside it: type `pytest` in this folder.\n\n"
    return how + text.lstrip()


def hints(assignment: Assignment) -> dict[str, list[str]]:
    """The paragraphs of the hint above the checks of each task, for watch.py."""
    found, above = {}, ""
    for cell in assignment.notebook.cells:
        if cell.cell_type == "markdown":
            above = cell.source
        elif (task := checked_task(cell)) is not None:
            paragraphs = re.sub(r"<[^>]+>(Hint</summary>)?", "", above).strip().split("\n\n")
            found[task] = [paragraph.strip() for paragraph in paragraphs if paragraph.strip()]
    return found


def visible_checks(assignment: Assignment) -> str:
    """The checks of all grade cells as one pytest file that imports the stubs from the module beside it."""
    setup = next(c for c in assignment.notebook.cells if grade_id(c) == "setup")
    tasks = [task.name for task in assignment.tasks]
    names = re.findall(r"^([A-Z][A-Z0-9_]*) = ", setup.source, re.MULTILINE) + tasks
    imports = [line for line in setup.source.splitlines() if line.startswith(("import ", "from "))]
    checks = "\n\n\n".join(cell.source.strip() for cell in assignment.notebook.cells if is_check(cell))
    head = '"""The checks that you may see: run `pytest` in this folder. Grading adds stricter ones."""\n\n'
    ours = _imports_from_checks(checks)
    used = "from " + assignment.stem + " import (\n" + "".join(f"    {name},\n" for name in sorted(set(names))) + ")"
    return head + "\n".join(filter(None, [*imports, ours])) + "\n\n" + used + f"\n\nTASKS = {json.dumps(tasks)}\n\n\n" + checks
