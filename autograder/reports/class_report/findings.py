"""The content of the class report: rows and sentences, computed from the data of a class. Pure, without layout."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from .data import AssignmentData, ClassData, Mistake
from .statistics import cronbach_alpha, difficulty, discrimination, phi, quartiles

RETEACH = 6  # topics on top of the report
MIN_STUDENTS = 2  # a mistake of a single student is not a topic for the class
PAIR_SHARE = 0.02  # of the class: pairs of mistakes that are rarer are not listed
HARD = 0.5  # a test that more than half fail


@dataclass(frozen=True)
class ItemRow:
    """A task or a hidden test. difficulty: share of its points that were earned. warning: '' when it measures well."""

    task: str
    test: str
    behaviour: str
    difficulty: float
    discrimination: float | None
    warning: str


@dataclass(frozen=True)
class MistakeRow:
    """who: the students. share: of all who handed in an assignment where it was made."""

    name: str
    advice: str
    share: float
    where: str
    who: tuple[str, ...]


@dataclass(frozen=True)
class PairRow:
    """Two mistakes of the same students. together: how many have both."""

    first: str
    second: str
    together: int
    phi: float


@dataclass(frozen=True)
class Topic:
    """One thing to teach again. share: of the students it concerns."""

    title: str
    text: str
    where: str
    count: int
    share: float


@dataclass(frozen=True)
class AssignmentRow:
    """One assignment in numbers. alpha: Cronbach's, None when it cannot be computed."""

    name: str
    handed_in: int
    max_score: float
    mean: float
    quartiles: tuple[float, float, float]
    full_marks: int
    not_started: int
    analysed: int
    alpha: float | None
    time: tuple[float, float, float]
    longest: float
    verdicts: tuple[tuple[str, int], ...]
    tasks: tuple[ItemRow, ...]
    tests: tuple[ItemRow, ...]


def assignment_row(data: AssignmentData) -> AssignmentRow:
    scores = np.array([score for score in data.scores if score is not None])
    return AssignmentRow(
        name=data.name,
        handed_in=len(data.students),
        max_score=data.max_score,
        mean=float(scores.mean()) if len(scores) else 0.0,
        quartiles=quartiles(scores) if len(scores) else (0.0, 0.0, 0.0),
        full_marks=int((scores == data.max_score).sum()),
        not_started=data.not_started,
        analysed=len(data.analysed),
        alpha=cronbach_alpha(data.earned()),
        time=quartiles(np.array(data.durations)),
        longest=max(data.durations),
        verdicts=tuple(data.verdicts.most_common()),
        tasks=tuple(_task_rows(data)),
        tests=tuple(_test_rows(data)),
    )


def _task_rows(data: AssignmentData) -> Iterator[ItemRow]:
    earned, places = data.earned(), list(data.behaviours)
    total = earned.sum(axis=1)
    for task, most in data.task_max.items():
        own = earned[:, [i for i, place in enumerate(places) if place[0] == task]].sum(axis=1)
        r, p = discrimination(own, total), difficulty(own, most)
        yield ItemRow(task, "", "", p, r, _warning(p, r, "task"))


def _test_rows(data: AssignmentData) -> Iterator[ItemRow]:
    earned, passed = data.earned(), data.passed()
    total = earned.sum(axis=1)
    for i, ((task, test), behaviour) in enumerate(data.behaviours.items()):
        r, p = discrimination(earned[:, i], total), difficulty(passed[:, i], 1)
        yield ItemRow(task, test, behaviour, p, r, _warning(p, r, "test"))


def _warning(p: float, r: float | None, kind: str) -> str:
    if r is not None and r < 0:
        return "negative: students who do well elsewhere fail it more often"
    if p == 1:
        return f"everybody passes: the {kind} does not discriminate"
    return f"nobody passes: is the {kind} right, or was it never taught?" if p == 0 else ""


def mistake_rows(data: ClassData) -> list[MistakeRow]:
    """The most common first."""
    rows = [_mistake_row(mistake, data) for mistake in data.mistakes.values()]
    return sorted(rows, key=lambda row: (-len(row.who), row.name))


def _mistake_row(mistake: Mistake, data: ClassData) -> MistakeRow:
    places = mistake.places
    asked = {student for name in {assignment for assignment, _ in places} for student in data.assignments[name].students}
    where = ", ".join(f"{assignment} {task}" for assignment, task in places[:3]) + (" and others" if len(places) > 3 else "")
    return MistakeRow(mistake.name, mistake.advice, len(mistake.students) / len(asked), where, tuple(sorted(mistake.students)))


def pair_rows(data: ClassData, most: int = 12) -> list[PairRow]:
    """Mistakes that occur together more often than by chance, the strongest first."""
    students = data.students
    place = {student: i for i, student in enumerate(students)}
    marks = {}
    least = max(MIN_STUDENTS, round(PAIR_SHARE * len(students)))
    for name, mistake in data.mistakes.items():
        if len(mistake.students) >= least:
            marks[name] = np.zeros(len(students), dtype=bool)
            marks[name][[place[student] for student in mistake.students]] = True
    pairs = Counter({(a, b): int((marks[a] & marks[b]).sum()) for a, b in combinations(sorted(marks), 2)})
    rows = [PairRow(a, b, count, phi(marks[a], marks[b])) for (a, b), count in pairs.items() if count >= least]
    return sorted((row for row in rows if row.phi > 0.2), key=lambda row: (-row.phi * row.together, row.first))[:most]


def topics(mistakes: list[MistakeRow], data: ClassData, assignments: list[AssignmentRow]) -> list[Topic]:
    """What to teach again: the most frequent mistakes, and hard tests that no mistake explains."""
    found = [Topic(row.name, row.advice, row.where, len(row.who), row.share) for row in mistakes if len(row.who) >= MIN_STUDENTS]
    found += [topic for row in assignments for topic in _unnamed(row, data)]
    return sorted(found, key=lambda topic: (-topic.share * topic.count, topic.title))[:RETEACH]


def _unnamed(row: AssignmentRow, data: ClassData) -> Iterator[Topic]:
    """Tasks of which more than half fail some test, while few of them have a mistake that was recognised."""
    for task in row.tasks:
        tests = [item for item in row.tests if item.task == task.task]
        if not tests:  # in no submission has it been run
            continue
        hardest = min(tests, key=lambda item: item.difficulty)
        failing = round((1 - hardest.difficulty) * row.analysed)
        named = sum((row.name, task.task) in places for m in data.mistakes.values() for places in m.students.values())
        if row.analysed >= 3 and hardest.difficulty < HARD and named < failing / 2:
            text = "No known mistake explains it: read a few of these submissions."
            yield Topic(hardest.behaviour, text, f"{row.name} {task.task}", failing, failing / row.analysed)
