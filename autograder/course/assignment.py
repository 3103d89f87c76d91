"""What the course is: assignments and their tasks, read from `solutions/`, the one place where they are written.

An assignment `NN_name` lives at `NN_name/name.*` in every tree. A task is one stub; its points stand in its grade cell.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import jupytext
from nbformat import NotebookNode

NAME = re.compile(r"\d\d_[a-z][a-z0-9_]*")
CHECK_PREFIX = "check_"


class CourseError(Exception):
    """The course's own files are wrong or missing; the message says which and what to run."""


@dataclass(frozen=True)
class Task:
    """One stub: its name is the function's or the class's, and `points` is what its grade cell gives."""

    name: str
    points: float

    @property
    def check_id(self) -> str:
        """The grade_id of the cell that carries the points."""
        return CHECK_PREFIX + self.name


@dataclass(frozen=True)
class Assignment:
    """One exercise in all its trees. `root` is the course directory, where nbgrader_config.py stands."""

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
        """The solution as a notebook. Raises CourseError when it cannot be read."""
        try:
            return jupytext.read(self.solution)
        except (OSError, ValueError, SyntaxError) as error:
            raise CourseError(f"{self.solution.relative_to(self.root)} cannot be read: {error}") from error

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        """The tasks in the order of their grade cells."""
        return tuple(
            Task(meta["grade_id"].removeprefix(CHECK_PREFIX), float(meta["points"]))
            for meta in map(nbgrader_metadata, self.notebook.cells)
            if meta.get("grade")
        )

    @cached_property
    def solution_module(self) -> str:
        """The solution as one plain module: setup and stubs, without checks and demonstrations."""
        return "\n\n".join(
            without_ipytest(cell.source) for cell in self.notebook.cells if cell.cell_type == "code" and is_taught(cell)
        )


class Course:
    """All assignments below one course directory."""

    def __init__(self, root: Path | None = None) -> None:
        self.root = root if root is not None else Path(__file__).resolve().parents[2]

    @cached_property
    def assignments(self) -> tuple[Assignment, ...]:
        folder = self.root / "solutions"
        if not folder.is_dir():
            raise CourseError(f"{self.root} is no course directory: it has no solutions/ folder.")
        return tuple(Assignment(self.root, p.name) for p in sorted(folder.iterdir()) if NAME.fullmatch(p.name))

    def __getitem__(self, name: str) -> Assignment:
        """The assignment of that name. Raises CourseError with the names there are."""
        for assignment in self.assignments:
            if assignment.name == name:
                return assignment
        known = ", ".join(a.name for a in self.assignments)
        raise CourseError(f"There is no assignment {name!r}. Assignments: {known}.")


def nbgrader_metadata(cell: NotebookNode) -> dict:
    return cell.metadata.get("nbgrader", {})


def is_demo(cell: NotebookNode) -> bool:
    """A cell that only shows something: it is run by people, not by the grader."""
    return "demo" in cell.metadata.get("tags", [])


def is_taught(cell: NotebookNode) -> bool:
    """Setup and stubs: what is left of a notebook without checks and demonstrations."""
    return not nbgrader_metadata(cell).get("grade") and not is_demo(cell)


def without_ipytest(source: str) -> str:
    return "\n".join(line for line in source.splitlines() if "ipytest" not in line).strip()
