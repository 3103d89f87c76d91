"""The rule about the files that the other rules read."""

from __future__ import annotations

from collections.abc import Iterator

from autograder.judge.catalogue import grader_module

from .subject import Subject


def files_are_there(subject: Subject) -> Iterator[str]:
    """Every task has a grader file that can be loaded, and the trees are built."""
    assignment = subject.assignment
    for task in assignment.tasks:
        path = assignment.graders / f"test_{task.name}.py"
        if not path.is_file():
            yield f"{path.relative_to(assignment.root)} is missing: the hidden tests of {task.name}"
            continue
        try:
            grader_module(assignment, task.name)
        except Exception as error:  # whatever the file's own code raises
            yield f"{path.relative_to(assignment.root)} cannot be loaded: {type(error).__name__}: {error}"
    built = (assignment.notebook_in("source"), assignment.notebook_in("release"), assignment.module, assignment.visible_checks)
    for path in built:
        if not path.is_file():
            yield f"{path.relative_to(assignment.root)} is missing. Run: autograder build {assignment.name}"
