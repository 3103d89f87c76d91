"""Through nbgrader: solutions earn full marks and untouched releases nothing, with our judge and with the stock Execute.

Each route is what an instructor types, in a course directory of its own.
"""

from __future__ import annotations

import shutil

import pytest

from autograder.course import Course
from tests.nbgrader.commands import ROOT, exported, run

STOCK = """
c = get_config()
c.CourseDirectory.course_id = "stock"
c.ClearSolutions.code_stub = {"python": "raise NotImplementedError()"}
"""
CONFIGS = {"with our judge": (ROOT / "nbgrader_config.py").read_text(), "with the stock Execute": STOCK}


@pytest.fixture(scope="module", params=CONFIGS.values(), ids=CONFIGS.keys())
def scores(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[tuple[str, str], float]:
    course = tmp_path_factory.mktemp("course")
    shutil.copytree(ROOT / "source", course / "source")
    (course / "nbgrader_config.py").write_text(request.param)
    run(course, "generate_assignment", "*")
    for student, tree in (("solution", "source"), ("untouched", "release")):
        shutil.copytree(course / tree, course / "submitted" / student)
    run(course, "autograde", "*")
    run(course, "generate_feedback", "*")
    run(course, "export")
    assert len(list((course / "feedback").rglob("*.html"))) == 2 * len(Course().assignments)
    return {(row["student_id"], row["assignment"]): float(row["score"]) for row in exported(course)}


def test_solutions_earn_full_marks_and_stubs_nothing(scores: dict[tuple[str, str], float]) -> None:
    full = {a.name: sum(task.points for task in a.tasks) for a in Course().assignments}
    assert scores == {("solution", n): full[n] for n in full} | {("untouched", n): 0.0 for n in full}
