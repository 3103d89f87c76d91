"""Regrades, penalties, comments and other gradebooks behave as nbgrader's users expect."""

from __future__ import annotations

import shutil
from pathlib import Path

import nbformat
import pytest
from nbformat import NotebookNode
from nbgrader.api import Gradebook

from autograder.nbgrader import records
from tests.nbgrader.commands import ROOT, exported, run
from tests.nbgrader.troubled import FIRST, FULL, NAME, SOLVED, STEM, UNTOUCHED

CONFIG = (ROOT / "nbgrader_config.py").read_text() + "\nc = get_config()\n"


def own_assignment() -> NotebookNode:
    """An instructor's own: a stub, its check, and a question that a person grades."""
    new = nbformat.v4

    def marks(grade_id: str, **values: object) -> dict[str, object]:
        usual = {"grade": False, "locked": False, "schema_version": 3, "solution": False, "task": False}
        return {"nbgrader": {**usual, "grade_id": grade_id, **values}}

    stub = new.new_code_cell("### BEGIN SOLUTION\nx = 3\n### END SOLUTION", metadata=marks("stub", solution=True))
    check = new.new_code_cell("assert x == 3", metadata=marks("check", grade=True, locked=True, points=2))
    essay = new.new_markdown_cell("Why?", metadata=marks("essay", grade=True, solution=True, points=3))
    kernel = {"kernelspec": {"name": "python3", "display_name": "Python 3"}}
    return new.new_notebook(cells=[stub, check, essay], metadata=kernel)


def make_course(place: Path, config: str = CONFIG, **students: bytes) -> Path:
    shutil.copytree(ROOT / "source" / NAME, place / "source" / NAME)
    (place / "nbgrader_config.py").write_text(config)
    for student, data in students.items():
        hand_in(place, student, data)
    return place


def hand_in(course: Path, student: str, data: bytes, time: str = "") -> None:
    folder = course / "submitted" / student / NAME
    folder.mkdir(parents=True, exist_ok=True)
    (folder / f"{STEM}.ipynb").write_bytes(data)
    if time:
        (folder / "timestamp.txt").write_text(time)


def gradebook(course: Path) -> Gradebook:
    return Gradebook(f"sqlite:///{course}/gradebook.db", "rnn-course")


def scores(course: Path) -> dict[str, float | None]:
    run(course, "export")
    return {row["student_id"]: float(row["score"]) if row["score"] else None for row in exported(course)}


@pytest.fixture(scope="module")
def course(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Two submissions, autograded once, and one that cannot be."""
    place = make_course(tmp_path_factory.mktemp("course"), ada=SOLVED, bob=UNTOUCHED, zoe=b"{")
    run(place, "autograde", NAME)
    return place


def test_manual_scores_comments_and_seed_survive_a_regrade(course: Path) -> None:
    with gradebook(course) as book:
        book.find_grade(FIRST.check_id, STEM, NAME, "bob").manual_score = 2.0
        book.find_comment(FIRST.name, STEM, NAME, "bob").manual_comment = "Well begun."
        book.db.commit()
    seed = records.read(course, NAME).seed
    run(course, "autograde", NAME, "--student", "bob", "--force")
    assert records.read(course, NAME).seed == seed is not None
    run(course, "generate_feedback", NAME)
    page = (course / "feedback/bob" / NAME / f"{STEM}.html").read_text()
    assert scores(course) == {"ada": FULL, "bob": 2.0, "zoe": None}
    assert "not valid JSON" in records.needs_attention(course, NAME)["zoe"]  # still, after a regrade of somebody else
    assert "Well begun." in page
    assert "No response." not in page
    assert f"--seed {seed}" in page
    run(course, "autograde", NAME, "--force")
    assert records.read(course, NAME).seed != seed


def test_changed_points_are_told_with_the_command_and_that_command_mends_it(course: Path) -> None:
    with gradebook(course) as book:
        book.find_grade_cell(FIRST.check_id, STEM, NAME).max_score = FIRST.points - 1
        book.db.commit()
    done = run(course, "autograde", NAME, check=False)
    assert done.returncode == 1
    assert f"nbgrader generate_assignment {NAME} --force" in done.stderr
    run(course, "generate_assignment", NAME, "--force")
    run(course, "autograde", NAME, "--force")
    assert scores(course)["ada"] == FULL


def test_an_instructors_own_assignment_goes_nbgraders_own_way(course: Path) -> None:
    for tree in ("source", "submitted/ada"):
        (course / tree / "ps1").mkdir()
        nbformat.write(own_assignment(), course / tree / "ps1/p.ipynb")
    run(course, "generate_assignment", "ps1")
    run(course, "autograde", "ps1")
    with gradebook(course) as book:
        assert book.find_grade("check", "p", "ps1", "ada").auto_score == 2
        assert book.find_grade("essay", "p", "ps1", "ada").needs_manual_grade
    run(course, "export")
    notes = {(row["student_id"], row["assignment"]): (row["score"], row["note"]) for row in exported(course)}
    assert notes["ada", "ps1"] == ("", "not graded yet: a grade has to be given by hand")
    assert notes["bob", "ps1"] == ("0", "not handed in")
