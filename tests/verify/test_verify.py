"""Each rule of `autograder verify` holds for the course and fails on a copy that was broken on purpose."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable
from pathlib import Path

import nbformat
import pytest

from autograder.course import Assignment, Course
from autograder.course.build import built
from autograder.kit.training_runs import Start, Training
from autograder.sandbox import Sandbox
from autograder.verify import convergence, degenerate, rules
from autograder.verify.convergence import starts_converge
from autograder.verify.files import files_are_there
from autograder.verify.headers import stubs_and_checks_belong_together
from autograder.verify.leaks import nothing_leaks
from autograder.verify.misconceptions import misconceptions_fit
from autograder.verify.published import (
    messages_are_kept,
    misconceptions_are_enough,
    points_add_up,
    submissions_are_enough,
)
from autograder.verify.scores import empty_answers_earn_nothing, solutions_earn_full_marks, stubs_earn_nothing
from autograder.verify.subject import Subject
from autograder.verify.training_starts import problem
from autograder.verify.trees import code_fits_the_screen, trees_are_current

NAME = "01_rnn_cell"
TREES = (
    "solutions", "source", "release", "assignments", "autograder/graders", "tests/submissions", "tests/graders/messages",
)  # fmt: skip


@pytest.fixture
def copy(tmp_path: Path) -> Assignment:
    """A course directory with one assignment, free to be broken."""
    root = Course().root
    for tree in TREES:
        shutil.copytree(root / tree / NAME, tmp_path / tree / NAME, ignore=shutil.ignore_patterns("__pycache__"))
    return Assignment(tmp_path, NAME)


def replace(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text, f"{path.name} no longer holds {old!r}: this test breaks nothing"
    path.write_text(text.replace(old, new))


def in_release(change: Callable[[nbformat.NotebookNode], None]) -> Callable[[Assignment], None]:
    def edit(a: Assignment) -> None:
        notebook = nbformat.read(a.notebook_in("release"), as_version=4)
        change(notebook)
        nbformat.write(notebook, a.notebook_in("release"))

    return edit


def in_solution(old: str, new: str) -> Callable[[Assignment], None]:
    return lambda a: replace(a.solution, old, new)


def in_grader(task: str, pattern: str, new: str) -> Callable[[Assignment], None]:
    """Change the first place in a grader file that the pattern finds."""

    def edit(a: Assignment) -> None:
        path = a.graders / f"test_{task}.py"
        text, count = re.subn(pattern, new, path.read_text(), count=1, flags=re.DOTALL)
        assert count, f"{path.name} no longer holds {pattern!r}: this test breaks nothing"
        path.write_text(text)

    return edit


def remove(a: Assignment, tree: str, pattern: str) -> None:
    found = list((a.root / tree / NAME).glob(pattern))
    assert found, f"{tree} no longer holds {pattern}: this test breaks nothing"
    for folder in found:
        shutil.rmtree(folder)


SOLUTION_LINE = "indices.append(idx2char.index(char))"
BROKEN: dict[str, tuple[Callable, Callable[[Assignment], None], str]] = {
    "points that do not add up": (
        points_add_up, in_solution('points=4', 'points=5'), "22 of 20 points",
    ),
    "no place for the table of points": (
        stubs_and_checks_belong_together, in_solution("# <!-- points -->", "# Four points each."), "write <!-- points -->",
    ),
    "a task without hidden tests": (
        files_are_there, lambda a: (a.graders / "test_encode.py").unlink(), "missing: the hidden tests of encode",
    ),
    "a grader file that cannot be loaded": (
        files_are_there, in_grader("encode", r"^", "import nothing_of_this_name\n"), "cannot be loaded: ModuleNotFoundError",
    ),
    "a tree that was never built": (
        files_are_there, lambda a: shutil.rmtree(a.root / "release"), "Run: autograder build 01_rnn_cell",
    ),
    "few right submissions": (
        submissions_are_enough, lambda a: remove(a, "tests/submissions", "right_[a-o]*"), "of 12 right submissions",
    ),
    "few wrong submissions": (
        submissions_are_enough, lambda a: remove(a, "tests/submissions", "wrong_[a-s]*"), "of 20 wrong submissions",
    ),
    "few misconceptions": (
        misconceptions_are_enough, in_grader("encode", r"\Z", "\nMISCONCEPTIONS = MISCONCEPTIONS[:3]\n"),
        "3 of 8 misconceptions in encode",
    ),
    "messages that nobody has read": (
        messages_are_kept, lambda a: remove(a, "tests/graders/messages", "encode"), "has none)",
    ),
    "a stub without a grade cell": (
        stubs_and_checks_belong_together, in_solution('check="encode"', 'check="code"'), "encode",
    ),
    "a built tree edited by hand": (
        trees_are_current, in_release(lambda nb: nb.cells.pop()), "release/01_rnn_cell is out of date",
    ),
    "a solution changed and not built": (
        trees_are_current, in_solution("# # 1. The RNN cell", "# # 1. Cells"), "Run: autograder build 01_rnn_cell",
    ),
    "a file that does not belong": (
        trees_are_current, lambda a: (a.module.parent / "answers.txt").write_text("42"), "assignments/01_rnn_cell",
    ),
    "a solution line in the prose": (
        nothing_leaks, in_release(lambda nb: nb.cells[0].update(source=SOLUTION_LINE)), SOLUTION_LINE,
    ),
    "a solution line in the module": (
        nothing_leaks, lambda a: a.module.write_text(a.module.read_text() + f"\n        {SOLUTION_LINE}\n"), "rnn_cell.py",
    ),
    "a marker": (
        nothing_leaks, in_release(lambda nb: nb.cells[0].update(source="### BEGIN SOLUTION")), "BEGIN SOLUTION",
    ),
    "the name of a hidden test": (
        nothing_leaks, in_release(lambda nb: nb.cells[0].update(source="test_other_vocabularies")), "hidden grader",
    ),
    "the output of a cell": (
        nothing_leaks,
        in_release(lambda nb: nb.cells[1].update(outputs=[nbformat.v4.new_output("stream", text="loeeh")])), "output of a cell",
    ),
    "metadata of the solution": (
        nothing_leaks, in_release(lambda nb: nb.metadata.update(jupytext={"formats": "py"})), "jupytext",
    ),
    "a file that nbgrader would publish": (
        nothing_leaks, lambda a: (a.root / "source" / NAME / "notes.txt").write_text("x"), "notes.txt",
    ),
    "a line that runs out of its cell": (
        code_fits_the_screen, in_release(lambda nb: nb.cells[1].update(source="a = 1" + "0" * 100)), "105 of 104 characters",
    ),
    "a wrong solution": (
        solutions_earn_full_marks, in_solution("    indices = []\n", "    return None\n    indices = []\n"),
        "rnn_cell.py: 17.0 of 20.0",
    ),
    "other points in the graders": (
        solutions_earn_full_marks, in_grader("train", r"@points\([\d.]+\)", "@points(9)"), "4 points in the grade cell",
    ),
    "a stub that solves itself": (
        stubs_earn_nothing, lambda a: a.module.write_text(a.solution_module), "20.0 points",
    ),
    "a grader that looks at nothing": (
        empty_answers_earn_nothing,
        in_grader("rnn_cell_step", r'(def test_\w+\([^)]*\):\n    """.*?"""\n)', r"\1    return\n"), "'zeros' earns",
    ),
    "a misconception of a line that is gone": (
        misconceptions_fit, in_solution(" + bias_hh)", " + 1.0 * bias_hh)"), "stands 0 times",
    ),
    "a start from which nothing converges": (
        starts_converge, lambda a: (a.graders / "starts.json").write_text(json.dumps([[3, [0, 1, 2, 3]]])), "seed 3",
    ),
}  # fmt: skip


@pytest.mark.parametrize(("rule", "breaks", "said"), BROKEN.values(), ids=BROKEN.keys())
def test_a_rule_breaks(rule: Callable, breaks: Callable, said: str, copy: Assignment, sandbox: Sandbox) -> None:
    with built(copy) as fresh:
        breaks(copy)
        broken = Assignment(copy.root, NAME)  # reads the files anew
        if rule is trees_are_current:
            with built(broken) as fresh_again:
                problems = list(rule(Subject(broken, fresh_again, sandbox)))
        else:
            problems = list(rule(Subject(broken, fresh, sandbox)))
    assert any(said in problem for problem in problems), problems


def test_every_rule_has_a_broken_copy() -> None:
    assert {rule for rule, _, _ in BROKEN.values()} == {*rules.FIRST, *rules.RULES, *rules.PUBLISHED}


@pytest.mark.parametrize("assignment", Course().assignments, ids=lambda a: a.name)
def test_the_course_keeps_all_rules(assignment: Assignment, sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    """One training start in five and half of the empty answers are tried; `autograder verify` tries them all."""

    def sampled(training: Training, start: Start) -> str:
        return problem(training, start) if start in training.starts[::5] else ""

    monkeypatch.setattr(convergence, "problem", sampled)
    monkeypatch.setattr(degenerate, "KINDS", degenerate.KINDS[Course().assignments.index(assignment) % 2 :: 2])
    said: list[str] = []
    assert rules.keeps_the_rules(assignment, sandbox, said.append), "\n".join(said)
