"""What a grader file holds besides its tests: points, forbidden names, misconceptions. One file per task: test_<task>.py.

FORBIDDEN = ("RNN", "RNNCell")            names that the task asks to do without; their use is flagged for review
MISCONCEPTIONS = (Misconception(...), ...)
FAMILIES = (Misconception(...), ...)        rarer mistakes, asked only where none of the misconceptions fits
NEXT_LOOK = "Follow two time steps."         what to look at when nothing is known but that the values are wrong
INHERITS_MISTAKES_OF = ("lstm_cell_step",)  tasks whose misconceptions may be made in this one, too: a step inside a loop

@points(2)
def test_both_biases_count(submission, draw): ...
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar, cast

import pytest

from autograder.course import Assignment, CourseError

from .misconceptions import Misconception

Test = TypeVar("Test", bound=Callable[..., Any])


def points(value: float) -> Callable[[Test], Test]:
    """What a hidden test is worth when it passes."""
    return pytest.mark.points(value)


@dataclass(frozen=True)
class TaskGrader:
    """The hidden tests of one task, as pytest collected them.

    misconceptions, families: each with the task in which it is written down: this one first, then INHERITS_MISTAKES_OF.
    """

    task: str
    items: tuple[pytest.Function, ...]
    forbidden: tuple[str, ...]
    misconceptions: tuple[tuple[str, Misconception], ...]
    families: tuple[tuple[str, Misconception], ...] = ()
    next_look: str = "Work through the example in the docstring by hand, and compare number by number."

    @property
    def max_score(self) -> float:
        return sum(points_of(item) for item in self.items)


def points_of(item: pytest.Item) -> float:
    """The points of a test. Raises CourseError when it has none."""
    mark = item.get_closest_marker("points")
    if mark is None or len(mark.args) != 1 or not mark.args[0] > 0:
        raise CourseError(f"{item.nodeid} needs @points(n) with n > 0.")
    return float(mark.args[0])


def docstring_of(item: pytest.Function) -> str:
    """The behaviour that a test states, in one line."""
    return " ".join((item.function.__doc__ or item.name.replace("_", " ")).split())


def graders_of(assignment: Assignment, items: list[pytest.Item]) -> tuple[TaskGrader, ...]:
    """Collected tests by task, in the order of the tasks. Raises CourseError when a task has none."""
    by_file: dict[str, list[pytest.Function]] = {}
    for item in cast("list[pytest.Function]", items):
        by_file.setdefault(Path(item.path).stem, []).append(item)
    files: dict[str, tuple[pytest.Function, ...]] = {}
    for name in (task.name for task in assignment.tasks):
        files[name] = tuple(by_file.pop(f"test_{name}", ()))
        if not files[name]:
            raise CourseError(f"autograder/graders/{assignment.name}/test_{name}.py has no tests for {name}.")
    if by_file:
        raise CourseError(f"autograder/graders/{assignment.name}: no task for {', '.join(sorted(by_file))}.py.")
    modules = {task: tests[0].module for task, tests in files.items()}
    graders = []
    for task, tests in files.items():
        unknown = set(getattr(modules[task], "INHERITS_MISTAKES_OF", ())) - modules.keys()
        if unknown:
            raise CourseError(
                f"autograder/graders/{assignment.name}/test_{task}.py: INHERITS_MISTAKES_OF names no task: {', '.join(unknown)}."
            )
        places = (task, *getattr(modules[task], "INHERITS_MISTAKES_OF", ()))
        named, families = (
            tuple((place, misconception) for place in places for misconception in getattr(modules[place], listed, ()))
            for listed in ("MISCONCEPTIONS", "FAMILIES")
        )
        next_look = getattr(modules[task], "NEXT_LOOK", TaskGrader.next_look)
        graders.append(TaskGrader(task, tests, getattr(modules[task], "FORBIDDEN", ()), named, families, next_look))
    return tuple(graders)
