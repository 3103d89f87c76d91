"""Exported marks, read back by the rules of the systems that import them."""

from __future__ import annotations

import csv
import io
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from nbgrader.api import Gradebook
from nbgrader.plugins import ExportPlugin
from traitlets.config import Config, Configurable

from autograder.nbgrader import BlackboardExport, CanvasExport, MoodleExport, records
from autograder.nbgrader.export import CourseCsvExport
from tests.nbgrader.commands import ENVIRONMENT

NAME, STEM = "04_embedding", "embedding"
FORMULA = '=HYPERLINK("http://evil","x")'
ROSTER = """Student,ID,SIS User ID,SIS Login ID,Section
"Points Possible",,,,
"Lovelace, Ada",101,s-1,ada,A
"O'Brien, Bob",102,s-2,bob,A
"""


class App(Configurable):
    """What a plugin sees of nbgrader's application."""

    def __init__(self, root: Path, **settings: Any) -> None:
        super().__init__(config=Config({"LmsExport": settings}))
        self.coursedir = SimpleNamespace(root=str(root))


@pytest.fixture
def course(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """ada has 20, bob 17.5 less 2 for being late, a formula 0; zoe needs attention, and kim handed in nothing."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PATH", ENVIRONMENT["PATH"])  # nbgrader starts alembic by its name
    records.write(tmp_path, NAME, records.Record(7, {"zoe": "The notebook is empty."}))
    with Gradebook(f"sqlite:///{tmp_path}/gradebook.db", "course") as book:
        book.add_assignment(NAME)
        book.add_notebook(STEM, NAME)
        for cell, points in (("check_embed", 5), ("check_train", 15)):
            book.add_grade_cell(cell, STEM, NAME, max_score=points, cell_type="code")
        for student, scores, penalty in (("ada", (5, 15), None), ("bob", (2.5, 15), 2), (FORMULA, (0, 0), None)):
            book.add_student(student)
            book.add_submission(NAME, student)
            for cell, score in zip(("check_embed", "check_train"), scores, strict=True):
                grade = book.find_grade(cell, STEM, NAME, student)
                grade.auto_score, grade.needs_manual_grade = score, False
            book.find_submission_notebook(STEM, NAME, student).late_submission_penalty = penalty
        for student in ("zoe", "kim"):
            book.add_student(student)
        book.db.commit()
    return tmp_path


def table(course: Path, plugin: type[ExportPlugin], name: str, **settings: Any) -> list[dict[str, str]]:
    with Gradebook(f"sqlite:///{course}/gradebook.db", "course") as book:
        plugin(parent=App(course, **settings)).export(book)
    return list(csv.DictReader(io.StringIO((course / name).read_text(encoding="utf-8")), strict=True))


def test_grades_csv_has_a_score_or_says_why_not(course: Path) -> None:
    rows = {row["student_id"]: row for row in table(course, CourseCsvExport, "grades.csv")}
    assert [rows[name]["score"] for name in ("ada", "bob", "zoe", "kim")] == ["20", "15.5", "", "0"]
    assert rows["bob"]["raw_score"] == "17.5"
    assert rows["zoe"]["note"] == "needs attention: The notebook is empty."
    assert rows["kim"]["note"] == "not handed in"
    assert rows["'" + FORMULA]["score"] == "0"


def test_canvas_finds_the_columns_and_the_people_it_knows(course: Path) -> None:
    """The first five columns are fixed, the second row has the points possible; an empty cell leaves the mark as it is."""
    (course / "roster.csv").write_text(ROSTER)
    rows = table(course, CanvasExport, "canvas.csv")
    assert list(rows[0]) == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", NAME]
    assert (rows[0]["Student"], rows[0][NAME]) == ("Points Possible", "20")
    people = {row["SIS Login ID"]: row for row in rows[1:]}
    assert (people["ada"]["Student"], people["ada"]["ID"], people["ada"]["SIS User ID"]) == ("Lovelace, Ada", "101", "s-1")
    assert [people[name][NAME] for name in ("ada", "bob", "zoe", "kim")] == ["20", "15.5", "", ""]


def test_a_roster_is_joined_on_the_column_that_holds_our_ids(course: Path) -> None:
    (course / "roster.csv").write_text(ROSTER.replace("s-1,ada", "ada,al1815"))
    rows = table(course, CanvasExport, "canvas.csv", roster_key="SIS User ID")
    assert next(row for row in rows if row["SIS User ID"] == "ada")["SIS Login ID"] == "al1815"


@pytest.mark.parametrize(
    ("plugin", "name", "who"), [(MoodleExport, "moodle.csv", "username"), (BlackboardExport, "blackboard.csv", "Username")]
)
def test_moodle_and_blackboard_find_people_by_their_login(course: Path, plugin: type[ExportPlugin], name: str, who: str) -> None:
    rows = {row[who]: row[NAME] for row in table(course, plugin, name)}
    assert rows == {"ada": "20", "bob": "15.5", "'" + FORMULA: "0", "zoe": "", "kim": ""}


def test_a_column_for_each_task_on_request(course: Path) -> None:
    rows = {row["username"]: row for row in table(course, MoodleExport, "moodle.csv", per_task=True)}
    assert rows["bob"] == {"username": "bob", f"{NAME} embed": "2.5", f"{NAME} train": "15"}
    assert rows["zoe"] == {"username": "zoe", f"{NAME} embed": "", f"{NAME} train": ""}


def test_blackboard_gets_every_field_quoted(course: Path) -> None:
    table(course, BlackboardExport, "blackboard.csv")
    lines = (course / "blackboard.csv").read_text().splitlines()
    assert all(line.startswith('"') and line.endswith('"') for line in lines)
