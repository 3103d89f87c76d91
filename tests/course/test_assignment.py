"""An assignment's properties are read from its solution and from the path of that file."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.course import Assignment, Course, CourseError

SOLUTION = """\
# %% [markdown]
# # Words

# %%
import torch

# %% stub="encode"
def encode(): ...

# %% check="encode" points=2.5
assert encode()

# %% demo="plot"
plot()
"""


@pytest.fixture
def assignment(tmp_path: Path) -> Assignment:
    folder = tmp_path / "solutions/07_long_words"
    folder.mkdir(parents=True)
    (folder / "long_words.py").write_text(SOLUTION)
    return Course(tmp_path)["07_long_words"]


def test_tasks_are_the_checks_with_their_points(assignment: Assignment) -> None:
    assert [(task.name, task.points, task.check_id) for task in assignment.tasks] == [("encode", 2.5, "check_encode")]


def test_the_module_is_setup_and_stubs(assignment: Assignment) -> None:
    assert assignment.solution_module == "import torch\n\ndef encode(): ..."


def test_a_stub_is_found_by_its_task(assignment: Assignment) -> None:
    assert assignment.stub("encode") == "def encode(): ..."
    with pytest.raises(CourseError, match=r"long_words\.py has no stub 'decode'"):
        assignment.stub("decode")


@pytest.mark.parametrize(("header", "draft"), [("", False), ("draft: true", True), ("draft: false", False)])
def test_a_draft_says_so_in_its_header(assignment: Assignment, header: str, draft: bool) -> None:
    front = f"# ---\n# jupyter:\n#   {header}\n# ---\n\n" if header else ""
    assignment.solution.write_text(front + SOLUTION)
    assert assignment.draft is draft
    assert [cell.cell_type for cell in assignment.notebook.cells] == ["markdown", "code", "code", "code", "code"]


def test_an_unknown_assignment_is_answered_with_those_there_are(assignment: Assignment) -> None:
    with pytest.raises(CourseError, match=r"There is no assignment '08_words'. Assignments: 07_long_words\."):
        Course(assignment.root)["08_words"]
