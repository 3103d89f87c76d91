"""Through nbgrader: solutions earn full marks and untouched releases nothing, with our judge and with the stock Execute.

Each route is what an instructor types, in a course directory of its own.
"""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from autograder.course import Course
from tests.nbgrader.commands import ROOT, exported, run

STOCK = """
c = get_config()
c.CourseDirectory.course_id = "stock"
c.ClearSolutions.code_stub = {"python": "raise NotImplementedError()"}
"""
OURS = (ROOT / "nbgrader_config.py").read_text()
FULL = {a.name: sum(task.points for task in a.tasks) for a in Course().assignments}
# The stock Execute starts a kernel for each notebook, so only every other release is handed in untouched there.
ROUTES = {"with our judge": (OURS, list(FULL)), "with the stock Execute": (STOCK, list(FULL)[::2])}


@pytest.mark.parametrize(("config", "left_untouched"), ROUTES.values(), ids=ROUTES.keys())
def test_solutions_earn_full_marks_and_stubs_nothing(config: str, left_untouched: list[str], tmp_path: Path) -> None:
    shutil.copytree(ROOT / "source", tmp_path / "source")
    (tmp_path / "nbgrader_config.py").write_text(config)
    run(tmp_path, "generate_assignment", "*")
    expected = {("solution", name): FULL[name] for name in FULL} | {("untouched", name): 0.0 for name in left_untouched}
    for student, name in expected:
        tree = "source" if student == "solution" else "release"
        shutil.copytree(tmp_path / tree / name, tmp_path / "submitted" / student / name)
    run(tmp_path, "autograde", "*")
    run(tmp_path, "generate_feedback", "*")
    run(tmp_path, "export")
    assert len(list((tmp_path / "feedback").rglob("*.html"))) == len(expected)
    scores = {(row["student_id"], row["assignment"]): row["score"] for row in exported(tmp_path)}
    assert {key: float(scores[key]) for key in expected} == expected
