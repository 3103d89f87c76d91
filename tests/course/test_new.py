"""`autograder new` writes two files and overwrites nothing."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.course import Course, CourseError
from autograder.course.new import new_exercise


@pytest.fixture
def course(tmp_path: Path) -> Course:
    (tmp_path / "solutions/01_rnn_cell").mkdir(parents=True)
    return Course(tmp_path)


def test_both_files_are_named_after_the_exercise_and_its_task(course: Course) -> None:
    written = [path.relative_to(course.root).as_posix() for path in new_exercise(course, "07_long_words", "count_words")]
    assert written == ["solutions/07_long_words/long_words.py", "autograder/graders/07_long_words/test_count_words.py"]
    assignment = Course(course.root)["07_long_words"]
    assert assignment.draft
    assert [(task.name, task.points) for task in assignment.tasks] == [("count_words", 4)]
    assert "# # 7. Long words\n" in assignment.solution.read_text()
    assert "STUB" not in "".join((course.root / path).read_text() for path in written)


@pytest.mark.parametrize(
    ("name", "stub", "said"),
    [
        ("words", "count", "'words' is no name for an exercise. Use two digits and a word, such as 07_words."),
        ("../07_words", "count", "is no name for an exercise"),
        ("01_words", "count", "01 is the number of 01_rnn_cell. Use the next free one."),
        ("07_words", "count words", "'count words' is no name for a function."),
        ("07_words", "class", "'class' is no name for a function."),
    ],
)
def test_a_name_that_cannot_be_used_is_refused(course: Course, name: str, stub: str, said: str) -> None:
    with pytest.raises(CourseError) as error:
        new_exercise(course, name, stub)
    assert said in str(error.value)
    assert not (course.root / "autograder").exists()


def test_nothing_is_overwritten(course: Course) -> None:
    grader = course.root / "autograder/graders/07_words/test_count.py"
    grader.parent.mkdir(parents=True)
    grader.write_text("mine")
    with pytest.raises(CourseError, match=r"test_count\.py is there already"):
        new_exercise(course, "07_words", "count")
    assert grader.read_text() == "mine"
    assert not (course.root / "solutions/07_words").exists()
