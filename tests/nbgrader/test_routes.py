"""Through nbgrader: solutions earn full marks and untouched releases nothing, with our judge and with the stock Execute.

Each route is what an instructor types, in a course directory of its own.
"""

from __future__ import annotations

import csv
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from autograder.course import Course

ROOT = Course().root
STOCK = """
c = get_config()
c.CourseDirectory.course_id = "stock"
c.ClearSolutions.code_stub = {"python": "raise NotImplementedError()"}
"""
CONFIGS = {"with our judge": (ROOT / "nbgrader_config.py").read_text(), "with the stock Execute": STOCK}


def nbgrader(course: Path, *command: str) -> None:
    """One nbgrader command; its output is shown when it fails."""
    environment = os.environ | {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *command], cwd=course, env=environment, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr[-3000:]


@pytest.fixture(scope="module", params=CONFIGS.values(), ids=CONFIGS.keys())
def scores(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], float]:
    course = tmp_path_factory.mktemp("course")
    shutil.copytree(ROOT / "source", course / "source")
    (course / "nbgrader_config.py").write_text(request.param)
    nbgrader(course, "generate_assignment", "*")
    for student, tree in (("solution", "source"), ("untouched", "release")):
        shutil.copytree(course / tree, course / "submitted" / student)
    nbgrader(course, "autograde", "*")
    nbgrader(course, "generate_feedback", "*")
    nbgrader(course, "export")
    assert len(list((course / "feedback").rglob("*.html"))) == 12
    with (course / "grades.csv").open(newline="") as file:
        return {(row["student_id"], row["assignment"]): float(row["score"]) for row in csv.DictReader(file)}


def test_solutions_earn_full_marks_and_stubs_nothing(scores: dict[tuple[str, str], float]) -> None:
    names = [a.name for a in Course().assignments]
    assert scores == {("solution", n): 20.0 for n in names} | {("untouched", n): 0.0 for n in names}
