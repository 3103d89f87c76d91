"""What an exercise needs before students get it. The numbers are decisions of this course, made here and nowhere else.

A draft (`draft: true` in its solution) may lack all of this: `autograder verify` then lists what is still to do.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from autograder.course import Assignment
from autograder.judge.catalogue import misconceptions_of

from .subject import Subject

POINTS = 20  # of each exercise
RIGHT_SUBMISSIONS = 12  # folders right_* in tests/submissions/<exercise>
WRONG_SUBMISSIONS = 20  # folders wrong_* there
MISCONCEPTIONS = 8  # names in each task's grader file
UNREAD_TASK = "train"  # messages about a wrong training depend on the machine's rounding, so they are not kept


def points_add_up(subject: Subject) -> Iterator[str]:
    """The points of the checks add up to what every exercise of this course is worth (POINTS in verify/published.py)."""
    total = sum(task.points for task in subject.assignment.tasks)
    if total != POINTS:
        yield f"{total:g} of {POINTS} points"


def submissions_are_enough(subject: Subject) -> Iterator[str]:
    """The graders are tried on enough right and wrong submissions, in folders right_* and wrong_* of tests/submissions."""
    folder = subject.assignment.root / "tests" / "submissions" / subject.assignment.name
    for kind, wanted in (("right", RIGHT_SUBMISSIONS), ("wrong", WRONG_SUBMISSIONS)):
        found = sum(path.is_dir() for path in folder.glob(f"{kind}_*"))
        if found < wanted:
            yield f"{found} of {wanted} {kind} submissions"


def misconceptions_are_enough(subject: Subject) -> Iterator[str]:
    """The grader file of every task names enough misconceptions."""
    names = {(task, misconception.name) for task, misconception in misconceptions_of(subject.assignment)}
    for task in subject.assignment.tasks:
        found = sum(name == task.name for name, _ in names)
        if found < MISCONCEPTIONS:
            yield f"{found} of {MISCONCEPTIONS} misconceptions in {task.name}"


def messages_are_kept(subject: Subject) -> Iterator[str]:
    """What a student reads about each misconception is kept in tests/graders/messages, so that somebody has read it."""
    wanted = [(task, m.name) for task, m in misconceptions_of(subject.assignment) if task != UNREAD_TASK]
    missing = [name for task, name in wanted if not message_files(subject.assignment, task, name)]
    if missing:
        yield f"{len(wanted) - len(missing)} of {len(wanted)} messages ({missing[0]!r} has none)"


def message_name(misconception: str) -> str:
    """What the files of its messages are called: `forget-and-input-gate-swapped`."""
    return re.sub(r"[^a-z0-9]+", "-", misconception.lower()).strip("-")


def message_files(assignment: Assignment, task: str, misconception: str) -> list[Path]:
    """The kept messages of a misconception: one file, or a numbered one for each form that it has."""
    folder = assignment.root / "tests" / "graders" / "messages" / assignment.name / task
    name = message_name(misconception)
    return sorted(folder.glob(f"{name}.txt")) or sorted(folder.glob(f"{name}-[0-9]*.txt"))
