"""Each format is read back by an independent reader, or by its reader's published rules."""

from __future__ import annotations

import csv
import io
import json
import re
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from bs4 import BeautifulSoup
from junitparser import JUnitXml

from autograder.cli.shared import FORMAT_NAMES
from autograder.reports.anonymity import anonymous
from autograder.reports.formats import FORMATS, OneResultError, report
from autograder.results import Flag, Result

from .examples import ADVICE, ALL, CRASHED, FULL, OURS, PART, REJECTED

# ---- CSV


def test_csv_has_a_row_for_each_test() -> None:
    rows = list(csv.DictReader(io.StringIO(report(ALL, "csv"))))
    assert Counter(row["student"] for row in rows) == {"ada": 2, "bob": 2, "cleo": 2, "dora": 1, "emil": 1}
    assert {row["outcome"] for row in rows if row["student"] == "bob"} == {"passed", "failed"}
    bob = next(row for row in rows if row["student"] == "bob" and row["test"] == "test_b")
    assert {"score": "2", "task_max_score": "6", "points": "0", "misconception": "bias_hh left out"}.items() <= bob.items()
    assert int(bob["seed"]) == 2**100
    assert {row["score"] for row in rows if row["student"] in ("dora", "emil")} == {""}  # and no 0


# ---- JUnit, by junitparser


def test_junit_is_read_by_junitparser() -> None:
    found = JUnitXml.fromstring(report(ALL, "junit").encode())
    suites = {suite.name.split()[0]: suite for suite in found}
    assert (found.tests, found.failures, found.errors, found.skipped) == (8, 1, 3, 1)
    assert [(s.tests, s.failures, s.errors, s.skipped) for s in suites.values()] == [
        (2, 0, 0, 0), (2, 1, 0, 0), (2, 0, 1, 1), (1, 0, 1, 0), (1, 0, 1, 0),
    ]  # fmt: skip
    assert suites["ada"].time == 1.25
    assert {p.name: p.value for p in suites["bob"].properties()}["score"] == "2"
    case = next(case for case in suites["bob"] if not case.is_passed)
    assert (case.classname, case.name) == ("01_rnn_cell.rnn_cell_step", "test_b")
    assert case.result[0].type == "bias_hh left out"
    assert ADVICE in case.result[0].text


# ---- Gradescope, by the keys that its documentation lists

GRADESCOPE = {
    "score", "execution_time", "output", "output_format", "test_output_format", "test_name_format", "visibility",
    "stdout_visibility", "extra_data", "tests", "leaderboard",
}  # fmt: skip
GRADESCOPE_TEST = {
    "score", "max_score", "status", "name", "name_format", "number", "output", "output_format", "tags", "visibility",
    "extra_data",
}  # fmt: skip
VISIBILITY = {"hidden", "after_due_date", "after_published", "visible"}
TEXT = {"text", "html", "simple_format", "md", "ansi"}


def gradescope_score(text: str) -> float | None:
    """The score as Gradescope takes it; None when it would say that the autograder failed."""
    document = json.loads(text)
    assert set(document) <= GRADESCOPE
    assert document["output_format"] in TEXT
    for test in document.get("tests", []):
        assert set(test) <= GRADESCOPE_TEST
        assert test["status"] in {"passed", "failed"}
        assert test["visibility"] in VISIBILITY
        assert isinstance(test["output"], str)
    if "score" in document:
        assert {document["visibility"], document["stdout_visibility"]} <= VISIBILITY
        return float(document["score"])
    scores = [test["score"] for test in document.get("tests", [])]
    return sum(scores) if scores else None


@pytest.mark.parametrize(("result", "score"), [(FULL, 6), (PART, 2), (CRASHED, 0), (REJECTED, None), (OURS, None)])
def test_gradescope_takes_the_score(result: Result, score: float | None) -> None:
    assert gradescope_score(report([result], "gradescope")) == score


def test_gradescope_holds_one_result() -> None:
    with pytest.raises(OneResultError, match="there are 5"):
        report(ALL, "gradescope")


# ---- Classroom 50, by the rules of its published schema; its runner adds the rest


def classroom50_score(text: str) -> int | None:
    """The score as Classroom 50 takes it; None when it would record an error."""
    document = json.loads(text)
    assert document["schema"] == "classroom50/result/v1"
    if "score" not in document:
        assert set(document) == {"schema", "message"}
        return None
    assert set(document) == {"schema", "score", "max-score", "tests"}
    for scored in (document, *document["tests"]):
        assert type(scored["score"]) is type(scored["max-score"]) is int
        assert 0 <= scored["score"] <= scored["max-score"]
    for test in document["tests"]:
        assert type(test["passed"]) is bool
        assert test["test-name"]
    assert document["score"] == sum(test["score"] for test in document["tests"])
    return int(document["score"])


@pytest.mark.parametrize(("result", "score"), [(FULL, 600), (PART, 200), (CRASHED, 0), (REJECTED, None), (OURS, None)])
def test_classroom50_takes_the_score_in_hundredths(result: Result, score: int | None) -> None:
    assert classroom50_score(report([result], "classroom50")) == score


# ---- GitHub, by the rules of its runner: ::command key=value,key=value::data


def workflow_commands(text: str) -> Iterator[tuple[str, dict[str, str], str]]:
    for line in text.splitlines():
        match = re.fullmatch(r"::(\w+) ([^:]*)::(.*)", line)
        assert match is not None, line
        keys = dict(pair.split("=", 1) for pair in match[2].split(","))
        data = match[3].replace("%0D", "\r").replace("%0A", "\n").replace("%25", "%")
        yield match[1], {k: v.replace("%3A", ":").replace("%2C", ",").replace("%25", "%") for k, v in keys.items()}, data


def test_github_shows_a_line_for_each_submission() -> None:
    found = list(workflow_commands(report(ALL, "github")))
    assert [level for level, _, _ in found] == ["notice", "warning", "warning", "error", "error"]
    assert found[1][1:] == ({"title": "bob 01_rnn_cell"}, "2 of 6 points")


def test_github_shows_the_tasks_of_one_submission() -> None:
    nasty = replace(PART, student="50%, a:b", message="one\ntwo")
    (_, title, text), (level, task, feedback) = workflow_commands(report([nasty], "github"))
    assert title == {"title": "50%, a:b 01_rnn_cell"}
    assert "one\ntwo" in text
    assert (level, task) == ("error", {"title": "rnn_cell_step"})
    assert ADVICE in feedback


# ---- HTML


def test_a_page_for_one_student_says_what_they_read() -> None:
    page = BeautifulSoup(report([PART], "html"), "html.parser")
    assert page.h1 is not None
    assert "2 of 6 points" in page.get_text()
    assert ADVICE in page.pre.get_text()
    assert not page.find_all(["script", "link", "img", "iframe"])


# ---- all of them


@pytest.mark.parametrize("name", ["text", "github", "gradescope", "html", "junit"])
def test_what_needs_attention_has_a_reason_and_no_points(name: str) -> None:
    text = report([REJECTED], name)
    assert "not UTF-8 text" in text
    assert "eeds attention" in text
    assert "0 of 6" not in text


def test_a_class_report_has_no_total_where_a_score_is_missing() -> None:
    page = BeautifulSoup(report([*ALL, replace(FULL, student="dora", assignment="05_lstm")], "html"), "html.parser")
    rows = [[cell.get_text() for cell in row.find_all(["th", "td"])] for row in page.find_all("tr")]
    assert ["dora", "none", "6", "none"] in rows
    assert ["bob", "2", "\N{EN DASH}", "2"] in rows


def test_pseudonyms_hide_who_it_is_and_keep_what_belongs_together() -> None:
    again = replace(PART, assignment="05_lstm")
    hidden = list(anonymous([*ALL, again]))
    assert hidden[1].student == hidden[-1].student
    assert len({result.student for result in hidden}) == 5
    for name in FORMATS:
        text = "".join(report([result], name) for result in hidden)
        assert not [result.student for result in ALL if re.search(rf"\b{result.student}\b", text)], name
    order = [sorted(r.student for r in anonymous([replace(r, seed=s) for r in ALL])) for s in range(9)]
    by_seed = {tuple(r.student for r in anonymous([replace(r, seed=s) for r in ALL])) for s in range(9)}
    assert len({tuple(names) for names in order}) == 1
    assert len(by_seed) > 1  # not by the alphabet


AWKWARD = {
    "a formula": '=HYPERLINK("http://x","y")',
    "a script": "<script>alert(1)</script>",
    "commas and quotes": 'O\'Brien, "Bo"; & co',
    "emoji": "ada \N{PARTY POPPER}",
    "from right to left": "\u05d0\u05d3\u05d4 \u05d1",
    "251 letters": "a" * 251,
    "not composed": "Jo\u0308rg",
    "colons and per cents": "50%: a::b",
}
NAMES_READ: dict[str, Callable[[str], str]] = {
    "text": lambda text: text,
    "csv": lambda text: next(csv.DictReader(io.StringIO(text)))["student"],
    "junit": lambda text: str(next(iter(JUnitXml.fromstring(text.encode()))).name),
    "gradescope": lambda text: str(json.loads(text)["output"]),
    "github": lambda text: next(workflow_commands(text))[1]["title"],
    "html": lambda text: BeautifulSoup(text, "html.parser").get_text().strip(),
    "canvas": lambda text: list(csv.DictReader(io.StringIO(text)))[1]["SIS Login ID"],
    "moodle": lambda text: next(csv.DictReader(io.StringIO(text)))["username"],
    "blackboard": lambda text: next(csv.DictReader(io.StringIO(text)))["Username"],
}


@pytest.mark.parametrize("name", [name for name in FORMAT_NAMES if name != "classroom50"])  # whose runner knows who it is
@pytest.mark.parametrize("student", AWKWARD.values(), ids=AWKWARD.keys())
def test_an_awkward_name_is_read_back(student: str, name: str) -> None:
    read = NAMES_READ[name](report([replace(PART, student=student)], name))
    assert student[:60] in read
    assert not (name in ("csv", "canvas", "moodle", "blackboard") and read.startswith("="))  # a spreadsheet would run it


def test_no_form_of_a_name_is_left(tmp_path: Path) -> None:
    tests = (replace(PART.tasks[0].tests[1], finding="NameError: lovelace_cell at `return Ada * adam` of ada.lovelace7"),)
    flags = (Flag(None, "Ada_Lovelace.ipynb was graded."), Flag("rnn_cell_step", "mentions LOVELACE."))
    task = replace(PART.tasks[0], tests=tests)
    named = replace(
        PART, student="ada.lovelace7", tasks=(task,), flags=flags, message="Ada Lovelace.zip", submission_files=("ada.py",)
    )
    (hidden,) = anonymous([named])
    for text in (hidden.json(), *(report([hidden], name) for name in FORMATS)):
        assert not re.search("lovelace|ada(?!m)", text, re.IGNORECASE), text
    assert hidden.tasks[0].tests[0].finding == "NameError: ***_cell at `return *** * adam` of ***"


@pytest.mark.parametrize("name", [name for name in FORMAT_NAMES if name not in ("gradescope", "classroom50", "html")])
def test_500_students_take_a_second(name: str) -> None:
    """Of the processor's time; a class report, which draws plots, has its own bound."""
    results = [replace(PART, student=f"student {i}") for i in range(500)]
    start = time.process_time()
    report(results, name)
    assert time.process_time() - start < 1
