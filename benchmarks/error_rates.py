"""How often the grader is wrong, for each assignment: prints the table of docs/accuracy.md.

    python -m benchmarks.error_rates [ASSIGNMENT ...] [--gradings 2000] [--workers 2] [--json FILE] [--quick]

- False fails: the solution and the correct submissions of the corpus, each graded with new random inputs, may not lose a point.
- False passes: a wrong submission of the corpus gets full marks in a task where it should lose some.
- Correct diagnosis: the share of mistakes in the wrong submissions that are named. A mistake without a misconception
  counts as named when the message contains the words that expected.json requires, and is left out when it requires none.
- Mutants: see benchmarks/mutants.

Exit status 1 after a false fail or pass, a task that loses points for another task's mistake, a mutant that survives without a
listed reason, or fewer than 95 % of the mistakes named.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from itertools import islice
from pathlib import Path

from autograder.batch import SubmissionRef
from autograder.batch.grading import fresh_seed
from autograder.batch.pool import grade_class
from autograder.course import Assignment, Course
from autograder.results import Result
from autograder.sandbox import Sandbox

from .corpus import Case, cases
from .mutants.__main__ import ENOUGH, holds, summary
from .mutants.strength import Strength, measure

NAMED = 0.95
QUICK = {"gradings": 50, "rounds": 1, "every": 20}
FULL = {"rounds": 20, "every": 1}


@dataclass
class Rates:
    """The counts for one assignment. The lists have a line for each failure, with the command that repeats it."""

    assignment: str
    correct: int = 0  # different correct submissions
    gradings: int = 0  # of them
    false_fails: list[str] = field(default_factory=list)
    wrong: int = 0
    wrong_gradings: int = 0
    mistakes: int = 0  # that can be named, in all tasks of all gradings of wrong submissions
    false_passes: list[str] = field(default_factory=list)
    collateral: list[str] = field(default_factory=list)
    unnamed: list[str] = field(default_factory=list)

    @property
    def named(self) -> float:
        return 1 - len(self.unnamed) / self.mistakes if self.mistakes else 0.0

    @property
    def holds(self) -> bool:
        return not (self.false_fails or self.false_passes or self.collateral) and self.gradings > 0 and self.named >= NAMED


def main(argv: Sequence[str] | None = None) -> int:
    options = _options(argv)
    course = Course()
    chosen = [course[name] for name in options.names] if options.names else list(course.assignments)
    seeds = random.Random(options.seed)
    _say(f"seed {options.seed}: --seed {options.seed} repeats this run")
    rates = []
    for assignment in chosen:
        rates.append(rates_of(assignment, options, seeds))
        _say(problems(rates[-1]))
    strengths = [] if options.no_mutants else measure(chosen, options.workers, say=_say, every=options.every)
    for strength in strengths:
        _say(summary(strength))
    print(table(rates, strengths))
    if options.json:
        document = {"seed": options.seed, "rates": [_document(r) for r in rates], "mutants": [asdict(s) for s in strengths]}
        options.json.write_text(json.dumps(document, indent=2) + "\n")
    everything = not (options.names or options.quick or options.no_mutants)
    enough = sum(s.mutants for s in strengths) >= ENOUGH or not everything
    return int(not (enough and all(r.holds for r in rates) and all(holds(s) for s in strengths)))


def _options(argv: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.error_rates", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="ASSIGNMENT", help="default: all")
    parser.add_argument("--gradings", type=int, default=2000, help="gradings of correct submissions per assignment")
    parser.add_argument("--rounds", type=int, help="how often each wrong submission is graded; default: 20")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes; default: one per core")
    parser.add_argument("--seed", type=int, default=fresh_seed(), help="the seed of an earlier run, to repeat it")
    parser.add_argument("--no-mutants", action="store_true", help="leave out the mutants")
    parser.add_argument("--quick", action="store_true", help="a quick check: 50 gradings, one round, every 20th mutant")
    parser.add_argument("--json", type=Path, help="write all counts to this file")
    options = parser.parse_args(argv)
    for name, value in (QUICK if options.quick else FULL).items():
        if options.quick or getattr(options, name, None) is None:
            setattr(options, name, value)
    return options


def rates_of(assignment: Assignment, options: argparse.Namespace, seeds: random.Random) -> Rates:
    """Grade the correct submissions in turn until there are enough gradings, then the wrong ones."""
    rates = Rates(assignment.name)
    paths = [assignment.solution, *(case.path for case in cases(assignment, "right_"))]
    rates.correct = len(paths)
    work = [
        SubmissionRef(str(path), path, seed=seeds.getrandbits(48))
        for path, _ in zip(_turns(paths), range(options.gradings), strict=False)
    ]
    for result in _graded(assignment, work, options.workers):
        rates.gradings += 1
        if result.verdict != "graded" or result.score != result.max_score:
            rates.false_fails.append(_told(result))
    wrong = {str(case.path): case for case in cases(assignment, "wrong_")}
    rates.wrong = len(wrong)
    work = [
        SubmissionRef(key, case.path, seed=seeds.getrandbits(48)) for key, case in wrong.items() for _ in range(options.rounds)
    ]
    for result in _graded(assignment, work, options.workers):
        rates.wrong_gradings += 1
        _count(rates, wrong[result.student], result)
    return rates


def _turns(paths: Sequence[Path]) -> Iterator[Path]:
    while True:
        yield from paths


def _graded(assignment: Assignment, work: list[SubmissionRef], workers: int) -> Iterator[Result]:
    """Yield results as they come, a few hundred submissions at a time, to limit memory and show progress."""
    todo, done = iter(work), 0
    with Sandbox() as sandbox:
        while chunk := list(islice(todo, 500)):
            found: list[Result] = []
            grade_class(Course(assignment.root), [(assignment.name, ref) for ref in chunk], workers, found.append, sandbox)
            done += len(chunk)
            _say(f"{assignment.name}: {done} of {len(work)} graded")
            yield from found


def _count(rates: Rates, case: Case, result: Result) -> None:
    """Count one grading of a wrong submission."""
    if result.verdict != case.expected["verdict"]:
        rates.collateral.append(_told(result))
    for task in result.tasks:
        if task.task not in case.loses:
            if task.score != task.max_score:
                rates.collateral.append(f"{task.task} lost points as well. {_told(result)}")
            continue
        if task.score == task.max_score:
            rates.false_passes.append(f"{task.task} kept full marks. {_told(result)}")
        name, words = case.loses[task.task], case.says.get(task.task)
        if not name and not words:
            continue  # no name fits
        rates.mistakes += 1
        failed = [test for test in task.tests if test.outcome != "passed"]
        named = any(test.misconception == name for test in failed) if name else False
        if not named and not (words and any(words in test.message for test in failed)):
            found = sorted({test.misconception for test in failed} - {None})
            rates.unnamed.append(f"{task.task}: expected {name!r}, named {', '.join(found) or 'nothing'}. {_told(result)}")


def _told(result: Result) -> str:
    """One line: what happened, and the command that repeats it."""
    path = os.path.relpath(result.student)
    again = f"autograder grade {path} --assignment {result.assignment} --seed {result.seed}"
    lost = [
        f"{task.task}/{test.name}: {test.message}" for task in result.tasks for test in task.tests if test.outcome != "passed"
    ]
    first = " ".join(lost[0].split())[:300] if lost else result.message
    return f"{result.verdict}, {result.score} of {result.max_score}. {first}\n        {again}"


def problems(rates: Rates) -> str:
    """Every failure, for a person to look into."""
    kinds = {
        "false fail": rates.false_fails,
        "false pass": rates.false_passes,
        "collateral": rates.collateral,
        "not named": rates.unnamed,
    }
    found = [f"    {kind}: {line}" for kind, lines in kinds.items() for line in dict.fromkeys(lines)]
    return "\n".join([f"{rates.assignment}: {len(found)} things to look into", *found])


def table(rates: Sequence[Rates], strengths: Sequence[Strength]) -> str:
    """The table of docs/accuracy.md, in Markdown."""
    by_name = {s.assignment: s for s in strengths}
    head = (
        "assignment",
        "correct ones graded",
        "false fails",
        "wrong ones graded",
        "false passes",
        "mutants killed",
        "mistake named",
    )
    rows = [_row(f"`{r.assignment}`", [r], [s for s in (by_name.get(r.assignment),) if s]) for r in rates]
    if len(rates) > 1:
        rows.append(_row("together", rates, strengths))
    lines = [head, ("---", *["--:"] * (len(head) - 1)), *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def _row(name: str, rates: Sequence[Rates], strengths: Sequence[Strength]) -> tuple[str, ...]:
    mistakes, unnamed = sum(r.mistakes for r in rates), sum(len(r.unnamed) for r in rates)
    equivalent = sum(len(s.equivalent) for s in strengths)
    killed, made = sum(s.killed for s in strengths), sum(s.mutants for s in strengths) - equivalent
    return (
        name,
        f"{sum(r.gradings for r in rates):,} times ({sum(r.correct for r in rates)})",
        f"{sum(len(r.false_fails) for r in rates)}",
        f"{sum(r.wrong_gradings for r in rates):,} times ({sum(r.wrong for r in rates)})",
        f"{sum(len(r.false_passes) for r in rates)}",
        f"{killed:,} of {made:,}, {equivalent} equivalent" if made else "not measured",
        f"{(mistakes - unnamed) / mistakes:.1%}" if mistakes else "no corpus",
    )


def _document(rates: Rates) -> dict:
    return {**asdict(rates), "named": rates.named}


def _say(line: str) -> None:
    print(line, file=sys.stderr, flush=True)


if __name__ == "__main__":
    sys.exit(main())
