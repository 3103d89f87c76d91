"""Rules about the headers of a solution's cells."""

from __future__ import annotations

from collections.abc import Iterator

from autograder.course import points_table
from autograder.course.cells import grade_id, is_stub
from autograder.kit import Submission

from .subject import Subject

TAKEN = {name for name in dir(Submission) if not name.startswith("_")}  # what `submission` offers besides the stubs


def stubs_and_checks_belong_together(subject: Subject) -> Iterator[str]:
    """Every stub has one cell of checks with its points, and the introduction has a place for the table of points."""
    assignment = subject.assignment
    cells = assignment.notebook.cells
    stubs = {name for cell in cells if is_stub(cell) and (name := grade_id(cell))}
    tasks = {task.name for task in assignment.tasks}
    for name in sorted(stubs ^ tasks):
        yield f"{assignment.solution.name}: {name} is a stub without a check, or a check without a stub"
    for name in sorted(tasks & TAKEN):
        yield f"{assignment.solution.name}: `submission.{name}` is something else in a hidden test. Call the stub by another name"
    if not any(points_table.HEAD in cell.source for cell in cells):
        yield f"{assignment.solution.name}: write {points_table.PLACEHOLDER} where the table of tasks and points belongs"
