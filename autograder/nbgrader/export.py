"""Export marks from nbgrader: `nbgrader export`, and CSV that Canvas, Moodle and Blackboard import without editing.

    nbgrader export                                                   grades.csv
    nbgrader export --exporter=autograder.nbgrader.CanvasExport       canvas.csv; MoodleExport and BlackboardExport work alike
    nbgrader export --exporter=... --LmsExport.per_task=True          a column for each task

Where there is no score, there is none: needs attention, not handed in or not graded yet is an empty cell. Only grades.csv has
nbgrader's 0 for what was not handed in, and says so in its last column.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, ClassVar

from nbgrader.api import Gradebook, MissingEntry
from nbgrader.plugins import ExportPlugin
from traitlets import Bool, Unicode

from autograder.reports import lms
from autograder.reports.cells import Cell, csv_text

from .records import needs_attention
from .roster import RosterError, read_roster

COLUMNS = (  # as nbgrader has them, and one more
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email", "raw_score",
    "late_submission_penalty", "score", "max_score", "note",
)  # fmt: skip
NOT_HANDED_IN = "not handed in"
NOT_GRADED = "not graded yet: a grade has to be given by hand"


@dataclass(frozen=True)
class Entry:
    """The gradebook's data on one student's assignment. score: None when there is none; then the note says why."""

    assignment: Any
    student: Any
    submission: Any
    score: float | None
    penalty: float
    note: str = ""

    @property
    def final(self) -> float | None:
        return None if self.score is None else max(0.0, self.score - self.penalty)


def entries(plugin: ExportPlugin, gradebook: Gradebook, root: Path) -> Iterator[Entry]:
    """Every assignment of every student, restricted by `--assignment` and `--student`."""
    for assignment in gradebook.assignments:
        reasons = needs_attention(root, assignment.name)
        for student in gradebook.students:
            if _wanted(plugin.assignment, assignment.name) and _wanted(plugin.student, student.id):
                yield _entry(gradebook, assignment, student, reasons.get(student.id, ""))


def _wanted(asked: list[Any], name: str) -> bool:
    return not asked or name in map(str, asked)


def _entry(gradebook: Gradebook, assignment: Any, student: Any, reason: str) -> Entry:
    try:
        submission = gradebook.find_submission(assignment.name, student.id)
    except MissingEntry:
        return Entry(assignment, student, None, None, 0.0, f"needs attention: {reason}" if reason else NOT_HANDED_IN)
    grades = [grade for notebook in submission.notebooks for grade in notebook.grades]
    open_ones = any(grade.auto_score is None and grade.manual_score is None for grade in grades)
    penalty = float(submission.late_submission_penalty or 0.0)
    if open_ones:
        return Entry(assignment, student, submission, None, penalty, f"needs attention: {reason}" if reason else NOT_GRADED)
    return Entry(assignment, student, submission, float(submission.score), penalty)


class CourseCsvExport(ExportPlugin):
    """nbgrader's own table with standard quoting, and without a score where there is none."""

    def export(self, gradebook: Gradebook) -> None:
        root = Path(self.parent.coursedir.root)
        rows = [_grades_row(entry) for entry in entries(self, gradebook, root)]
        _write(self, self.to or "grades.csv", csv_text([list(COLUMNS), *rows]))


def _grades_row(entry: Entry) -> list[Cell]:
    zero = 0.0 if entry.note == NOT_HANDED_IN else None
    student, submission = entry.student, entry.submission
    return [
        entry.assignment.name, _text(entry.assignment.duedate), _text(submission.timestamp if submission is not None else None),
        student.id, student.last_name, student.first_name, student.email,
        zero if entry.score is None else entry.score, entry.penalty,
        zero if entry.final is None else entry.final, float(entry.assignment.max_score), entry.note,
    ]  # fmt: skip


def _text(value: object) -> str:
    return "" if value is None else str(value)


class LmsExport(ExportPlugin):
    """A table for the importer of a learning management system, one row per student."""

    per_task = Bool(False, help="A column for each task instead of each assignment; without late penalties.").tag(config=True)
    roster = Unicode(
        "roster.csv",
        help="A list of the course that the LMS exported, in the course directory; used when it is there. Its columns say who a "
        "student is in the LMS.",
    ).tag(config=True)
    roster_key = Unicode("", help="The roster's column that holds our students' ids; default: the login.").tag(config=True)

    destination: ClassVar[str]
    login: ClassVar[str]
    table: ClassVar[staticmethod[[lms.Gradebook, lms.People], str]]

    def export(self, gradebook: Gradebook) -> None:
        root = Path(self.parent.coursedir.root)
        found = list(entries(self, gradebook, root))
        people = self._people(root / self.roster)
        book = _by_task(found) if self.per_task else _by_assignment(found)
        strangers = sorted(set(book.scores) - set(people)) if people else []
        if strangers:
            self.log.warning("Not in %s, so the importer will not know them: %s", self.roster, ", ".join(map(repr, strangers)))
        for entry in found:
            if entry.final is None and entry.note != NOT_HANDED_IN:
                self.log.warning("No score for %s, %s: %s", entry.student.id, entry.assignment.name, entry.note)
        _write(self, self.to or self.destination, type(self).table(book, people))

    def _people(self, path: Path) -> lms.People:
        if not path.is_file():
            if self.roster != type(self).roster.default_value:
                raise SystemExit(f"{path} is not there, or no file.")
            return lms.NOBODY
        try:
            roster = read_roster(path, self.roster_key or self.login)
        except RosterError as error:
            raise SystemExit(str(error)) from None
        if roster.twice:
            self.log.warning("Twice in %s, the first row counts: %s", self.roster, ", ".join(map(repr, roster.twice)))
        return roster.people


def _by_assignment(found: list[Entry]) -> lms.Gradebook:
    max_scores = {entry.assignment.name: float(entry.assignment.max_score) for entry in found}
    scores: dict[str, dict[str, float | None]] = {}
    for entry in found:
        scores.setdefault(entry.student.id, {})[entry.assignment.name] = entry.final
    return lms.Gradebook(max_scores, scores)


def _by_task(found: list[Entry]) -> lms.Gradebook:
    max_scores: dict[str, float] = {}
    scores: dict[str, dict[str, float | None]] = {}
    for entry in found:
        for notebook in entry.assignment.notebooks:
            for cell in notebook.grade_cells:
                max_scores[_column(entry, cell.name)] = float(cell.max_score)
        row = scores.setdefault(entry.student.id, {})
        if entry.score is not None:
            grades = [grade for notebook in entry.submission.notebooks for grade in notebook.grades]
            row |= {_column(entry, grade.name): float(grade.score) for grade in grades}
    return lms.Gradebook(max_scores, scores)


def _column(entry: Entry, cell: str) -> str:
    return f"{entry.assignment.name} {cell.removeprefix('check_')}"


def _write(plugin: ExportPlugin, name: str, text: str) -> None:
    plugin.log.info("Exporting grades to %s", name)
    Path(name).write_text(text, encoding="utf-8", newline="")


class CanvasExport(LmsExport):
    """For Canvas: Grades, Import. The roster is Canvas's own export of the gradebook."""

    destination = "canvas.csv"
    login = "SIS Login ID"
    table = staticmethod(lms.canvas)


class MoodleExport(LmsExport):
    """For Moodle: Grades, Import, CSV file, `username` mapped to the username."""

    destination = "moodle.csv"
    login = "username"
    table = staticmethod(lms.moodle)


class BlackboardExport(LmsExport):
    """For Blackboard: Grade Center, Work Offline, Upload."""

    destination = "blackboard.csv"
    login = "Username"
    table = staticmethod(lms.blackboard)
