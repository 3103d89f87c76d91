"""The rules that the course keeps, each a function from an assignment to what breaks it. `autograder verify` runs them all."""

from __future__ import annotations

import filecmp
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from autograder.course.assignment import Assignment, CourseError
from autograder.course.build import TREES, built
from autograder.course.cells import grade_id, is_stub
from autograder.sandbox import Sandbox

from .degenerate import degenerate_answers
from .leaks import leaks

TOTAL = 20


@dataclass(frozen=True)
class Subject:
    """One assignment under verification: its files, freshly built trees to compare with, and a warm sandbox."""

    assignment: Assignment
    fresh: Path
    sandbox: Sandbox


def verify(assignments: Iterable[Assignment], say: Callable[[str], None]) -> bool:
    """Check every rule for every assignment; says what holds and what does not. True when all hold."""
    kept = True
    with Sandbox() as sandbox:
        for assignment in assignments:
            say(assignment.name)
            try:
                with built(assignment) as fresh:
                    subject = Subject(assignment, fresh, sandbox)
                    for rule in RULES:
                        problems = list(rule(subject))
                        say(f"  [{'ok' if not problems else 'BROKEN'}] {rule.__doc__}")
                        for problem in problems:
                            say(f"      {problem}")
                        kept = kept and not problems
            except CourseError as error:
                say(f"  [BROKEN] {error}")
                kept = False
    return kept


def stubs_and_checks_belong_together(subject: Subject) -> Iterator[str]:
    """Every stub has one grade cell, and the points add up to 20."""
    assignment = subject.assignment
    cells = assignment.notebook.cells
    ids = [grade_id(cell) for cell in cells]
    for name in sorted({name for name in ids if name and ids.count(name) > 1}):
        yield f"{assignment.solution.name}: grade_id {name!r} stands {ids.count(name)} times. Give all but one an id=\"...\""
    stubs = {name for cell, name in zip(cells, ids, strict=True) if name and is_stub(cell)}
    tasks = {task.name for task in assignment.tasks}
    for name in sorted(stubs ^ tasks):
        yield f"{assignment.solution.name}: {name} is a stub without a grade cell, or a grade cell without a stub"
    total = sum(task.points for task in assignment.tasks)
    if total != TOTAL:
        yield f"{assignment.solution.name}: the points add up to {total:g}, not {TOTAL}"


NOT_OURS = {"__pycache__", ".ipynb_checkpoints"}  # what Python and Jupyter leave behind


def trees_are_current(subject: Subject) -> Iterator[str]:
    """source/, release/ and assignments/ are what `autograder build` makes."""
    name, root = subject.assignment.name, subject.assignment.root
    for tree in TREES:
        ours, theirs = subject.fresh / tree / name, root / tree / name
        wanted = {p.relative_to(ours) for p in ours.rglob("*") if p.is_file()}
        found = {p.relative_to(theirs) for p in theirs.rglob("*") if p.is_file() and NOT_OURS.isdisjoint(p.parts)}
        same = wanted == found and all(filecmp.cmp(ours / p, theirs / p, shallow=False) for p in wanted)
        if not same:
            saved = " (or was opened there and saved: work on a copy)" if tree == "release" else ""
            yield f"{tree}/{name} is out of date{saved}. Run: autograder build {name}"


def nothing_leaks(subject: Subject) -> Iterator[str]:
    """No line of a solution and nothing of a hidden grader is in what students get."""
    yield from leaks(subject.assignment, subject.assignment.root)


def solutions_earn_full_marks(subject: Subject) -> Iterator[str]:
    """The solution earns full marks, as a module and as a notebook, and hidden tests give each task its points."""
    from autograder.batch import SubmissionRef, grade

    for path in (subject.assignment.solution, subject.assignment.notebook_in("source")):
        result = grade(subject.assignment, SubmissionRef("solution", path), subject.sandbox)
        if result.score != result.max_score:
            yield f"{path.name}: {result.score} of {result.max_score}, {result.verdict} {result.message} (seed {result.seed})"
        for task, graded in zip(subject.assignment.tasks, result.tasks, strict=True):
            if task.points != graded.max_score:
                yield f"{task.name}: {task.points:g} points in the grade cell, {graded.max_score:g} in test_{task.name}.py"
            yield from (f"{task.name}, {test.name}: {test.message}" for test in graded.tests if test.outcome != "passed")


def stubs_earn_nothing(subject: Subject) -> Iterator[str]:
    """The untouched stubs earn nothing, as a module and as a notebook, and the message is kind."""
    from autograder.batch import SubmissionRef, grade
    from autograder.reports.text import untouched

    for path in (subject.assignment.module, subject.assignment.notebook_in("release")):
        result = grade(subject.assignment, SubmissionRef("stub", path), subject.sandbox)
        if result.score != 0 or not untouched(result):
            yield f"{path.name}: {result.score} points, {result.verdict} {result.message}"


def empty_answers_earn_nothing(subject: Subject) -> Iterator[str]:
    """Zeros, ones, NaN, empty and echoed answers earn nothing in the task that gives them."""
    from autograder.batch import SubmissionRef, grade_many
    from autograder.intake.source import SubmissionSource

    cases = list(degenerate_answers(subject.assignment))
    entries = [
        SubmissionRef(kind, intake=SubmissionSource("module", subject.assignment.stem, (source,), ""), only=name)
        for name, kind, source in cases
    ]
    found = []
    grade_many(subject.assignment, entries, subject.sandbox, found.append)
    for (name, kind, _), result in zip(cases, found, strict=True):
        scores = {task.task: task.score for task in result.tasks}
        if result.score is None or scores[name] != 0:
            yield f"{name}: the answer {kind!r} earns {scores.get(name)} points ({result.verdict} {result.message})"


def misconceptions_fit(subject: Subject) -> Iterator[str]:
    """Every misconception can be made in the solution as it stands."""
    from autograder.judge.catalogue import misconceptions_of

    for task, misconception in misconceptions_of(subject.assignment):
        try:
            misconception.submission(subject.assignment, task)
        except CourseError as error:
            yield str(error)


def starts_converge(subject: Subject) -> Iterator[str]:
    """The training task's starts are ones from which the reference says 'ohlol', beyond doubt."""
    if not (subject.assignment.graders / "starts.json").is_file():
        return
    from autograder.judge.catalogue import grader_module

    from .training_starts import is_good

    training = grader_module(subject.assignment, "train").TRAINING
    bad = [start.seed for start in training.starts if not is_good(training, start)]
    if bad:
        again = f"python -m autograder.verify.training_starts {subject.assignment.name}"
        yield f"starts.json: {len(bad)} starts do not converge here, such as seed {bad[0]}. Run: {again}"


RULES: tuple[Callable[[Subject], Iterator[str]], ...] = (
    stubs_and_checks_belong_together, trees_are_current, nothing_leaks, solutions_earn_full_marks, stubs_earn_nothing,
    empty_answers_earn_nothing, misconceptions_fit, starts_converge,
)  # fmt: skip
