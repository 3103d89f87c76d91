"""`autograder verify` on an exercise that is being written: what it says at each stage."""

from __future__ import annotations

from pathlib import Path

import pytest

from autograder.course import Assignment, Course
from autograder.course.build import build
from autograder.course.new import new_exercise
from autograder.sandbox import Sandbox
from autograder.verify import rules

NAME = "07_words"
LACKS = "4 of 20 points, 0 of 12 right submissions, 0 of 20 wrong submissions, 1 of 8 misconceptions in count"


@pytest.fixture
def draft(tmp_path: Path) -> Assignment:
    """A course with one new exercise that is not built yet."""
    (tmp_path / "solutions").mkdir()
    new_exercise(Course(tmp_path), NAME, "count")
    return Assignment(tmp_path, NAME)


def verified(draft: Assignment, sandbox: Sandbox) -> tuple[bool, str]:
    said: list[str] = []
    holds = rules.keeps_the_rules(Assignment(draft.root, NAME), sandbox, said.append)  # reads the files anew
    return holds, "\n".join(said)


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new))


def test_before_the_build_it_says_what_to_run(draft: Assignment, sandbox: Sandbox) -> None:
    holds, said = verified(draft, sandbox)
    assert not holds
    assert "source/07_words/words.ipynb is missing. Run: autograder build 07_words" in said
    assert "The other rules are checked when these hold." in said


def test_a_draft_may_lack_what_a_published_exercise_needs(draft: Assignment, sandbox: Sandbox) -> None:
    build([draft])
    holds, said = verified(draft, sandbox)
    assert holds, said
    assert f"  [draft] 07_words: {LACKS}, 0 of 1 messages ('bias left out' has none)" in said

    change(draft.solution, "draft: true", "draft: false")
    holds, said = verified(draft, sandbox)
    assert not holds
    assert said.count("[BROKEN]") == 4
    assert all(f"      {lack}" in said for lack in LACKS.split(", "))


def test_a_draft_that_breaks_a_rule_is_not_let_through(draft: Assignment, sandbox: Sandbox) -> None:
    build([draft])
    change(draft.module, "raise NotImplementedError()", "return x @ weight.T + bias")
    holds, said = verified(draft, sandbox)
    assert not holds
    assert "words.py holds a line of the solution: return x @ weight.T + bias" in said


@pytest.mark.parametrize("name", ["test_words", "test_count_worked"], ids=["the file of checks", "part of a visible check"])
def test_a_hidden_test_may_be_called_like_what_students_see(draft: Assignment, sandbox: Sandbox, name: str) -> None:
    """`test_words.py` is the built file of checks, and `test_count_worked_example` one of the visible checks."""
    change(draft.graders / "test_count.py", "def test_equals_torch(", f"def {name}(")
    build([draft])
    holds, said = verified(draft, sandbox)
    assert holds, said


def test_the_name_of_a_hidden_test_alone_is_a_leak(draft: Assignment, sandbox: Sandbox) -> None:
    change(draft.graders / "test_count.py", "def test_equals_torch(", "def test_words(")
    build([draft])
    change(draft.module, "Plan 45 to 90 minutes.", "See test_words.")
    _, said = verified(draft, sandbox)
    assert "words.py holds a text of a hidden grader: test_words" in said


def test_a_grader_that_breaks_down_is_told_in_one_line(draft: Assignment, sandbox: Sandbox) -> None:
    change(draft.graders / "test_count.py", "F.linear(*args)", "F.linear(*args, 1)")
    build([draft])
    holds, said = verified(draft, sandbox)
    assert not holds
    assert "words.py: grader_error: the hidden test test_equals_torch broke down: TypeError" in said
    assert "Traceback" not in said


def test_a_stub_must_not_be_called_like_something_of_the_submission(tmp_path: Path, sandbox: Sandbox) -> None:
    (tmp_path / "solutions").mkdir()
    new_exercise(Course(tmp_path), NAME, "call_many")
    holds, said = verified(Assignment(tmp_path, NAME), sandbox)
    assert not holds
    assert "`submission.call_many` is something else in a hidden test" in said
