"""Several workers share a class: a slow submission delays no other, and a lost worker is reported."""

from __future__ import annotations

import multiprocessing
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.batch import SubmissionRef, grading
from autograder.batch.pool import Work, grade_class
from autograder.course import Course
from autograder.results import Result
from autograder.sandbox import Sandbox

COURSE = Course()
NAME = "01_rnn_cell"
LANES = 2


def members(folder: Path, sleepers: int, others: int) -> list[Work]:
    """Submissions of which only the first task is graded; the first ones sleep before they answer."""
    assignment, found = COURSE[NAME], []
    for number in range(sleepers + others):
        path = folder / f"{number}.py"
        path.write_text(assignment.solution_module + "\nimport time\ntime.sleep(4)\n" * (number < sleepers))
        found.append((NAME, SubmissionRef(path.stem, path, seed=1, only="encode")))
    return found


def wait_until(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.1)


def session_of(pid: str) -> int:
    try:
        return int(Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[3])
    except OSError:  # it ended meanwhile
        return 0


def test_a_slow_submission_holds_up_no_other(tmp_path: Path) -> None:
    found: list[Result] = []
    with Sandbox() as sandbox:
        grade_class(COURSE, members(tmp_path, sleepers=1, others=6), LANES, found.append, sandbox)
    assert [result.student for result in found] == ["1", "2", "3", "4", "5", "6", "0"]
    assert all(result.score == result.max_score for result in found)


def test_workers_that_are_killed_are_replaced(tmp_path: Path) -> None:
    found: list[Result] = []

    def report(result: Result) -> None:
        found.append(result)
        if len(found) == 1:
            for process in multiprocessing.active_children():
                os.kill(process.pid, signal.SIGKILL)

    with Sandbox() as sandbox:
        grade_class(COURSE, members(tmp_path, sleepers=1, others=3), LANES, report, sandbox)
    assert {result.student: result.score for result in found} == dict.fromkeys("0123", found[0].max_score)
    assert not multiprocessing.active_children()


def test_no_lane_outlives_the_command(tmp_path: Path) -> None:
    for name, (_, entry) in zip("abc", members(tmp_path, sleepers=1, others=2), strict=True):
        folder = tmp_path / "submitted" / name / NAME
        folder.mkdir(parents=True)
        entry.path.rename(folder / "rnn_cell.py")
    argv = [sys.executable, "-m", "autograder", "class", str(tmp_path / "submitted"), "--results", str(tmp_path / "results")]
    command = subprocess.Popen([*argv, "--jobs", "2"], cwd=COURSE.root, start_new_session=True, stdout=subprocess.DEVNULL)
    wait_until(lambda: any((tmp_path / "results").rglob("*.json")))
    command.kill()
    command.wait()
    wait_until(lambda: not any(session_of(pid) == command.pid for pid in filter(str.isdigit, os.listdir("/proc"))))


def test_what_nobody_foresaw_costs_one_submission_and_not_the_class(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    original = grading.Grading.scan

    def scan(self: grading.Grading, names: dict[str, tuple[str, ...]]) -> None:
        if self.ref.student == "1":
            raise ValueError("nobody foresaw this")
        original(self, names)

    monkeypatch.setattr(grading.Grading, "scan", scan)
    found: list[Result] = []
    with Sandbox() as sandbox:
        grade_class(COURSE, members(tmp_path, sleepers=0, others=3), LANES, found.append, sandbox)
    scores = {result.student: result.score for result in found}
    assert (scores["1"], len(scores), len(found)) == (None, 3, 3)
    assert scores["0"] == scores["2"] is not None
    assert "nobody foresaw this" in next(result.message for result in found if result.student == "1")
