"""`autograder report`: what it writes, what it refuses, and what it imports."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from autograder.batch import journal
from autograder.cli import main
from autograder.cli.shared import FORMAT_NAMES
from autograder.reports.formats import FORMATS, report
from autograder.results import Result

from .examples import ALL


def test_the_command_offers_every_format() -> None:
    assert tuple(FORMATS) == FORMAT_NAMES


def folder_of(results: list[Result], folder: Path) -> Path:
    for result in results:
        journal.write(folder, result)
    return folder


@pytest.mark.parametrize("name", FORMAT_NAMES)
def test_the_command_writes_what_the_function_says(name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    folder = folder_of(list(ALL), tmp_path / "results")
    argv = ["report", str(folder), "--format", name, "--student", "bob"]
    read = list(journal.read_all(folder))[1:2]
    assert main(argv) == 0
    assert capsys.readouterr().out == report(read, name)
    assert main([*argv, "--output", str(tmp_path / "out")]) == 0
    assert (tmp_path / "out").read_text() == report(read, name)


def run_limited(limits: str, *argv: object) -> subprocess.CompletedProcess[str]:
    command = ["sh", "-c", f'{limits} exec "$@"', "sh", sys.executable, "-m", "autograder", "report", *map(str, argv)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def test_a_report_that_cannot_be_written_leaves_the_old_one(tmp_path: Path) -> None:
    folder, page = folder_of(list(ALL), tmp_path / "results"), tmp_path / "class.html"
    page.write_text("the old one")
    beside = tmp_path / "class.new"
    beside.write_text("another file")
    done = run_limited("ulimit -f 1;", folder, "--format", "html", "--output", page)
    assert done.returncode == 2, done.stderr
    assert "class.html" in done.stderr
    assert page.read_text() == "the old one"
    assert beside.read_text() == "another file"
    assert set(tmp_path.iterdir()) == {folder, page, beside}


def test_a_report_goes_into_a_pipe(tmp_path: Path) -> None:
    folder = folder_of(list(ALL), tmp_path / "results")
    argv = folder, "--format", "csv"
    assert run_limited("", *argv, "--output", "/dev/stdout").stdout == run_limited("", *argv).stdout != ""


def test_a_document_that_is_passed_over_is_told(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Broken, a folder, or a copy of another one: nobody drops out of a report, or counts twice, without a word."""
    folder = folder_of(list(ALL), tmp_path / "results")
    complete = report(list(journal.read_all(folder)), "csv")
    first = next(path for path in journal.document_paths(folder) if path.name == "ada.json")
    first.with_name("ada (1).json").write_bytes(first.read_bytes())
    first.with_name("zoe.json").write_text("{")
    first.with_name("yan.json").mkdir()
    assert main(["report", str(folder), "--format", "csv"]) == 1
    captured = capsys.readouterr()
    assert captured.out == complete
    told = [line.split("skipped: ")[1] for line in captured.err.splitlines()]
    assert told == [
        f"{first.parent.name}/ada (1).json, a second result of ada",
        f"{first.parent.name}/yan.json, which is no result document",
        f"{first.parent.name}/zoe.json, which is no result document",
    ]


USAGE = {
    "a folder that does not exist": (["nowhere", "--format", "csv"], "does not exist"),
    "a folder without results": (["{empty}", "--format", "csv"], "has no results"),
    "a document that is none": (["{wrong}", "--format", "csv"], "is not a result document"),
    "a student who is not there": (["{results}", "--format", "csv", "--student", "zoe"], "holds no such result"),
    "several results for Gradescope": (["{results}", "--format", "gradescope"], "Choose it with --student"),
    "a section that a format has not": (["{results}", "--format", "csv", "--submissions", "."], "need --format html"),
}


@pytest.mark.parametrize(("argv", "said"), USAGE.values(), ids=USAGE.keys())
def test_a_usage_error_is_one_line(argv: list[str], said: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "wrong").write_text("{}")
    folder_of(list(ALL), tmp_path / "results")
    places = {name: str(tmp_path / name) for name in ("empty", "wrong", "results")}
    assert main(["report", *(word.format(**places) for word in argv)]) == 2
    captured = capsys.readouterr()
    assert said in captured.err
    assert (captured.err.count("\n"), captured.out) == (1, "")


def test_a_place_that_cannot_be_written_is_told_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And without advice about a run of `class`."""
    folder = folder_of(list(ALL), tmp_path / "results")
    assert main(["report", str(folder), "--format", "csv", "--output", str(tmp_path)]) == 2
    assert capsys.readouterr().err == f"autograder: {tmp_path}: Is a directory.\n"


HEAVY = {"torch", "numpy", "pandas", "matplotlib", "jsonschema", "nbformat", "jupytext"}  # 0.1 s to 3 s each


@pytest.mark.parametrize("name", ["csv", "html"])
def test_a_report_imports_nothing_that_it_does_not_need(name: str, tmp_path: Path) -> None:
    folder = folder_of(list(ALL), tmp_path / "results")
    code = "import sys; from autograder.cli import main; main(sys.argv[1:]); print(*sys.modules)"
    argv = ["report", str(folder), "--format", name, "--output", str(tmp_path / "out")]
    done = subprocess.run([sys.executable, "-c", code, *argv], capture_output=True, text=True, check=True)
    assert HEAVY & set(done.stdout.split()) == ({"numpy", "matplotlib"} if name == "html" else set())
