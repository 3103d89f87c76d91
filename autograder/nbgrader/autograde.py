"""`nbgrader autograde`: submissions are graded first in one pool of processes, then recorded by nbgrader's own converter."""

from __future__ import annotations

import fnmatch
import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import nbformat
from nbgrader.converters import Autograde, BaseConverter, NbGraderException
from nbgrader.preprocessors import (
    CheckCellMetadata,
    ClearOutput,
    DeduplicateIds,
    Execute,
    LimitOutput,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)
from traitlets import Bool, Integer

from autograder.course import Assignment, CourseError
from autograder.results import OUR_FAULT, REJECTED_INPUT, Result
from autograder.sanitize import one_line

from . import records
from .ahead import Request, grade_ahead
from .course import course
from .gradebook import record_if_missing, require_current_points, withdraw
from .scores import SaveScores
from .staging import Submission, settle_timestamp, stage
from .students import chosen

NOT_FOR_STAGED = (
    CheckCellMetadata, ClearOutput, DeduplicateIds, Execute, LimitOutput, OverwriteCells, OverwriteKernelspec,
)  # fmt: skip

NOT_A_NAME = "The name of the student's folder has a line break in it, which nbgrader cannot read. Rename the folder."


class CourseAutograde(Autograde):
    """`nbgrader autograde`, for the command line and for Formgrader.

    Submissions of our assignments are graded ahead, all in one pool, and nbgrader's own converter records the results.
    What is not ours goes nbgrader's own way.
    """

    unconfined = Bool(False, help="Run submissions without protection. Every result is flagged.").tag(config=True)
    workers = Integer(os.cpu_count() or 1, help="Grading processes; default: one per core.").tag(config=True)

    _assignment: Assignment | None = None  # our assignment that is being converted, if any
    _failed: bool = False

    def start(self) -> None:
        pattern = self.coursedir.assignment_id
        ours = [a for a in course().assignments if fnmatch.fnmatchcase(a.name, pattern)]
        if not ours or any(sign in pattern for sign in "*?["):
            super().start()
        for assignment in ours:
            record_if_missing(assignment, self.coursedir, self)
            require_current_points(assignment, self.coursedir, self)
            self._autograde(assignment)
        if self._failed:
            raise NbGraderException("Not every submission could be graded, for reasons that are not the students'. See above.")

    def init_notebooks(self) -> None:
        """The submissions that nbgrader finds; for our assignments see `_autograde`."""
        if self._assignment is not None:
            folders = Path(self.coursedir.submitted_directory).glob(f"*/{self._assignment.name}")  # also `[abc]`
            self.assignments = {str(folder): [str(folder / f"{self._assignment.stem}.ipynb")] for folder in folders}
            return
        try:
            super().init_notebooks()
        except NbGraderException:
            if not any(fnmatch.fnmatchcase(a.name, self.coursedir.assignment_id) for a in course().assignments):
                raise
        names = {assignment.name for assignment in course().assignments}
        self.assignments = {path: found for path, found in self.assignments.items() if Path(path).name not in names}

    def _autograde(self, assignment: Assignment) -> None:
        found = list(self._submissions(assignment))
        if not found:
            message = f"No submission of {assignment.name} was found in {self.coursedir.submitted_directory}/"
            self.log.error(message)
            raise NbGraderException(message)
        for submission in found:
            self._settle(submission)
        due = [submission for submission in found if self._is_due(assignment, submission)]
        if len(due) < len(found):
            self.log.info("%d of %d are graded already and have not changed", len(found) - len(due), len(found))
        if not due:
            return
        record = self._record(assignment)
        results = self._grade(assignment, due, record.seed)
        reasons = {r.student: r.message for r in results.values() if r.verdict == REJECTED_INPUT}
        reasons |= {student: NOT_A_NAME for student in results if "\n" in student}
        scored = {student: r for student, r in results.items() if r.verdict not in OUR_FAULT and student not in reasons}
        recorded = self._convert(assignment, [(s, scored[s.student]) for s in due if s.student in scored])
        for student in reasons:
            withdraw(assignment, student, self)
        seed = next((result.seed for result in results.values()), record.seed)
        settled = recorded | {student for student in record.needs_attention if not self._has_handed_in(assignment, student)}
        records.write(Path(self.coursedir.root), assignment.name, record.with_attention(reasons, settled, seed))
        self._report(due, results, reasons, recorded)

    def _submissions(self, assignment: Assignment) -> Iterator[Submission]:
        submitted = Path(self.coursedir.format_path(self.coursedir.submitted_directory, "_", assignment.name)).parents[1]
        excluded = self.coursedir.student_id_exclude.split(",")
        names = os.listdir(submitted) if submitted.is_dir() else []
        for name in chosen(names, self.coursedir.student_id):
            path = submitted / name / assignment.name
            if name not in excluded and not name.startswith(".") and os.path.lexists(path):
                yield Submission(name, path)

    def _has_handed_in(self, assignment: Assignment, student: str) -> bool:
        return os.path.lexists(self.coursedir.format_path(self.coursedir.submitted_directory, student, assignment.name))

    def _settle(self, submission: Submission) -> None:
        done = settle_timestamp(submission.path) if submission.path.is_dir() and not submission.path.is_symlink() else None
        if done:
            self.log.warning("%s: %s", submission.student, done)

    def _is_due(self, assignment: Assignment, submission: Submission) -> bool:
        """Whether nbgrader would convert it: it is new, has a newer timestamp, or `--force` is given."""
        destination = self._format_dest(assignment.name, submission.student)
        if self.force or not os.path.exists(destination):
            return True
        new = self.coursedir.get_existing_timestamp(str(submission.path))
        old = self.coursedir.get_existing_timestamp(destination)
        return new is not None and old is not None and new > old

    def _record(self, assignment: Assignment) -> records.Record:
        """The assignment's record; without its seed when the whole class is graded again."""
        record = records.read(Path(self.coursedir.root), assignment.name)
        return replace(record, seed=None) if self.force and self.coursedir.student_id == "*" else record

    def _grade(self, assignment: Assignment, due: list[Submission], seed: int | None) -> dict[str, Result]:
        paths = {submission.student: str(submission.path) for submission in due}
        request = Request(assignment.name, paths, seed, self.workers, self.unconfined)
        results: dict[str, Result] = {}
        self.log.info("Grading %d submissions of %s", len(due), assignment.name)
        try:
            for result in grade_ahead(request, course(), self.log.warning):
                results[result.student] = result
                if len(results) % 20 == 0:
                    self.log.info("%d of %d are graded", len(results), len(due))
        except CourseError as error:
            self.log.error("%s", error)
            self._failed = True
        return results

    def _convert(self, assignment: Assignment, graded: list[tuple[Submission, Result]]) -> set[str]:
        """Let nbgrader's own converter record the results from staged notebooks. Return the students that were recorded."""
        source = nbformat.read(assignment.notebook_in("source"), as_version=4)
        with tempfile.TemporaryDirectory(prefix="autograder-") as staging:
            for submission, result in graded:
                try:
                    stage(Path(staging), assignment, submission, result, source)
                except Exception:
                    self.log.exception("%s could not be prepared for the gradebook", submission.student)
            self._assignment = assignment
            try:
                if os.listdir(staging):
                    with _attributes(self.coursedir, submitted_directory=staging, assignment_id=assignment.name):
                        super().start()
            except NbGraderException as error:  # of some submissions, the others are recorded
                self.log.error("%s", error)
            finally:
                self._assignment = None
        names = {submission.student for submission, _ in graded}
        return {student for student in names if os.path.exists(self._format_dest(assignment.name, student))}

    def _report(self, due: list[Submission], results: dict[str, Result], reasons: dict[str, str], recorded: set[str]) -> None:
        """Report at the end of the run what was corrected, which faults are ours, and who needs attention."""
        for student, result in sorted(results.items()):
            for flag in result.flags:
                if student in recorded and flag.task is None:
                    self.log.info("%s: %s", student, flag)
        ours = {r.student: r.message for r in results.values() if r.verdict in OUR_FAULT}
        known = recorded | reasons.keys() | ours.keys()
        ours |= {s.student: "it was not recorded, see above" for s in due if s.student not in known}
        for reason in sorted(set(ours.values())):
            students = [student for student, why in ours.items() if why == reason]
            self.log.error("No score for %d of %d, and it is not their fault: %s", len(students), len(due), reason)
        self._failed = self._failed or bool(ours)
        if reasons:
            lines = "".join(f"\n  {one_line(student)}: {reason}" for student, reason in sorted(reasons.items()))
            self.log.warning("%d of %d need attention and have no score:%s", len(reasons), len(due), lines)
        if reasons and not recorded:
            raise NbGraderException(f"Nothing could be graded. {'; '.join(sorted(reasons.values()))}")

    def convert_single_notebook(self, notebook_filename: str) -> None:
        """One pass over a staged notebook, without unneeded steps: the notebook is clean, and its outputs are the results."""
        if self._assignment is None:
            super().convert_single_notebook(notebook_filename)
            return
        self.exporter._preprocessors = []
        for preprocessor in (*self.sanitize_preprocessors, *self.autograde_preprocessors):
            if preprocessor not in NOT_FOR_STAGED:
                self.exporter.register_preprocessor(SaveScores if preprocessor is SaveAutoGrades else preprocessor)
        BaseConverter.convert_single_notebook(self, notebook_filename)


@contextmanager
def _attributes(thing: Any, **values: Any) -> Iterator[None]:
    """Set values inside the block and restore them afterwards."""
    before = {name: getattr(thing, name) for name in values}
    for name, value in values.items():
        setattr(thing, name, value)
    try:
        yield
    finally:
        for name, value in before.items():
            setattr(thing, name, value)
