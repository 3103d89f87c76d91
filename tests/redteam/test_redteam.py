"""Hostile submissions: each is a folder in tests/submissions/redteam/ with its expected verdict and score.

    {"entry": "B12", "verdict": "graded", "score": 17, "max": 20, "loses": ["encode"]}

entry: its line in the catalogue of attacks, or `new`. Several verdicts are joined by `|`; score is a number, "full" or "any";
loses: the tasks that lose all their points. Most attacks are graded on three quick tasks. Optional: limits "short"; flag, a text that a flag starts with; message, a pattern; hides, more texts that must not show.
After every attack an honest submission is graded in the same warm sandbox, and still gets full marks.
"""

# ruff: noqa: E501  (tables: one row, one line)

from __future__ import annotations

import contextlib
import gc
import io
import json
import multiprocessing
import os
import re
import signal
import traceback
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from autograder.batch import SubmissionRef, grade, grade_many
from autograder.course import Assignment
from autograder.intake.source import SubmissionSource
from autograder.reports.table import class_table
from autograder.reports.text import result_text, task_text
from autograder.results import Result
from autograder.sandbox import Limits, Sandbox
from autograder.sandbox.launch import process_id

CASES = sorted(p.parent for p in (Path(__file__).parents[1] / "submissions" / "redteam").glob("*/expected.json"))
SHORT = Limits(idle_s=2.0, cpu_s=1)
IN_MORE_TASKS = """answers_that_contain_themselves a_malformed_answer_after_a_failed_test asks_for_input broadcastable_shapes inputs_in_an_exception
    inputs_in_the_answers nan odd_dtypes_and_layouts values_that_lie_about_themselves""".split()
MODES = {"without bubblewrap": "off", "with bubblewrap": "required"}


def expected_of(case: Path) -> dict:
    return json.loads((case / "expected.json").read_text())


def in_slow_tasks(case: Path) -> bool:
    loses = expected_of(case)["loses"] or []
    return case.name in IN_MORE_TASKS or (bool({"RNNCellModel", "train"} & set(loses)) and "encode" not in loses)


WHOLE = list(filter(in_slow_tasks, CASES))  # graded on all tasks; the others on the quick ones only


@dataclass
class Report:
    """All that a result says, in every form, and how the honest neighbour did."""

    result: Result
    shown: str
    neighbour: Result | None = None


def forms(result: Result) -> str:
    """Every report that people read."""
    key = (result.student, result.assignment)
    table = class_table({key: result.score}, [result.assignment], {result.assignment: result.max_score}, {key: result.verdict})
    return "\n".join([result.json(), result_text(result), table, *(task_text(task, result) for task in result.tasks)])


def submission_in(case: Path) -> Path:
    folder = case / "submission"
    return folder if folder.is_dir() else next(p for p in case.iterdir() if p.name != "expected.json")


def descriptors_and_children() -> tuple[int, int]:
    gc.collect()
    below = [p for p in Path("/proc").glob("[0-9]*/stat") if _parent(p) == os.getpid()]
    return len(os.listdir("/proc/self/fd")), len(below)


def _parent(stat: Path) -> int:
    try:
        return int(stat.read_text().rpartition(")")[2].split()[1])
    except OSError:
        return 0


def grade_all(assignment: Assignment, sandbox: Sandbox, cases: list[Path], limits: Limits, neighbours: bool) -> dict[str, Report]:
    """Every case, each followed by an honest neighbour, in one session of the judge and one warm sandbox."""
    honest = SubmissionSource("module", assignment.stem, (assignment.solution_module,), "0" * 64)
    entries = []
    for case in cases:
        entries += [SubmissionRef(case.name, submission_in(case))] + [SubmissionRef("neighbour", source=honest)] * neighbours
    reports: dict[str, Report] = {}
    said = io.StringIO()

    def report(result: Result) -> None:
        if result.student == "neighbour":
            reports[list(reports)[-1]].neighbour = result
        else:
            reports[result.student] = Report(result, forms(result))
        reports[list(reports)[-1]].shown += said.getvalue()
        said.seek(said.truncate(0))

    with contextlib.redirect_stderr(said), contextlib.redirect_stdout(said):
        grade_many(assignment, entries, sandbox, report, limits)
    return reports


def attack(assignment: Assignment, cases: list[Path], neighbours: bool = True, **options: object) -> dict[str, Report]:
    """All cases in one warm sandbox, which leaves nothing behind."""
    short = [case for case in cases if "limits" in expected_of(case)]
    others = [case for case in cases if case not in short]
    with Sandbox(**options) as sandbox:
        grade(
            assignment, SubmissionRef("first", source=SubmissionSource("module", assignment.stem, ("",), "")), sandbox
        )  # opens what stays open
        before = descriptors_and_children()
        reports = grade_all(assignment, sandbox, others, Limits(), neighbours)
        reports |= grade_all(assignment, sandbox, short, SHORT, neighbours)
        assert descriptors_and_children() == before, "a process or a descriptor is left over"
    return reports


def in_its_own_process(pipe: Any, *arguments: Any, **options: Any) -> None:
    try:
        pipe.send(attack(*arguments, **options))
    except BaseException as error:
        pipe.send(RuntimeError(f"{type(error).__name__}: {error}\n{traceback.format_exc()}"))


@pytest.fixture(scope="module")
def all_graded(assignment: Assignment, whole_assignment: Assignment, bubblewrap_works: bool) -> dict[str, dict[str, Report]]:
    """Reports by mode. The modes are graded side by side, a process each."""
    plans = {"off": (assignment, CASES, True, {"bubblewrap": "off"})}
    if bubblewrap_works:
        plans["required"] = (assignment, CASES, True, {"bubblewrap": "required"})
    plans["whole"] = (whole_assignment, WHOLE, False, {"bubblewrap": "off"})
    context, started = multiprocessing.get_context("fork"), {}
    for mode, (course, cases, neighbours, options) in plans.items():
        here, there = context.Pipe(duplex=False)
        process = context.Process(target=in_its_own_process, args=(there, course, cases, neighbours), kwargs=options)
        process.start()
        there.close()
        started[mode] = (process, here)
    reports = {}
    for mode, (process, here) in started.items():
        reports[mode] = here.recv()
        process.join()
        here.close()
        if isinstance(reports[mode], Exception):
            raise reports[mode]
    return reports


@pytest.fixture(params=MODES.values(), ids=MODES.keys())
def graded(request: pytest.FixtureRequest, all_graded: dict[str, dict[str, Report]]) -> dict[str, Report]:
    if request.param not in all_graded:
        pytest.skip("needs bubblewrap: apt-get install bubblewrap")
    return all_graded[request.param]


def check(case: Path, report: Report, hidden: tuple[str, ...], assignment: Assignment) -> None:
    expected, result = expected_of(case), report.result
    assert result.verdict in expected["verdict"].split("|"), (result.verdict, result.message)
    if expected["loses"] is not None:
        wanted = sum(task.points for task in assignment.tasks if task.name not in expected["loses"])
        lost = [test.message for task in result.tasks for test in task.tests if test.outcome != "passed"]
        assert result.score == wanted, lost[:3]
    assert [flag for flag in map(str, result.flags) if flag.startswith(expected.get("flag", ""))] or "flag" not in expected, (
        result.flags
    )
    assert re.search(expected.get("message", ""), report.shown)
    for text in (*hidden, *expected.get("hides", ())):
        assert text not in report.shown
    assert "Traceback" not in report.shown
    assert len(report.shown) < 60_000
    assert not [line for line in report.shown.splitlines() if line.lstrip().startswith("::") or "##[" in line or "\x1b" in line]


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_an_attack_gets_what_it_deserves(
    graded: dict[str, Report], case: Path, hidden: tuple[str, ...], secrets: Path, assignment: Assignment
) -> None:
    check(case, graded[case.name], hidden, assignment)
    neighbour = graded[case.name].neighbour
    assert neighbour is not None
    assert (neighbour.verdict, neighbour.score) == ("graded", neighbour.max_score)
    assert not (secrets / "touched").exists(), "something of the submission ran outside of its process"


@pytest.mark.parametrize("case", WHOLE, ids=lambda case: case.name)
def test_an_attack_on_a_model_or_on_training(
    all_graded: dict[str, dict[str, Report]], case: Path, hidden: tuple[str, ...], whole_assignment: Assignment
) -> None:
    report, expected = all_graded["whole"][case.name], expected_of(case)
    check(case, report, hidden, whole_assignment)
    wanted = report.result.max_score if expected["score"] == "full" else expected["score"]
    assert (report.result.score, report.result.max_score) == (wanted, expected["max"])


def test_a_zygote_that_is_killed_in_mid_batch_costs_nobody_a_point(assignment: Assignment) -> None:
    honest = SubmissionSource("module", assignment.stem, (assignment.solution_module,), "0" * 64)
    results: list[Result] = []
    with Sandbox(bubblewrap="off") as sandbox:

        def entries() -> Iterator[SubmissionRef]:
            yield SubmissionRef("before", source=honest)
            os.kill(process_id(sandbox._zygote.pidfd), signal.SIGKILL)
            yield SubmissionRef("after", source=honest)

        grade_many(assignment, entries(), sandbox, results.append)
    assert [(r.student, r.verdict, r.score == r.max_score) for r in results] == [
        ("before", "graded", True),
        ("after", "graded", True),
    ]


def test_a_student_id_is_only_a_name(assignment: Assignment) -> None:
    names = ["'; DROP TABLE grade;--", "../../etc/passwd", "ada", "ada", "", "-rf", "$(touch x)"]
    results: list[Result] = []
    empty = SubmissionSource("module", assignment.stem, ("",), "")
    with Sandbox(bubblewrap="off") as sandbox:
        grade_many(assignment, [SubmissionRef(name, source=empty) for name in names], sandbox, results.append)
    assert [result.student for result in results] == names  # two with one id are two results, in order
    assert {(result.verdict, result.score) for result in results} == {("graded", 0)}
