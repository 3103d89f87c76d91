"""Similar submissions: a copy with changed names and comments is found, and independent work is not."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from autograder.batch import journal
from autograder.batch.sources import export, known_texts, texts_in
from autograder.cli import main
from autograder.course import Course
from autograder.intake.source import read_submission
from autograder.reports.similarity import Group, similar_groups
from autograder.results import Result

COURSE = Course()
NAME = "04_embedding"
ASSIGNMENT = COURSE[NAME]
CORPUS = COURSE.root / "tests/submissions"


def corpus(name: str) -> dict[str, str]:
    """The correct submissions of the corpus, each written as a different learner would."""
    folders = sorted((CORPUS / name).glob("right_*"))
    return {folder.name: "\n\n".join(read_submission(folder, COURSE[name].stem).cells) for folder in folders}


def disguised(text: str) -> str:
    """Other names for variables, and a comment on every line."""
    text = re.sub(r"(?<![.\w])(output|out|h|hidden|state|logits|loss|i|t|x|rows|vectors|one_hot)\b(?!\()", r"\1_mine", text)
    return "\n".join(f"{line}  # mine" if line.strip().endswith(")") else line for line in text.split("\n"))


def test_a_disguised_copy_is_found() -> None:
    texts = corpus(NAME)
    found = 0
    chosen = list(texts)[::6]
    for name in chosen:
        groups = similar_groups(NAME, texts | {"copy": disguised(texts[name])}, known_texts(ASSIGNMENT))
        found += any({"copy", name} <= set(group.students) for group in groups)
    assert found >= 0.8 * len(chosen)  # some are a few lines long


def test_independent_work_is_left_alone() -> None:
    """One pair of these is called similar, and one was written from the other. docs/results.md has the rates of all."""
    found = {(name, group.students) for name in ("02_shapes", NAME) for group in similar(name)}
    assert found == {("02_shapes", ("right_seeded_itself", "right_terse"))}


def similar(name: str) -> list[Group]:
    return similar_groups(name, corpus(name), known_texts(COURSE[name]))


@pytest.mark.parametrize("texts", [{}, {"ada": "x = 1"}, {"ada": "def (:", "bob": "def (:"}, {"ada": "", "bob": ""}])
def test_hardly_anything_is_not_similar(texts: dict[str, str]) -> None:
    assert similar_groups(NAME, texts, known_texts(ASSIGNMENT)) == []


def test_the_stub_and_the_solution_say_nothing() -> None:
    texts = {f"student {i}": ASSIGNMENT.solution_module for i in range(20)}
    texts |= {f"untouched {i}": ASSIGNMENT.module.read_text() for i in range(20)}
    assert similar_groups(NAME, texts, known_texts(ASSIGNMENT)) == []


def test_what_many_write_says_nothing() -> None:
    text = corpus(NAME)["right_scatter_and_sum_of_losses"]
    many = {f"student {i:02d}": text for i in range(20)}
    assert similar_groups(NAME, many, known_texts(ASSIGNMENT)) == []
    few = dict(list(many.items())[:2]) | corpus(NAME)
    groups = similar_groups(NAME, few, known_texts(ASSIGNMENT))
    assert any({"student 00", "student 01"} <= set(group.students) for group in groups)


def test_the_export_is_what_dolos_and_jplag_read(tmp_path: Path) -> None:
    for student in ("ada", "bob"):
        path = tmp_path / "submitted" / student / NAME / "embedding.py"
        path.parent.mkdir(parents=True)
        path.write_text(f"# {student}\n")
    texts = dict(texts_in(tmp_path / "submitted", COURSE, ASSIGNMENT))
    export(tmp_path / "out", ASSIGNMENT, texts)
    with (tmp_path / "out/info.csv").open(newline="") as file:
        rows = list(csv.DictReader(file))
    assert [row["label"] for row in rows] == ["ada", "bob"]
    assert all((tmp_path / "out" / row["filename"]).read_text() == texts[row["label"]] for row in rows)
    assert {path.name for path in (tmp_path / "out/submissions").iterdir()} == {"ada", "bob"}  # JPlag: a folder each
    assert (tmp_path / "out/base/embedding.py").read_text() == ASSIGNMENT.module.read_text()


def test_the_report_has_the_section(tmp_path: Path) -> None:
    texts = corpus(NAME)
    texts["zoe"] = disguised(texts["right_eye_recursion"])
    for student, text in texts.items():
        path = tmp_path / "submitted" / student / NAME / "embedding.py"
        path.parent.mkdir(parents=True)
        path.write_text(text)
        journal.write(tmp_path / "results", Result(student, NAME, "graded", (), 20.0))
    argv = ["report", str(tmp_path / "results"), "--format", "html", "--submissions", str(tmp_path / "submitted")]
    assert main([*argv, "--output", str(tmp_path / "out.html"), "--export-sources", str(tmp_path / "sources")]) == 0
    assert "right_eye_recursion, zoe (similarity" in (tmp_path / "out.html").read_text()
    assert (tmp_path / "sources" / NAME / "info.csv").exists()
    assert main([*argv, "--output", str(tmp_path / "hidden.html"), "--anonymous"]) == 0
    assert "zoe" not in (tmp_path / "hidden.html").read_text()
    assert "A hint, not a finding." in (tmp_path / "hidden.html").read_text()
