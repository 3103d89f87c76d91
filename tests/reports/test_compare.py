"""Two gradings compared: each change has its cause, and a change without one is reported."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from autograder.batch import journal
from autograder.cli import main
from autograder.course import Course
from autograder.reports.compare import compare, comparison_json, comparison_text
from autograder.results import Result, TaskResult, TestResult

from .examples import ALL, FULL, PART, failed, passed, result

COURSE = Course()
NAME = "04_embedding"

CAUSES = {
    "submission": {"submission_sha256": "other"},
    "graders": {"graders_sha256": "other"},
    "torch": {"torch_version": "2.14.0"},
    "seed": {"seed": 1},
    "confinement": {"confined": False},
}


def worse(old: Result, **fields: object) -> Result:
    return replace(old, tasks=(TaskResult("rnn_cell_step", 6.0, (passed("test_a", 2), failed("test_b"))),), **fields)


def test_nothing_changed() -> None:
    comparison = compare(ALL, [replace(result, duration_s=9) for result in ALL])
    assert (comparison.compared, comparison.changes) == (5, ())
    assert comparison_text(comparison) == "5 results compared, none changed.\n"


@pytest.mark.parametrize(("cause", "fields"), CAUSES.items(), ids=CAUSES.keys())
def test_a_change_has_its_cause(cause: str, fields: dict[str, object]) -> None:
    comparison = compare([FULL], [worse(FULL, **fields)])
    assert {change.causes for change in comparison.changes} == {(cause,)}
    assert not comparison.unexplained
    assert compare([FULL], [replace(FULL, **fields)]).changes == ()  # a cause without a change is none


def test_a_renamed_file_is_another_submission() -> None:
    comparison = compare([FULL], [worse(FULL, submission_files=("rnn_cell.py",))])
    assert comparison.changes[0].causes == ("submission",)


def test_a_change_without_a_cause_is_unexplained() -> None:
    comparison = compare([FULL, PART], [worse(FULL), PART])
    assert {change.what for change in comparison.unexplained} == {"score", "outcome", "misconception", "feedback"}
    outcome = next(change for change in comparison.changes if change.what == "outcome")
    assert (outcome.task, outcome.test, outcome.old, outcome.new) == (
        "rnn_cell_step", "test_b", "passed, 4 points", "failed, 0 points",
    )  # fmt: skip
    text = comparison_text(comparison)
    assert "ada  01_rnn_cell  because of: unexplained" in text
    assert text.endswith("2 results compared, 1 changed.\n  1 UNEXPLAINED\n")
    assert json.loads(comparison_json(comparison))["unexplained"] == 4


def test_feedback_alone_is_a_change_too() -> None:
    other = result("ada", replace(passed("test_a", 2), behaviour="Said otherwise."), passed("test_b", 4), duration_s=1.25)
    assert [change.what for change in compare([FULL], [other]).changes] == ["feedback"]


def test_a_test_that_is_new_is_a_change() -> None:
    more = result("ada", *FULL.tasks[0].tests, TestResult("test_c"), graders_sha256="other")
    (change,) = compare([FULL], [more]).changes
    assert (change.test, change.what, change.old, change.new) == ("test_c", "test", "absent", "present")


def test_what_was_handed_in_later_or_taken_away_is_told() -> None:
    comparison = compare([FULL], [PART])
    assert [(change.student, change.what) for change in comparison.changes] == [("ada", "taken away"), ("bob", "handed in")]
    assert comparison_text(comparison).splitlines()[-3:] == [
        "0 results compared, none changed.",
        "  1 more handed in",
        "  1 more taken away",
    ]
    assert compare([FULL], [FULL, PART], part=True).changes == ()  # an archive holds what was replaced, and no more


# ---- by the commands, with a grader that is edited in between


@pytest.fixture
def edited_course(tmp_path: Path) -> Path:
    """A course of one assignment, whose graders may be edited."""
    for tree in ("solutions", "assignments", "autograder/graders"):
        shutil.copytree(COURSE.root / tree / NAME, tmp_path / "course" / tree / NAME)
    return tmp_path / "course"


@pytest.fixture
def submitted(tmp_path: Path) -> Path:
    """Two correct submissions, and one whose `embed` has the wrong sign."""
    solution, line = COURSE[NAME].solution.read_text(), "    return one_hot @ weight"
    assert solution.count(line) == 1
    for student, wanted in {"ada": line, "bob": "    return -one_hot @ weight", "cleo": f"    # mine\n{line}"}.items():
        path = tmp_path / "submitted" / student / NAME / "embedding.py"
        path.parent.mkdir(parents=True)
        path.write_text(solution.replace(line, wanted))
    return tmp_path / "submitted"


def edit(grader: Path, test: str, line: str) -> None:
    """Put a line at the start of a test, after its docstring."""
    source = grader.read_text()
    start = source.index('"""', source.index(f"def {test}(")) + 3
    end = source.index('"""', start) + 3
    grader.write_text(f"{source[:end]}\n    {line}{source[end:]}")


def test_an_edited_grader_touches_whom_it_touches(
    edited_course: Path, submitted: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    results = tmp_path / "results"
    argv = ["--course", str(edited_course), "class", str(submitted), "--results", str(results), "--jobs", "1"]
    assert main([*argv, "--seed", "3"]) == 0
    before = {result.student: result for result in journal.read_all(results)}
    assert [before[student].score == 20 for student in ("ada", "bob", "cleo")] == [True, False, True]
    test = before["bob"].tasks[0].tests[0].name
    assert before["bob"].tasks[0].task == "embed"
    wrong = 'check(submission.embed(torch.tensor([0]), torch.ones(2, 3)), -torch.ones(1, 3), "seq_len embedding_size")'
    edit(edited_course / "autograder/graders" / NAME / "test_embed.py", test, wrong)
    capfd.readouterr()

    assert main([*argv, "--resume"]) == 0  # an edited grader makes every result of its assignment stale
    said = capfd.readouterr().err
    assert "3 to grade again, because of: graders." in said
    (archive,) = (results / "archive").iterdir()
    assert {result.student: result for result in journal.read_all(archive)} == before
    assert f"autograder compare {archive} {results}" in said

    assert main(["compare", str(archive), str(results), "--format", "json"]) == 0
    document = json.loads(capfd.readouterr().out)
    assert (document["compared"], document["unexplained"]) == (3, 0)
    touched = {(c["student"], c["task"], c["test"]) for c in document["changes"] if c["what"] == "outcome"}
    assert touched == {("ada", "embed", test), ("cleo", "embed", test)}
    assert {c["student"] for c in document["changes"] if c["what"] == "score"} == {"ada", "cleo"}
    assert {tuple(change["causes"]) for change in document["changes"]} == {("graders",)}

    assert main([*argv, "--regrade"]) == 0  # with the recorded seeds: the same again
    (second,) = set((results / "archive").iterdir()) - {archive}
    assert main(["compare", str(second), str(results)]) == 0
    assert "3 results compared, none changed." in capfd.readouterr().out
    document = json.loads((second / NAME / "ada.json").read_text())
    document["tasks"][0]["tests"][0]["outcome"] = "passed"
    (second / NAME / "ada.json").write_text(json.dumps(document))
    assert main(["compare", str(second), str(results)]) == 1
    assert "1 UNEXPLAINED" in capfd.readouterr().out
