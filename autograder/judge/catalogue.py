"""All misconceptions of an assignment, read from its grader files without running a test."""

from __future__ import annotations

from collections.abc import Iterator
from importlib.machinery import SourceFileLoader
from types import ModuleType

from autograder.course import Assignment

from .misconceptions import Misconception


def misconceptions_of(assignment: Assignment) -> Iterator[tuple[str, Misconception]]:
    """(task, misconception) in the order of the tasks."""
    for task in assignment.tasks:
        for misconception in getattr(grader_module(assignment, task.name), "MISCONCEPTIONS", ()):
            yield task.name, misconception


def families_of(assignment: Assignment) -> Iterator[tuple[str, Misconception]]:
    """(task, rarer mistake): those that are tried only when no misconception fits."""
    for task in assignment.tasks:
        for misconception in getattr(grader_module(assignment, task.name), "FAMILIES", ()):
            yield task.name, misconception


def grader_module(assignment: Assignment, task: str) -> ModuleType:
    """The module of a task's grader file, loaded by its path."""
    path = assignment.graders / f"test_{task}.py"
    loader = SourceFileLoader(f"grader_{assignment.name}_{task}", str(path))
    module = ModuleType(loader.name)
    module.__file__ = str(path)
    loader.exec_module(module)
    return module
