"""The files for Canvas, Moodle and Blackboard, read back by the rules that their importers document."""

from __future__ import annotations

import csv
import io
import re

import pytest

from autograder.reports.lms import Gradebook, blackboard, canvas, moodle
from autograder.results import GRADED, GRADER_ERROR, Result, TaskResult, TestResult

NASTY = '=HYPERLINK("http://x","y")'


def result(student: str, assignment: str, score: float, verdict: str = GRADED) -> Result:
    tasks = (TaskResult("embed", 20.0, (TestResult("test_a", outcome="passed", points=score),)),)
    return Result(student, assignment, verdict, tasks, max_score=20.0)


BOOK = Gradebook.of_results(
    [
        result("bob", "05_lstm", 7.5),
        result("ada", "04_embedding", 20),
        result("ada", "05_lstm", 3, GRADER_ERROR),  # about us: no score
        result(NASTY, "04_embedding", 0),
        result("Müller, Jörg", "04_embedding", 1),
    ]
)


def canvas_import(text: str) -> dict[tuple[str, str], float]:
    """As Canvas's importer: the head starts with Student and ID; logins in their column; a row of points; empty is skipped."""
    head, *rows = list(csv.reader(io.StringIO(text)))
    assert "Student" in head[0]
    assert "ID" in head[1]
    assert len(head) > 3
    assert re.search(r"SIS\s+User\s+ID", head[2])
    assert re.search(r"SIS\s+Login\s+ID", head[3])
    assert "Section" in head[4]
    assert re.search("Points Possible", rows[0][0])
    assert [float(cell) for cell in rows[0][5:]] == [20, 20]
    return {(row[3], head[i]): float(row[i]) for row in rows[1:] for i in range(5, len(head)) if row[i]}


def by_username(name: str, text: str) -> dict[tuple[str, str], float]:
    rows = list(csv.DictReader(io.StringIO(text)))
    return {(row[name], key): float(value) for row in rows for key, value in row.items() if key != name and value}


def blackboard_import(text: str) -> dict[tuple[str, str], float]:
    """As Blackboard's: each field of a comma-delimited file is in quotation marks."""
    assert all(re.fullmatch(r'"([^"]|"")*"(,"([^"]|"")*")*', line) for line in text.splitlines())
    return by_username("Username", text)


READERS = {
    "canvas": (canvas, canvas_import),
    "moodle": (moodle, lambda text: by_username("username", text)),
    "blackboard": (blackboard, blackboard_import),
}


@pytest.mark.parametrize(("write", "read"), READERS.values(), ids=READERS.keys())
def test_an_importer_reads_the_scores(write, read) -> None:
    assert read(write(BOOK)) == {
        ("ada", "04_embedding"): 20,
        ("bob", "05_lstm"): 7.5,
        ("'" + NASTY, "04_embedding"): 0,
        ("Müller, Jörg", "04_embedding"): 1,
    }


@pytest.mark.parametrize("write", [canvas, moodle, blackboard])
@pytest.mark.parametrize("name", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1", "\n=1", " =1", "\u200b=1"])
def test_a_spreadsheet_runs_nothing(write, name: str) -> None:
    text = write(Gradebook({"05_lstm": 20.0}, {name: {"05_lstm": 1.0}}))
    cells = [cell for row in csv.reader(io.StringIO(text)) for cell in row]
    assert not [cell for cell in cells if cell.lstrip()[:1] in ("=", "+", "-", "@")]
