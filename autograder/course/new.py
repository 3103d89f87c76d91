"""Write a working skeleton of a new exercise: its solution, and the grader file of its one task.

What is written stands in `skeleton/`, where the words NUMBER, TITLE and STUB are filled in. It is a draft until its author
takes `draft: true` out of the solution.
"""

from __future__ import annotations

import keyword
from pathlib import Path

from .assignment import NAME, Assignment, Course, CourseError

SKELETON = Path(__file__).with_name("skeleton")


def new_exercise(course: Course, name: str, stub: str) -> tuple[Path, Path]:
    """Write both files and return their paths.

    Raises CourseError when a name cannot be used. Nothing is overwritten.
    """
    if not NAME.fullmatch(name):
        raise CourseError(f"{name!r} is no name for an exercise. Use two digits and a word, such as 07_words.")
    for other in course.assignments:
        if other.name[:2] == name[:2]:
            raise CourseError(f"{name[:2]} is the number of {other.name}. Use the next free one.")
    assignment = Assignment(course.root, name)
    if not stub.isidentifier() or keyword.iskeyword(stub):
        raise CourseError(f"{stub!r} is no name for a function.")
    words = {"NUMBER": str(int(name[:2])), "TITLE": assignment.stem.replace("_", " ").capitalize(), "STUB": stub}
    targets = assignment.solution, assignment.graders / f"test_{stub}.py"
    for target in targets:
        if target.exists():
            raise CourseError(f"{target.relative_to(course.root)} is there already.")
    for target, template in zip(targets, ("solution.py.txt", "grader.py.txt"), strict=True):
        text = (SKELETON / template).read_text(encoding="utf-8")
        for word, value in words.items():
            text = text.replace(word, value)
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(text, encoding="utf-8")
    return targets
