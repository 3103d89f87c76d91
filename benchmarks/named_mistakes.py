"""How many mistakes feedback names: those of the catalogue, and others.

    python -m benchmarks.named_mistakes [ASSIGNMENT ...] [--every N]

The catalogue's own mistakes are the misconceptions, their rarer families and pairs of common ones, each made in the solution. The
others are mistakes as learners make them (learners_mistakes.json; `helps`: whether a reader found that the feedback says what to
change, `at_first`: what it did before the graders knew the program) and mutants of the solutions, generated without regard to the
catalogue. Programs that lose no point are left out: they are equivalent, or `benchmarks.mutants` reports them. Prints a Markdown
table.
"""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.batch import SubmissionRef, grade_many
from autograder.course import Assignment, Course, CourseError
from autograder.intake.source import SubmissionSource
from autograder.judge.catalogue import families_of, misconceptions_of
from autograder.judge.misconceptions import Misconception, pairs_of
from autograder.results import Result, TestResult
from autograder.sandbox import Sandbox

from .mutants.strength import mutants_of, source_of

SEED = 77
LEARNERS = Path(__file__).with_name("learners_mistakes.json")
HEADER = ("| wrong programs | of | lose points | named | named or with a next step |", "| --- | --: | --: | --: | --: |")


@dataclass(frozen=True)
class Program:
    """One wrong program. kind: the row of the table that it counts in."""

    kind: str
    task: str
    source: SubmissionSource


def main(argv: Sequence[str] | None = None) -> int:
    course = Course()
    parser = argparse.ArgumentParser(prog="python -m benchmarks.named_mistakes", description=__doc__)
    parser.add_argument("assignments", nargs="*", help="01_rnn_cell, for example; all when none is given")
    parser.add_argument("--every", type=int, default=1, help="grade only every N-th program")
    options = parser.parse_args(argv)
    chosen = [course[name] for name in options.assignments] or list(course.assignments)
    tallies: dict[str, list[int]] = {}
    with Sandbox() as sandbox:
        for assignment in chosen:
            found = list(programs(assignment))[:: options.every]
            for program, result in zip(found, graded(assignment, found, sandbox), strict=True):
                tally = tallies.setdefault(program.kind, [0, 0, 0, 0])
                for column, counts in enumerate(outcome(result)):
                    tally[column] += counts
    print("\n".join([*HEADER, *(row(kind, *tally) for kind, tally in tallies.items())]))
    return 0


def programs(assignment: Assignment) -> Iterator[Program]:
    """The wrong programs of an assignment, grouped by kind."""
    usual = list(misconceptions_of(assignment))
    tasks = dict.fromkeys(task for task, _ in usual)
    pairs = [(task, pair) for task in tasks for pair in pairs_of(m for t, m in usual if t == task)]
    groups: tuple[tuple[str, Sequence[tuple[str, Misconception]]], ...] = (
        ("misconceptions, in all their forms", usual),
        ("members of families", list(families_of(assignment))),
        ("pairs of common mistakes", pairs),
    )
    for kind, group in groups:
        for task, misconception in group:
            for text in _made(misconception, assignment, task):
                yield Program(kind, task, SubmissionSource("module", assignment.stem, (text,), ""))
    for row in json.loads(LEARNERS.read_text()):
        name, task = row["task"].split("/")
        if name == assignment.name:
            text = _as_a_learner(assignment, task, row)
            kind = f"learners' mistakes, {row['group']}"
            yield Program(kind, task, SubmissionSource("module", assignment.stem, (text,), ""))
    for mutant in mutants_of(assignment):
        yield Program("mutants of the solutions", mutant.task, source_of(assignment, mutant))


def _as_a_learner(assignment: Assignment, task: str, row: dict[str, Any]) -> str:
    """The solution with a learner's mistake in it. stub: the whole stub as the learner wrote it; otherwise swaps."""
    text = assignment.solution_module
    if "stub" in row:
        return text.replace(assignment.stub(task).strip(), row["stub"].strip())
    for old, new in row["swaps"]:
        text = text.replace(old, new, 1)
    return text


def _made(misconception: Misconception, assignment: Assignment, task: str) -> tuple[str, ...]:
    try:
        return misconception.submissions(assignment, task)
    except CourseError:  # two mistakes whose places in the solution overlap
        return ()


def graded(assignment: Assignment, found: Sequence[Program], sandbox: Sandbox) -> list[Result]:
    refs = [SubmissionRef(str(n), source=p.source, seed=SEED, only=p.task) for n, p in enumerate(found)]
    results: list[Result] = []
    grade_many(assignment, refs, sandbox, results.append)
    return results


def outcome(result: Result) -> tuple[int, int, int, int]:
    """(1, lost points, mistake named, mistake named or next step given), as numbers to add up."""
    failed = [test for task in result.tasks for test in task.tests if test.outcome != "passed"]
    named = any(test.misconception for test in failed)
    return 1, int(bool(failed)), int(named), int(named or any(map(has_next_step, failed)))


def has_next_step(test: TestResult) -> bool:
    """Whether the feedback says what to look at, beyond the general advice."""
    return "\n" in test.finding or test.outcome != "failed" or " raised " in test.finding


def row(kind: str, programs: int, lost: int, named: int, helped: int) -> str:
    def share(count: int) -> str:
        return f"{count / lost:.1%}" if lost else "-"

    return f"| {kind} | {programs:,} | {lost:,} | {share(named)} | {share(helped)} |"


if __name__ == "__main__":
    raise SystemExit(main())
