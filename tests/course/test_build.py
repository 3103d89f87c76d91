"""The trees are built from the solution alone, whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.course import Assignment, Course, CourseError
from autograder.course.build import TREES, build
from autograder.course.new import new_exercise

NAME = "07_words"


@pytest.fixture
def exercise(tmp_path: Path) -> Assignment:
    (tmp_path / "solutions").mkdir()
    new_exercise(Course(tmp_path), NAME, "count")
    return Assignment(tmp_path, NAME)


def built(exercise: Assignment) -> dict[str, bytes]:
    """All files of the three trees."""
    paths = [path for tree in TREES for path in (exercise.root / tree).rglob("*") if path.is_file()]
    return {path.relative_to(exercise.root).as_posix(): path.read_bytes() for path in paths}


def append(exercise: Assignment, text: str) -> Assignment:
    exercise.solution.write_text(exercise.solution.read_text() + text)
    return Assignment(exercise.root, NAME)  # reads the file anew


def test_the_same_solution_gives_the_same_bytes(exercise: Assignment) -> None:
    build([exercise])
    first = built(exercise)
    build([Assignment(exercise.root, NAME)])
    assert built(exercise) == first
    for_all = {"assignments/requirements.txt", "assignments/watch.py", "assignments/watch_worker.py"}
    assert {f"{tree}/{NAME}" for tree in TREES} | for_all == {"/".join(name.split("/")[:2]) for name in first}


def test_a_demonstration_does_not_run_when_the_module_is_imported(exercise: Assignment) -> None:
    changed = append(exercise, '\n# %% demo="sum"\nprint(count)\n')
    build([changed])
    assert 'if __name__ == "__main__":\n    print(count)\n' in changed.module.read_text()
    assert changed.module.read_text().count("ipytest") == 0


BROKEN = {
    "a figure that is not there": (
        '\n# %% [markdown] id="plot"\n# ![a plot](figures/plot.svg)\n', "shows figures/plot.svg, which is not there",
    ),
    "a header that makes no sense": ('\n# %% check="encode"\n1\n', "words.py cannot be read: check_encode"),
}  # fmt: skip


@pytest.mark.parametrize(("text", "said"), BROKEN.values(), ids=BROKEN.keys())
def test_a_build_that_fails_leaves_the_trees_as_they_were(exercise: Assignment, text: str, said: str) -> None:
    build([exercise])
    before = built(exercise)
    with pytest.raises(CourseError, match=said):
        build([append(exercise, text)])
    assert built(exercise) == before


@pytest.mark.parametrize("assignment", Course().assignments, ids=lambda a: a.name)
def test_every_module_compiles_with_its_demonstrations(assignment: Assignment) -> None:
    compile(assignment.module.read_text(encoding="utf-8"), str(assignment.module), "exec")
