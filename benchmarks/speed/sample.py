"""A class to grade: notebooks as learners hand them in, some correct, some with one mistake, no two alike.

Their contents come from the corpus of submissions, the solution, and the graders' misconceptions.
"""

from __future__ import annotations

import ast
import json
import random
from collections.abc import Iterator, Sequence
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path

import nbformat
from nbformat import NotebookNode

from autograder.course import Assignment
from autograder.course.cells import grade_id, is_taught
from autograder.judge.catalogue import misconceptions_of

RIGHT_AND_WRONG = "RRWRWRRWRW"  # six of ten are correct


@dataclass(frozen=True)
class Member:
    """One learner's submission."""

    student: str
    right: bool
    notebook: NotebookNode

    @property
    def module(self) -> str:
        """The same code as a plain module."""
        cells = (c for c in self.notebook.cells if c.cell_type == "code" and is_taught(c))
        return "\n\n\n".join(cell.source.strip() for cell in cells) + "\n"

    def write(self, folder: Path, assignment: Assignment) -> None:
        """Write it as nbgrader collects it: folder/<student>/<assignment>/<name>.ipynb."""
        path = folder / self.student / assignment.name / f"{assignment.stem}.ipynb"
        path.parent.mkdir(parents=True)
        nbformat.write(self.notebook, path)


def stubs_in(module: str, names: Sequence[str]) -> dict[str, str] | None:
    """The text of each task, with the helpers above it; None when a task is missing."""
    lines, start, found = module.splitlines(), 0, {}
    for node in ast.parse(module).body:
        if isinstance(node, ast.FunctionDef | ast.ClassDef) and node.name in names and node.name not in found:
            found[node.name] = "\n".join(lines[start : node.end_lineno]).strip()
            start = node.end_lineno
    return found if len(found) == len(names) else None


def _corpus(assignment: Assignment) -> Iterator[tuple[bool, str]]:
    """(right, module) for the modules of the corpus that need no other file.

    Cases that end a notebook's own kernel, such as `exit()` between two stubs, are left out, though we can grade them.
    """
    folders = (assignment.root / "tests" / "submissions" / assignment.name).glob("*")
    for folder in sorted(folder for folder in folders if "_habit_" not in folder.name):
        module, expected = folder / f"{assignment.stem}.py", folder / "expected.json"
        if module.is_file() and expected.is_file() and len(list(folder.rglob("*.py"))) == 1:
            wanted = json.loads(expected.read_text())
            if wanted["verdict"] == "graded":
                yield not wanted.get("loses"), module.read_text()


def _modules(assignment: Assignment) -> Iterator[tuple[bool, str]]:
    yield True, assignment.solution_module
    yield from _corpus(assignment)
    for task, misconception in misconceptions_of(assignment):
        yield from ((False, source) for source in misconception.submissions(assignment, task))


def sample(assignment: Assignment, size: int) -> list[Member]:
    """A class of this size; the same one each time."""
    names = [task.name for task in assignment.tasks]
    by_kind: dict[bool, list[dict[str, str]]] = {True: [], False: []}
    for right, module in _modules(assignment):
        stubs = stubs_in(module, names)
        if stubs is not None:
            by_kind[right].append(stubs)
    rng = random.Random(0)
    for group in by_kind.values():
        rng.shuffle(group)
    release = nbformat.read(assignment.notebook_in("release"), as_version=4)
    members = []
    for number in range(size):
        right = RIGHT_AND_WRONG[number % len(RIGHT_AND_WRONG)] == "R"
        group = by_kind[right]
        stubs = group[sum(member.right == right for member in members) % len(group)]
        student = f"s{number:04}"
        members.append(Member(student, right, _filled_in(release, stubs, student)))
    return members


def _filled_in(release: NotebookNode, stubs: dict[str, str], student: str) -> NotebookNode:
    notebook = deepcopy(release)
    for cell in notebook.cells:
        task = grade_id(cell)
        if task in stubs:
            cell.source = f"{stubs[task]}\n# {student}"
    return notebook
