"""The result document: it follows its published schema and is read back, also when an earlier version wrote it."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import pytest

from autograder import results
from autograder.batch import SubmissionRef, grade
from autograder.course import Course
from autograder.reports.text import result_text
from autograder.results import Flag, Result, TaskResult, TestResult
from autograder.sandbox import Sandbox

COURSE = Course()
SCHEMA = json.loads((COURSE.root / "docs/result.schema.json").read_text())
SOLUTION = (COURSE.root / "solutions/04_embedding/embedding.py").read_text()
STUBS = (COURSE.root / "assignments/04_embedding/embedding.py").read_text()


def valid(result: Result) -> dict[str, Any]:
    document = json.loads(result.json())
    jsonschema.validate(document, SCHEMA, jsonschema.Draft202012Validator)
    return document


GRADED = {
    "a solution": (SOLUTION, ""),
    "untouched stubs": (STUBS, "not_started"),
    "a wrong answer with a flag": (SOLUTION.replace("return one_hot @ weight", "return -F.embedding(indices, weight)"), "flags"),
    "a file that cannot be loaded": ("def encode(:", "message"),
    "a process that ends": ("import os\n" + STUBS.replace("raise NotImplementedError()", "os._exit(3)", 1), ""),
}


@pytest.mark.parametrize(("source", "has"), GRADED.values(), ids=GRADED.keys())
def test_a_real_document_follows_the_schema_and_is_read_back(source: str, has: str, tmp_path: Path, sandbox: Sandbox) -> None:
    path = tmp_path / "embedding.py"
    path.write_text(source)
    result = grade(COURSE["04_embedding"], SubmissionRef("ada", path, seed=4), sandbox)
    assert {name for name in ("message", "not_started", "flags") if getattr(result, name)} == ({has} if has else set())
    valid(result)
    read = Result.from_json(result.json())
    assert read == replace(result, usage={}, duration_s=read.duration_s)
    assert result_text(read) == result_text(result)


@pytest.mark.parametrize("verdict", sorted(results.VERDICTS))
def test_a_document_of_every_verdict_follows_the_schema(verdict: str) -> None:
    document = valid(Result("ada", "04_embedding", verdict, (TaskResult("encode", 3.0),), 3.0, flags=(Flag(None, "x"),)))
    assert (document["score"] is None) == (verdict in results.OUR_FAULT | {"rejected_input"})
    with pytest.raises(jsonschema.ValidationError):  # a score where nothing was graded, or none where something was
        jsonschema.validate(document | {"score": 0 if document["score"] is None else None}, SCHEMA)


def test_the_schema_knows_the_closed_sets() -> None:
    assert set(SCHEMA["properties"]["verdict"]["enum"]) == results.VERDICTS
    outcomes = set(SCHEMA["$defs"]["test"]["properties"]["outcome"]["enum"])
    ending = results.VERDICTS - results.OUR_FAULT - {results.GRADED}
    assert outcomes == ending | {results.PASSED, results.FAILED, results.NOT_RUN}
    assert SCHEMA["properties"]["schema"]["const"] == results.SCHEMA


def first_schema(message: str, outcome: str, misconception: str | None = None, flag: str = "") -> str:
    """A document as it was written before documents had a `schema`."""
    test = {"name": "test_it", "outcome": outcome, "points": 0.0, "message": message, "misconception": misconception}
    task = {"task": "encode", "score": 0, "max_score": 3.0, "tests": [test]}
    return json.dumps({
        "student": "ada", "assignment": "01_rnn_cell", "verdict": "graded", "score": 0, "max_score": 3.0, "message": "",
        "tasks": [task], "flags": [flag] if flag else [], "submission_sha256": "5a", "grader_version": "1.0.0", "seed": 7,
        "duration_s": 0.4, "confined": True,
    })  # fmt: skip


BEHAVIOUR = "encode keeps the order."
FIRST_SCHEMA_TESTS = {
    "passed": ((BEHAVIOUR, "passed"), ("", "", None)),
    "failed": ((f"{BEHAVIOUR}\nencode(...): wrong.\nLook there.", "failed"), ("encode(...): wrong.\nLook there.", "", None)),
    "a named mistake": (
        (f"{BEHAVIOUR}\nencode(...): wrong.\nLook there.\nThe letters are reversed.", "failed", "reversed"),
        ("encode(...): wrong.\nLook there.", "The letters are reversed.", "reversed"),
    ),
    "not run": ((f"{BEHAVIOUR} Not run, because: It crashed.", "crashed"), ("Not run, because: It crashed.", "", None)),
}


@pytest.mark.parametrize(("written", "parts"), FIRST_SCHEMA_TESTS.values(), ids=FIRST_SCHEMA_TESTS.keys())
def test_the_first_schema_is_read(written: tuple[Any, ...], parts: tuple[str, str, str | None]) -> None:
    result = Result.from_json(first_schema(*written))
    assert result.tasks[0].tests[0] == TestResult("test_it", BEHAVIOUR, *parts, written[1])
    assert not result.not_started
    valid(result)


def test_the_first_schema_says_what_is_not_started_and_which_task_a_flag_concerns() -> None:
    text = first_schema(f"{BEHAVIOUR}\nencode(...): not written yet. Replace ...", "failed", flag="encode uses RNN: For review.")
    result = Result.from_json(text)
    assert result.not_started
    assert result.flags == (Flag("encode", "uses RNN: For review."),)
    assert Result.from_json(first_schema(BEHAVIOUR, "passed", flag="unconfined: x")).flags == (Flag(None, "unconfined: x"),)


VALID = Result("ada", "04_embedding", "graded", (TaskResult("encode", 3.0, (TestResult("test_it"),)),), 3.0).document()
TASK = VALID["tasks"][0]
TEST = TASK["tests"][0]
NO_RESULTS = {
    "no JSON": ("{", "Expecting"),
    "a list": ("[]", "not a result document"),
    "an empty object": ("{}", "not a result document"),
    "a schema to come": (json.dumps(VALID | {"schema": 4}), "reads 1 to 3"),
    "an unknown verdict": (json.dumps(VALID | {"verdict": "fine"}), "not a verdict: 'fine'"),
    "a task without tests": (json.dumps(VALID | {"tasks": [{k: TASK[k] for k in TASK if k != "tests"}]}), "KeyError.*tests"),
    "a task that is none": (json.dumps(VALID | {"tasks": [None]}), "not a result document"),
    "points that are a text": (json.dumps(VALID | {"tasks": [TASK | {"tests": [TEST | {"points": "2"}]}]}), "points"),
    "points that are no number": (json.dumps(VALID | {"max_score": float("nan")}), "NaN is not JSON"),
    "a mistake that is a list": (json.dumps(VALID | {"tasks": [TASK | {"tests": [TEST | {"misconception": []}]}]}), "misconc"),
    "a task with another name": (json.dumps(VALID | {"tasks": [TASK | {"task": 3}]}), "task"),
    "a student without a name": (json.dumps(VALID | {"student": None}), "student"),
    "a seed that is a text": (json.dumps(VALID | {"seed": "7"}), "seed"),
    "a flag without a text": (json.dumps(VALID | {"review": [{"task": None, "text": 3}]}), "text"),
    "flags that are none": (json.dumps(VALID | {"review": 3}), "not a result document"),
}


@pytest.mark.parametrize(("text", "said"), NO_RESULTS.values(), ids=NO_RESULTS.keys())
def test_anything_else_is_no_result(text: str, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        Result.from_json(text)


def test_a_score_counts_passed_tests_alone() -> None:
    tests = (TestResult("a", outcome="passed", points=1.5), TestResult("b", outcome="failed", points=9.0), TestResult("c"))
    assert TaskResult("encode", 3.0, tests).score == 1.5
