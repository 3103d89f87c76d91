"""The results folder as the database of a class: which results are valid, what is graded again, and what is archived."""

from __future__ import annotations

import io
import json
import pty
import termios
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.batch import fingerprint, journal
from autograder.batch.plan import Plan, Selection, plan_regrade, plan_resume, without_submission
from autograder.batch.pool import Work, find_submissions
from autograder.batch.progress import Progress, duration
from autograder.batch.run_record import RunRecord
from autograder.course import Course
from autograder.intake.source import RejectedInput, read_submission
from autograder.results import CRASHED, GRADED, GRADER_ERROR, Result

COURSE = Course()
NAME = "01_rnn_cell"
SEED = 5
STUDENTS = ("ada", "bob", "cleo")


@pytest.fixture
def submitted(tmp_path: Path) -> Path:
    for student in STUDENTS:
        folder = tmp_path / "submitted" / student / NAME
        folder.mkdir(parents=True)
        (folder / "rnn_cell.py").write_text(f"# {student}\n")
    return tmp_path / "submitted"


@pytest.fixture
def results(tmp_path: Path, submitted: Path) -> Path:
    """A results folder in which everybody was graded, as it would be today."""
    folder = tmp_path / "results"
    for name, entry in work_in(submitted):
        journal.write(folder, graded(name, entry.student, entry.path))
    RunRecord.of_now(SEED, [COURSE[NAME]], confined=True).write(folder)
    return folder


def work_in(submitted: Path) -> list[Work]:
    return find_submissions(submitted, COURSE)


def graded(name: str, student: str, path: Path | None) -> Result:
    assert path is not None
    try:
        source = read_submission(path, COURSE[name].stem)
        sha256, files, verdict = source.sha256, source.files, GRADED
    except RejectedInput as error:
        sha256, files, verdict = error.sha256, error.files, "rejected_input"
    versions = {"graders_sha256": fingerprint.graders_sha256(COURSE[name]), "torch_version": fingerprint.torch_version()}
    return Result(student, name, verdict, (), 20.0, submission_sha256=sha256, submission_files=files, seed=SEED, **versions)


def resumed(submitted: Path, results: Path, seed: int | None = None, confined: bool = True) -> Plan:
    return plan_resume(results, COURSE, work_in(submitted), seed, confined)


def seeds(plan: Plan) -> dict[str, int | None]:
    return {entry.student: entry.seed for _, entry in plan.work}


def test_what_would_be_the_same_today_stands(submitted: Path, results: Path) -> None:
    plan = resumed(submitted, results)
    assert (plan.work, plan.stale, plan.seed) == ([], {}, SEED)
    assert set(plan.stand) == {(student, NAME) for student in STUDENTS}


def change(results: Path, **fields: object) -> None:
    path = journal.document_path(results, NAME, "ada")
    journal.write(results, replace(journal.read(path), **fields))


def no_notebook(submitted: Path, results: Path) -> None:
    """A module in a file called .ipynb was rejected; renamed, it is the module that it should have been."""
    wrong = (submitted / "ada" / NAME / "rnn_cell.py").rename(submitted / "ada" / NAME / "rnn_cell.ipynb")
    rejected = graded(NAME, "ada", wrong.parent)
    assert rejected.verdict == "rejected_input"
    journal.write(results, rejected)
    wrong.rename(wrong.with_suffix(".py"))


STALE: dict[str, tuple[str, Callable[[Path, Path], object]]] = {
    "another torch": ("torch", lambda s, r: change(r, torch_version="2.12.0")),
    "other graders": ("graders", lambda s, r: change(r, graders_sha256="0" * 64)),
    "a document from before there was a hash": ("graders", lambda s, r: change(r, graders_sha256="")),
    "no protection": ("confinement", lambda s, r: change(r, confined=False)),
    "no score": ("no score", lambda s, r: change(r, verdict=GRADER_ERROR)),
    "a changed file": ("submission", lambda s, r: (s / "ada" / NAME / "rnn_cell.py").write_text("x = 1\n")),
    "a renamed file": ("submission", no_notebook),
    "a submission that could not be read": ("submission", lambda s, r: change(r, submission_sha256="")),
}


@pytest.mark.parametrize(("reason", "alter"), STALE.values(), ids=STALE.keys())
def test_what_would_not_is_graded_again(
    reason: str, alter: Callable[[Path, Path], object], submitted: Path, results: Path
) -> None:
    alter(submitted, results)
    plan = resumed(submitted, results)
    assert plan.stale == {reason: 1}
    assert [entry.student for _, entry in plan.work] == ["ada"]
    new_seed = plan.work[0][1].seed
    assert (new_seed != SEED) if reason == "submission" else (new_seed == SEED)  # who hands in again is asked something else


def test_a_new_seed_has_128_bits(submitted: Path, results: Path) -> None:
    (submitted / "ada" / NAME / "rnn_cell.py").write_text("x = 1\n")
    seed = seeds(resumed(submitted, results))["ada"]
    assert seed is not None
    assert 2**64 < seed < 2**128


def test_another_seed_makes_every_result_stale(submitted: Path, results: Path) -> None:
    plan = resumed(submitted, results, seed=6)
    assert plan.stale == {"seed": 3}
    assert seeds(plan) == dict.fromkeys(STUDENTS, 6)


def test_a_missing_result_is_made_with_the_seed_of_the_others(submitted: Path, results: Path) -> None:
    journal.document_path(results, NAME, "bob").unlink()
    assert seeds(resumed(submitted, results)) == {"bob": SEED}


def test_an_edited_grader_file_is_other_graders(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    before = fingerprint.graders_sha256(COURSE[NAME])
    files = dict(fingerprint._files(COURSE[NAME]))
    assert {"solution", "graders/test_encode.py", "judge/compare.py", "kit/training.py", "child/runner.py"} <= set(files)
    edited = tmp_path / "test_encode.py"
    edited.write_bytes(files["graders/test_encode.py"].read_bytes() + b"\n")
    monkeypatch.setattr(fingerprint, "_files", lambda _: iter((files | {"graders/test_encode.py": edited}).items()))
    assert fingerprint.graders_sha256(COURSE[NAME]) != before


def test_a_submission_that_was_taken_away_is_known(submitted: Path, results: Path) -> None:
    (submitted / "cleo" / NAME).rename(submitted / "cleo" / "elsewhere")
    assert without_submission(results, work_in(submitted)) == [("cleo", NAME)]


SELECTIONS = {
    "all": (Selection(), set(STUDENTS)),
    "a student": (Selection(students=frozenset({"ada", "nobody"})), {"ada"}),
    "an assignment": (Selection(assignments=frozenset({NAME})), set(STUDENTS)),
    "another assignment": (Selection(assignments=frozenset({"05_lstm"})), set()),
    "a verdict": (Selection(verdicts=frozenset({CRASHED})), {"bob"}),
    "both": (Selection(students=frozenset({"ada"}), verdicts=frozenset({CRASHED})), set()),
}


@pytest.mark.parametrize(("selection", "students"), SELECTIONS.values(), ids=SELECTIONS.keys())
def test_a_regrade_takes_what_is_selected(selection: Selection, students: set[str], submitted: Path, results: Path) -> None:
    journal.write(results, replace(journal.read(journal.document_path(results, NAME, "bob")), verdict=CRASHED, seed=7))
    plan = plan_regrade(results, COURSE, work_in(submitted), selection, None)
    assert set(seeds(plan)) == students
    assert {student for student, _ in plan.stand} == set(STUDENTS) - students
    assert set(seeds(plan).items()) <= {("ada", SEED), ("bob", 7), ("cleo", SEED)}  # the recorded ones


def test_a_regrade_may_have_a_new_seed_and_leaves_out_what_was_never_graded(submitted: Path, results: Path) -> None:
    journal.document_path(results, NAME, "cleo").unlink()
    plan = plan_regrade(results, COURSE, work_in(submitted), Selection(), 9)
    assert (seeds(plan), plan.waiting) == ({"ada": 9, "bob": 9}, 1)


def test_the_archive_keeps_what_is_replaced_and_how_it_was_made(results: Path) -> None:
    before = {path.name: path.read_text() for path in (results / NAME).iterdir()}
    archive = journal.Archive(results)
    assert not archive.path.exists()
    archive.keep(NAME, "ada")
    archive.keep(NAME, "nobody")
    assert archive.count == 1
    assert (archive.path / NAME / "ada.json").read_text() == before["ada.json"]
    assert RunRecord.read(archive.path) == RunRecord.read(results)
    assert [result.student for result in journal.read_all(results)] == list(STUDENTS)  # the archive is no part of it
    assert journal.Archive(results).path != archive.path


def test_the_run_record_says_how_a_run_was_made(results: Path) -> None:
    RunRecord.of_now(2**127, [COURSE[NAME]], confined=False, reused=2).ended(3).write(results)
    written = json.loads((results / "run.json").read_text())
    assert {"seed": 2**127, "confined": False, "graded": 3, "reused": 2}.items() <= written.items()
    assert written["graders"] == {NAME: fingerprint.graders_sha256(COURSE[NAME])}
    assert written["torch"].startswith("2.")
    assert written["start"] <= written["end"]
    (results / "run.json").write_text("[]")
    assert RunRecord.read(results) is None


def test_a_log_has_a_plain_line_now_and_then() -> None:
    moment, file = [0.0], io.StringIO()
    with Progress(100, file, lambda: moment[0]) as progress:
        for _ in range(100):
            moment[0] += 0.25
            progress.step()
    assert file.getvalue().splitlines() == [
        "40 of 100 submissions, 4.0 a second, 15 s left",
        "80 of 100 submissions, 4.0 a second, 5 s left",
    ]


def test_a_terminal_has_one_line_with_rate_and_time_left() -> None:
    class Terminal(io.StringIO):
        def isatty(self) -> bool:
            return True

    file = Terminal()
    with Progress(2, file) as progress:
        progress.step()
        progress.step()
    assert "submissions/s" in file.getvalue()
    assert "\n" not in file.getvalue()


@pytest.mark.parametrize(("columns", "shown"), [(0, b"1 of 2 submissions, 0.1 a second"), (80, b"submissions/s]")])
def test_a_terminal_that_knows_no_size_gets_lines(columns: int, shown: bytes) -> None:
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (24, columns))
    moment = [0.0]
    with open(theirs, "w") as terminal, open(ours, "rb", buffering=0) as screen, Progress(2, terminal, lambda: moment[0]) as bar:
        moment[0] += 11
        bar.step()
        terminal.flush()
        assert shown in screen.read(4096)


@pytest.mark.parametrize(("seconds", "text"), [(0.4, "0 s"), (59.6, "1 min 0 s"), (97.2, "1 min 37 s"), (7500, "2 h 5 min")])
def test_a_duration_as_people_say_it(seconds: float, text: str) -> None:
    assert duration(seconds) == text
