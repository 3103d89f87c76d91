"""The data of the class report: results, read once and arranged as arrays by assignment."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

import numpy as np

from autograder.results import AND, PASSED, Result

from .statistics import Floats

Place = tuple[str, str]  # task, test


@dataclass(frozen=True)
class Mistake:
    """A misconception that was recognised in a class. students: those who made it, with the assignments and tasks."""

    name: str
    advice: str
    students: dict[str, set[Place]] = field(default_factory=dict)

    @property
    def places(self) -> list[Place]:
        """(assignment, task), the most common first."""
        return [place for place, _ in Counter(p for places in self.students.values() for p in sorted(places)).most_common()]


@dataclass
class AssignmentData:
    """One assignment of a class. Rows are students in the order of the results; `analysed` are those with item data.

    A submission that did not load, or that is still as it was given, says nothing about a test: it has no row in the items.
    """

    name: str
    max_score: float = 0.0
    students: list[str] = field(default_factory=list)
    scores: list[float | None] = field(default_factory=list)
    verdicts: Counter[str] = field(default_factory=Counter)
    attention: list[tuple[str, str]] = field(default_factory=list)  # student, and why there is no score
    durations: list[float] = field(default_factory=list)
    not_started: int = 0
    analysed: list[str] = field(default_factory=list)
    behaviours: dict[Place, str] = field(default_factory=dict)
    task_max: dict[str, float] = field(default_factory=dict)
    _points: list[dict[Place, float]] = field(default_factory=list)
    _passed: list[set[Place]] = field(default_factory=list)

    def add(self, result: Result) -> None:
        self.max_score = max(self.max_score, result.max_score)
        self.students.append(result.student)
        self.scores.append(result.score)
        self.verdicts[result.verdict] += 1
        self.durations.append(result.duration_s)
        if result.score is None:
            self.attention.append((result.student, result.message))
        self.not_started += result.not_started
        if result.score is None or result.not_started or not any(task.tests for task in result.tasks):
            return
        if result.verdict == "load_error":
            return
        self.analysed.append(result.student)
        self._points.append({(task.task, test.name): test.points for task in result.tasks for test in task.tests})
        self._passed.append({(t.task, test.name) for t in result.tasks for test in t.tests if test.outcome == PASSED})
        for task in result.tasks:
            self.task_max[task.task] = task.max_score
            self.behaviours.update({(task.task, test.name): test.behaviour for test in task.tests})

    @property
    def _shape(self) -> tuple[int, int]:
        return len(self.analysed), len(self.behaviours)

    def earned(self) -> Floats:
        """(analysed students, tests): points."""
        places = list(self.behaviours)
        return np.array([[row.get(place, 0.0) for place in places] for row in self._points], dtype=float).reshape(self._shape)

    def passed(self) -> Floats:
        """(analysed students, tests): 1 where it was passed, else 0."""
        places = list(self.behaviours)
        return np.array([[place in row for place in places] for row in self._passed], dtype=float).reshape(self._shape)


@dataclass
class ClassData:
    """A class: its assignments by name, and the mistakes that were recognised in it."""

    assignments: dict[str, AssignmentData] = field(default_factory=dict)
    mistakes: dict[str, Mistake] = field(default_factory=dict)

    @classmethod
    def of_results(cls, results: Iterable[Result]) -> ClassData:
        found = cls()
        for result in results:
            found.assignments.setdefault(result.assignment, AssignmentData(result.assignment)).add(result)
            for name, advice, task in _mistakes(result):
                mistake = found.mistakes.setdefault(name, Mistake(name, advice))
                mistake.students.setdefault(result.student, set()).add((result.assignment, task))
        found.assignments = dict(sorted(found.assignments.items()))
        return found

    @property
    def students(self) -> list[str]:
        return sorted({student for data in self.assignments.values() for student in data.students})

    def totals(self) -> dict[str, float | None]:
        """Points of all assignments together, by student; None where one of them has no score."""
        totals: dict[str, float | None] = dict.fromkeys(self.students, 0.0)
        for data in self.assignments.values():
            for student, score in zip(data.students, data.scores, strict=True):
                total = totals[student]
                totals[student] = None if score is None or total is None else total + score
        return totals


def _mistakes(result: Result) -> Iterator[tuple[str, str, str]]:
    """(name, advice, task) of each misconception. Two that were made together are split, each with its line of the advice."""
    for task in result.tasks:
        for test in task.tests:
            if test.misconception is not None:
                names, advice = test.misconception.split(AND), test.advice.split("\n")
                for number, name in enumerate(names):
                    yield name, advice[number] if len(advice) == len(names) else test.advice, task.task
