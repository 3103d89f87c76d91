"""List every misconception with its message: writes docs/misconceptions.md from the grader files and tests/graders/messages.

    python -m benchmarks.misconceptions [--check]

The messages are those stored in tests/graders, so nothing is graded here. With --check nothing is written, and exit status 1
means that the list is out of date.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from pathlib import Path

from autograder.course import Assignment, Course
from autograder.judge import Misconception
from autograder.judge.catalogue import misconceptions_of
from autograder.verify.published import message_files

INTRODUCTION = """# The mistakes that are named

Every entry is a wrong version of a solution. As a submission it loses points in its task and only there. When a submission
gives the same answers, the student reads the entry's advice: the end of each message below. The lines before it say what is
wrong with the answer.
Written by `python -m benchmarks.misconceptions` from `autograder/graders` and `tests/graders/messages`.
"""
FAILED, NEXT = "  [not yet] ", re.compile(r"  \S")


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.misconceptions", description=__doc__.splitlines()[0])
    parser.add_argument("--check", action="store_true", help="write nothing; report whether the list is up to date")
    options = parser.parse_args(argv)
    course = Course()
    listed, target = document(course), page(course)
    if options.check:
        current = target.is_file() and target.read_text() == listed
        print(f"{target.relative_to(course.root)} is {'current' if current else 'out of date'}.")
        return int(not current)
    target.write_text(listed)
    print(f"{target.relative_to(course.root)}: {len({(a.name, task, m.name) for a, task, m in _all(course)})} mistakes.")
    return 0


def page(course: Course) -> Path:
    return course.root / "docs" / "misconceptions.md"


def document(course: Course) -> str:
    """The whole list as Markdown."""
    lines = [INTRODUCTION]
    shown: tuple[str, str] = ("", "")
    listed: set[tuple[str, str, str]] = set()  # a mistake that is made in several ways is listed once
    for assignment, task, misconception in _all(course):
        if (assignment.name, task, misconception.name) in listed:
            continue
        listed.add((assignment.name, task, misconception.name))
        if assignment.name != shown[0]:
            lines.append(f"## {assignment.name}\n")
        if (assignment.name, task) != shown:
            lines.append(f"### {task}\n")
        shown = assignment.name, task
        lines.append(f"**{misconception.name}**\n\n```text\n{message(assignment, task, misconception)}\n```\n")
    return "\n".join(lines)


def message(assignment: Assignment, task: str, misconception: Misconception) -> str:
    """What a student reads about the first test that names the mistake; only the advice if no message is stored."""
    files = message_files(assignment, task, misconception.name)
    blocks = [block for file in files for block in _blocks(file.read_text())]
    return next((block for block in blocks if _flat(misconception.advice) in _flat(block)), misconception.advice)


def _blocks(text: str) -> list[str]:
    """The message of each failed test, without indentation and without the line that names the behaviour."""
    found: list[list[str]] = []
    wanted = False
    for line in text.splitlines():
        if NEXT.match(line):
            wanted = line.startswith(FAILED)
            if wanted:
                found.append([])
        elif wanted:
            found[-1].append(line.strip())
    return ["\n".join(block) for block in found]


def _flat(text: str) -> str:
    return " ".join(text.split())


def _all(course: Course) -> Iterator[tuple[Assignment, str, Misconception]]:
    for assignment in (a for a in course.assignments if not a.draft):
        for task, misconception in misconceptions_of(assignment):
            yield assignment, task, misconception


if __name__ == "__main__":
    sys.exit(main())
