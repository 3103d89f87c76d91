"""Enter our assignments in the gradebook before submissions are graded: their cells and points."""

from __future__ import annotations

import shutil
import tempfile
from typing import Any

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.converters import GenerateAssignment, NbGraderException
from nbgrader.coursedir import CourseDirectory
from nbgrader.utils import temp_attrs

from autograder.course import Assignment


def record_if_missing(assignment: Assignment, coursedir: CourseDirectory, parent: Any) -> None:
    """Enter the assignment in the gradebook as `nbgrader generate_assignment` does, without touching release/."""
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        try:
            if gradebook.find_assignment(assignment.name).notebooks:
                return
        except MissingEntry:
            pass
    parent.log.info("Entering %s in the gradebook, from source/", assignment.name)
    with (
        tempfile.TemporaryDirectory() as elsewhere,
        temp_attrs(coursedir, release_directory=elsewhere, assignment_id=assignment.name, notebook_id="*"),
    ):
        GenerateAssignment(coursedir=coursedir, parent=parent).start()


def require_current_points(assignment: Assignment, coursedir: CourseDirectory, parent: Any) -> None:
    """Raise NbGraderException, with the command to run, when the gradebook's points are not those of the course."""
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        notebook = gradebook.find_notebook(assignment.stem, assignment.name)
        recorded = {cell.name: cell.max_score for cell in notebook.grade_cells}
    current = {task.check_id: task.points for task in assignment.tasks}
    names = [name for name in recorded | current if recorded.get(name) != current.get(name)]
    if names:
        changes = [f"{name}: {recorded.get(name, 'absent')} there, {current.get(name, 'absent')} here" for name in names]
        message = (
            f"The points of {assignment.name} are not those in the gradebook ({'; '.join(changes)}). "
            f"Run: nbgrader generate_assignment {assignment.name} --force, then nbgrader autograde {assignment.name} --force"
        )
        parent.log.error(message)
        raise NbGraderException(message)


def withdraw(assignment: Assignment, student: str, converter: Any) -> None:
    """Remove the score of a submission: its files in autograded/, and everything in the gradebook that no person entered."""
    coursedir = converter.coursedir
    shutil.rmtree(coursedir.format_path(coursedir.autograded_directory, student, assignment.name), ignore_errors=True)
    with Gradebook(coursedir.db_url, coursedir.course_id) as gradebook:
        gradebook.update_or_create_student(student)
        try:
            submission = gradebook.find_submission(assignment.name, student)
        except MissingEntry:
            return
        grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
        if all(grade.manual_score is None for grade in grades):
            gradebook.remove_submission(assignment.name, student)
            return
        for grade in grades:
            grade.auto_score, grade.needs_manual_grade = None, True
        gradebook.db.commit()
