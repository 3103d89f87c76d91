"""The exercises under stock nbgrader, without our preprocessors: less safe, but a failing visible check gets no points."""

from __future__ import annotations

import json
from pathlib import Path

import nbformat
from nbgrader.api import Gradebook

from tests.nbgrader.commands import run
from tests.nbgrader.test_regrades import hand_in, make_course
from tests.nbgrader.troubled import NAME, SOLVED, STEM, UNTOUCHED, cell

STOCK = 'c = get_config()\nc.CourseDirectory.course_id = "rnn-course"\nc.ExecutePreprocessor.iopub_timeout = 60\n'


def half_right() -> bytes:
    """embed is wrong, EmbeddingModel is right, and train is not written yet."""
    document, solved = json.loads(UNTOUCHED), json.loads(SOLVED)
    wrong = "def embed(indices, weight):\n    return 2 * weight[indices]\n"
    cell(document, "embed")["source"] = wrong
    cell(document, "EmbeddingModel")["source"] = cell(solved, "EmbeddingModel")["source"]
    return json.dumps(document).encode()


def test_a_failing_check_has_no_points_and_the_run_goes_on(tmp_path: Path) -> None:
    course = make_course(tmp_path, STOCK)
    hand_in(course, "ada", half_right())
    run(course, "generate_assignment", NAME)
    done = run(course, "autograde", NAME)
    assert "autograder" not in done.stderr  # nothing of ours took part
    with Gradebook(f"sqlite:///{course}/gradebook.db") as gradebook:
        found = gradebook.find_submission_notebook(STEM, NAME, "ada").grades
        grades = {grade.name: grade.auto_score for grade in found}
        points = {grade.name: grade.max_score for grade in found}
    expected = {"check_embed": 0, "check_EmbeddingModel": points["check_EmbeddingModel"], "check_train": 0}
    assert grades == expected
    assert min(points.values()) > 0

    notebook = nbformat.read(course / "autograded/ada" / NAME / f"{STEM}.ipynb", as_version=4)
    code = [one for one in notebook.cells if one.cell_type == "code"]
    assert [one.execution_count for one in code] == list(range(1, len(code) + 1))
