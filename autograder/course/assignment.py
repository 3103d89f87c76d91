"""The course: assignments and their tasks, read from `solutions/`, the only place where they are defined.

An assignment `NN_name` lives at `NN_name/name.*` in every tree. A task is one stub; its points stand in its grade cell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from . import cells, points_table
from .points_table import Row

if TYPE_CHECKING:
    from nbformat import NotebookNode

NAME = re.compile(r"\d\d_[a-z][a-z0-9_]*")


class CourseError(Exception):
    """The course's own files are wrong or missing. The message says which, and what to run."""


@dataclass(frozen=True)
class Task:
    """One stub. name: that of its function or class. points: those of its grade cell."""

    name: str
    points: float

    @property
    def check_id(self) -> str:
        """The grade_id of the cell that carries the points."""
        return cells.CHECK_PREFIX + self.name


@dataclass(frozen=True)
class Assignment:
    """One exercise in all its trees. root: the course directory, with nbgrader_config.py in it."""

    root: Path
    name: str

    @property
    def stem(self) -> str:
        """`rnn_cell` for `01_rnn_cell`: the name of the module and of the notebook."""
        return self.name.split("_", 1)[1]

    @property
    def solution(self) -> Path:
        return self.root / "solutions" / self.name / f"{self.stem}.py"

    @property
    def graders(self) -> Path:
        return self.root / "autograder" / "graders" / self.name

    def notebook_in(self, tree: str) -> Path:
        return self.root / tree / self.name / f"{self.stem}.ipynb"

    @property
    def module(self) -> Path:
        return self.root / "assignments" / self.name / f"{self.stem}.py"

    @property
    def visible_checks(self) -> Path:
        return self.root / "assignments" / self.name / f"test_{self.stem}.py"

    @cached_property
    def notebook(self) -> NotebookNode:
        """The solution as a notebook with nbgrader's metadata. Raises CourseError when it cannot be read."""
        import jupytext  # takes 0.4 s, which most commands do not need

        try:
            notebook: NotebookNode = jupytext.read(self.solution, fmt="py:percent")
            about = cells.descriptions(notebook)
            cells.expand(notebook)
        except (OSError, ValueError, SyntaxError) as error:
            raise CourseError(f"{self.solution.relative_to(self.root)} cannot be read: {error}") from error
        points_table.insert(notebook, [Row(task.name, about.get(task.name, ""), task.points) for task in _tasks_in(notebook)])
        return notebook

    @property
    def draft(self) -> bool:
        """Whether the solution says `draft: true`, so that parts of a published exercise may still be missing."""
        return self.notebook.metadata.get("draft") is True

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks in the order of their grade cells."""
        return _tasks_in(self.notebook)

    @cached_property
    def solution_module(self) -> str:
        """The solution as one plain module: setup and stubs, without checks and demonstrations."""
        taught = (cell for cell in self.notebook.cells if cell.cell_type == "code" and cells.is_taught(cell))
        return "\n\n".join(cell.source.strip() for cell in taught)

    def stub(self, task: str) -> str:
        """The cell of a task in the solution. Raises CourseError when there is none."""
        for cell in self.notebook.cells:
            if cells.is_stub(cell) and cells.grade_id(cell) == task:
                return str(cell.source)
        raise CourseError(f"{self.solution.relative_to(self.root)} has no stub {task!r}.")


def _tasks_in(notebook: NotebookNode) -> tuple[Task, ...]:
    return tuple(
        Task(name, float(cells.nbgrader_metadata(cell)["points"]))
        for cell in notebook.cells
        if (name := cells.checked_task(cell)) is not None
    )


class Course:
    """All assignments of one course directory."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = root if root is not None else Path(__file__).resolve().parents[2]

    @cached_property
    def assignments(self) -> tuple[Assignment, ...]:
        folder = self.root / "solutions"
        if not folder.is_dir():
            raise CourseError(f"{self.root} is no course directory: it has no solutions/ folder.")
        return tuple(Assignment(self.root, p.name) for p in sorted(folder.iterdir()) if NAME.fullmatch(p.name))

    def __getitem__(self, name: str) -> Assignment:
        """The assignment of that name. Raises CourseError, which lists the known names, when there is none."""
        for assignment in self.assignments:
            if assignment.name == name:
                return assignment
        known = ", ".join(a.name for a in self.assignments)
        raise CourseError(f"There is no assignment {name!r}. Assignments: {known}.")
