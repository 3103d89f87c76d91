"""The command line: what it prints and its exit status, for good and for bad input."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.batch import SubmissionRef, grade
from autograder.cli import main
from autograder.course import Course
from autograder.sandbox import Sandbox

ROOT = Course().root
RNN = ("--assignment", "01_rnn_cell")


def write(name: str, text: str | bytes) -> Callable[[Path], Path]:
    def make(folder: Path) -> Path:
        path = folder / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return make


BAD_SUBMISSIONS = {
    "a module with a syntax error": (write("rnn_cell.py", "def encode(:\n"), "load_error", "line 1 of rnn_cell.py"),
    "a module that raises": (write("rnn_cell.py", "import torch\n1 / 0\n"), "load_error", "ZeroDivisionError at line 2"),
    "a module without code": (write("rnn_cell.py", "x = 1\n"), "graded", "is not defined in your submission"),
    "an empty module": (write("rnn_cell.py", "\n\n"), "rejected_input", "rnn_cell.py is empty"),
    "a notebook that is not JSON": (write("rnn_cell.ipynb", "cells"), "rejected_input", "not valid JSON"),
    "an empty notebook": (write("rnn_cell.ipynb", ""), "rejected_input", "empty"),
    "a notebook of another format": (write("rnn_cell.ipynb", '{"nbformat": 2, "worksheets": []}'), "rejected_input", "format 4"),
    "an old notebook without cells": (write("rnn_cell.ipynb", '{"nbformat": 3, "worksheets": []}'), "rejected_input", "no code"),
    "a file of another kind": (write("rnn_cell.txt", "encode"), "rejected_input", "neither .py, .ipynb, .zip nor a folder"),
    "a file that is not text": (write("rnn_cell.py", b"\xff\xfe\x00"), "rejected_input", "UTF-8"),
    "a zip that is none": (write("rnn_cell.zip", "PK"), "rejected_input", "cannot be read"),
    "an empty folder": (lambda folder: folder, "rejected_input", "Found neither rnn_cell.ipynb nor rnn_cell.py"),
}


@pytest.mark.parametrize(("make", "verdict", "said"), BAD_SUBMISSIONS.values(), ids=BAD_SUBMISSIONS.keys())
def test_a_bad_submission_gets_a_clear_verdict(
    make: Callable[[Path], Path], verdict: str, said: str, tmp_path: Path, sandbox: Sandbox, capfd: pytest.CaptureFixture[str]
) -> None:
    result = grade(Course()["01_rnn_cell"], SubmissionRef("ada", make(tmp_path)), sandbox)
    assert (result.verdict, result.max_score) == (verdict, 20)
    assert result.score == (None if verdict == "rejected_input" else 0)
    assert said in result.message or any(said in test.message for task in result.tasks for test in task.tests)
    assert capfd.readouterr() == ("", "")


def test_a_bad_submission_ends_with_status_1(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = write("rnn_cell.ipynb", "cells")(tmp_path)
    assert main(["grade", str(path), *RNN, "--format", "json"]) == 1
    document = json.loads(capfd.readouterr().out)
    assert (document["verdict"], document["score"]) == ("rejected_input", None)


USAGE = {
    "a path that does not exist": (["grade", "nowhere.py", *RNN], "nowhere.py does not exist"),
    "an unknown assignment": (["grade", str(ROOT), "--assignment", "07_transformer"], "Assignments: 01_rnn_cell, 02_shapes"),
    "an unknown name to build": (["build", "rnn"], "There is no assignment 'rnn'"),
    "a directory that is no course": (["--course", "/", "build"], "is no course directory"),
    "a class folder that does not exist": (["class", "nowhere"], "nowhere is not a folder"),
    "a class that goes on from nothing": (["class", str(ROOT / "examples/submitted"), "--resume"], "--resume needs --results"),
    "a class that regrades nothing": (["class", str(ROOT / "examples/submitted"), "--regrade"], "--regrade needs --results"),
    "a selection without --regrade": (["class", str(ROOT / "docs"), "--student", "ada"], "need --regrade"),
    "a class folder without submissions": (["class", str(ROOT / "docs")], "holds no submission"),
}


@pytest.mark.parametrize(("argv", "said"), USAGE.values(), ids=USAGE.keys())
def test_a_usage_error_is_one_line(argv: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(argv) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert captured.err.count("\n") == 1
    assert captured.out == ""


@pytest.mark.parametrize(
    "argv", [["grade", "", *RNN], ["class", ""], ["inbox", ""], ["class", "docs", "--results", ""]], ids=" ".join
)
def test_an_empty_path_is_not_the_current_folder(argv: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """It is what a script passes whose variable is not set."""
    with pytest.raises(SystemExit, match="2"):
        main(argv)
    assert "the path is empty" in capsys.readouterr().err


def test_a_path_in_an_error_cannot_control_the_terminal(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["class", str(tmp_path / "\x1b[2J\n::error::\u202e")]) == 2
    said = capsys.readouterr().err
    assert "is not a folder" in said
    assert said.count("\n") == 1
    assert said[:-1].isprintable()


def test_a_regrade_of_a_student_who_handed_nothing_in_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    argv = ["class", str(ROOT / "examples/submitted"), "--results", str(tmp_path), "--regrade", "--student", "aida"]
    assert main(argv) == 2
    assert "--student aida: " in capsys.readouterr().err


def test_a_result_can_be_graded_again_from_its_seed(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "rnn_cell.py"
    path.write_text((ROOT / "solutions/01_rnn_cell/rnn_cell.py").read_text().replace(" + bias_hh)", ")"))
    documents = []
    for _ in range(2):
        assert main(["grade", str(path), *RNN, "--format", "json", "--seed", "11"]) == 1
        documents.append(json.loads(capfd.readouterr().out) | {"duration_s": 0})
    assert documents[0] == documents[1]
    assert documents[0]["score"] == 16
    assert documents[0]["seed"] == 11


def test_full_marks_end_with_status_0(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["grade", str(ROOT / "source/01_rnn_cell"), *RNN, "--student", "ada"]) == 0
    assert "ada  01_rnn_cell: 20 of 20 points" in capfd.readouterr().out


def test_a_class_is_graded_on_several_lanes(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for student, tree in (("ada", "source"), ("bob", "release"), ("cleo", "source")):
        for name in ("01_rnn_cell", "04_embedding"):
            shutil.copytree(ROOT / tree / name, tmp_path / "submitted" / student / name)
    (tmp_path / "submitted/cleo/04_embedding/embedding.ipynb").write_text("broken")
    (tmp_path / "submitted/bob/hw7\x1b[2J\n").mkdir()
    argv = ["class", str(tmp_path / "submitted"), "--results", str(tmp_path / "results"), "--jobs", "2"]
    assert main(argv) == 0
    first = capfd.readouterr()
    assert "hw7[2J: not graded, because the course has no such assignment (1 student)." in first.err
    table = [line.split() for line in first.out.splitlines()]
    assert table[2:5] == [["ada", "20", "20", "40"], ["bob", "0", "0", "0"], ["cleo", "20", "none", "rejected_input", "none"]]
    assert "1 of 6 need attention and have no score:\n  cleo, 04_embedding: The notebook is not valid JSON." in first.err
    written = {p.relative_to(tmp_path / "results").as_posix() for p in (tmp_path / "results").rglob("*") if p.is_file()}
    documents = {f"{a}/{s}.json" for a in ("01_rnn_cell", "04_embedding") for s in ("ada", "bob", "cleo")}
    assert written == documents | {"run.json", ".lock"}

    for student in ("ada", "bob"):  # the files that came with the notebook are ours, and say nothing about a student
        assert json.loads((tmp_path / f"results/04_embedding/{student}.json").read_text())["flags"] == []

    seeds = {json.loads(path.read_text())["seed"] for path in (tmp_path / "results").rglob("*.json")}
    assert len(seeds) == 1  # everybody was asked the same

    # Started again after a stop: what is missing, broken or resubmitted is graded, the rest is kept.
    results = tmp_path / "results"
    (results / "01_rnn_cell/ada.json").unlink()
    (results / "01_rnn_cell/bob.json").write_text('{"student": "bob"')
    shutil.copytree(ROOT / "source/04_embedding", tmp_path / "submitted/cleo/04_embedding", dirs_exist_ok=True)
    shutil.rmtree(tmp_path / "submitted/ada/04_embedding")
    kept = {path: path.stat().st_mtime_ns for path in results.rglob("*.json")}
    replaced = (results / "04_embedding/cleo.json").read_text()
    assert main([*argv, "--resume"]) == 0
    again = capfd.readouterr()
    assert "2 of 5 submissions were graded before" in again.err
    assert "1 to grade again, because of: submission." in again.err
    assert "ada, 04_embedding: the submission is gone." in again.err
    rows = [["ada", "20", "-", "20"], ["bob", "0", "0", "0"], ["cleo", "20", "20", "40"]]
    assert [line.split() for line in again.out.splitlines()][2:5] == rows
    by_seed = [(json.loads(path.read_text())["seed"] in seeds, path.stem) for path in results.glob("0*/*.json")]
    assert sorted(by_seed)[:2] == [(False, "cleo"), (True, "ada")]  # a resubmission gets new inputs
    (archive,) = (results / "archive").iterdir()
    assert (archive / "04_embedding/cleo.json").read_text() == replaced
    same = {path.relative_to(results).as_posix() for path, time in kept.items() if path.stat().st_mtime_ns == time}
    assert same == {"01_rnn_cell/cleo.json", "04_embedding/ada.json", "04_embedding/bob.json"}


def test_without_protection_every_result_says_so(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["grade", str(ROOT / "source/01_rnn_cell"), *RNN, "--format", "json", "--unconfined"]) == 0
    result = json.loads(capfd.readouterr().out)
    assert result["confined"] is False
    assert any("unconfined" in flag for flag in result["flags"])


def test_a_protection_that_is_missing_is_a_verdict(no_bubblewrap: None, capfd: pytest.CaptureFixture[str]) -> None:
    path = str(ROOT / "solutions" / "01_rnn_cell")
    assert main(["grade", path, *RNN, "--bubblewrap", "required", "--format", "json"]) == 2
    result = json.loads(capfd.readouterr().out)
    assert (result["verdict"], result["score"]) == ("sandbox_unavailable", None)
    assert "apt-get install bubblewrap" in result["message"]


def test_a_class_without_protection_is_not_run(no_bubblewrap: None, tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    for student in ("ada", "bob"):
        shutil.copytree(ROOT / "solutions" / "01_rnn_cell", tmp_path / student / "01_rnn_cell")
    assert main(["class", str(tmp_path), "--jobs", "2", "--bubblewrap", "required"]) == 2
    assert capfd.readouterr().out.count("sandbox_unavailable") == 2


def test_doctor_speaks_in_lines(capfd: pytest.CaptureFixture[str]) -> None:
    assert main(["doctor"]) == 0
    assert all(line.split()[0] in ("ok", "absent") for line in capfd.readouterr().out.splitlines())


def test_grade_starts_the_sandbox_before_it_reads_the_solution(monkeypatch: pytest.MonkeyPatch) -> None:
    """Reading the solution takes 0.4 s, in which the zygote can already import torch."""

    class Started(Exception):
        """The sandbox would start here."""

    def start(*_: object) -> None:
        raise Started

    monkeypatch.setattr("autograder.cli.grading.sandbox_of", start)
    monkeypatch.setattr("jupytext.read", lambda *_, **__: pytest.fail("the solution was read first"))
    with pytest.raises(Started):
        main(["grade", str(ROOT / "solutions/01_rnn_cell/rnn_cell.py"), *RNN])
