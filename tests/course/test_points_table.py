"""The table of points is generated from the headers of a solution and replaces its placeholder."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.course import Assignment, Course
from autograder.course.points_table import PLACEHOLDER

SOLUTION = f"""\
# %% [markdown]
# # Words
#
# {PLACEHOLDER}
#
# Plan an hour.

# %% stub="encode" about="text to vectors"
def encode(): ...

# %% check="encode" points=2.5
1

# %% stub="decode"
def decode(): ...

# %% check="decode" points=4
1
"""
TABLE = """\
| task | what you write | points |
|---|---|---|
| 1 | `encode`: text to vectors | 2.5 |
| 2 | `decode` | 4 |
| | **total** | **6.5** |"""


def test_the_table_is_made_from_the_headers(tmp_path: Path) -> None:
    assignment = Assignment(tmp_path, "07_words")
    assignment.solution.parent.mkdir(parents=True)
    assignment.solution.write_text(SOLUTION)
    assert assignment.notebook.cells[0].source == f"# Words\n\n{TABLE}\n\nPlan an hour."


@pytest.mark.parametrize("assignment", Course().assignments, ids=lambda a: a.name)
def test_what_students_open_shows_the_points_of_the_checks(assignment: Assignment) -> None:
    assert PLACEHOLDER in assignment.solution.read_text()
    introduction = assignment.notebook_in("release").read_text()
    assert PLACEHOLDER not in introduction
    for task in assignment.tasks:
        assert f"| {task.points:g} |" in next(line for line in introduction.splitlines() if f" | `{task.name}`:" in line)
