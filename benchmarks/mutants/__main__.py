"""Mutate the solutions, grade every mutant, list the survivors.

    python -m benchmarks.mutants [ASSIGNMENT ...] [--workers 2] [--task NAME] [--list] [--corpus [--every N]]

Exit status 1 when a survivor has no reason in equivalent_mutants.toml, when an entry there does not (or no longer)
survive, or when too few mutants were made or killed.
"""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence

from autograder.course import Assignment, Course

from .corpus import corpus_mutants
from .strength import Strength, equivalents, measure, mutants_of, shown, survivors_of

ENOUGH, SHARE = 500, 0.99  # mutants over all assignments, killed among those that are not equivalent


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.mutants", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="*", metavar="ASSIGNMENT", help="default: all")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes; default: one per core")
    parser.add_argument("--task", help="only the mutants of this task")
    parser.add_argument("--corpus", action="store_true", help="mutate the correct submissions of tests/submissions instead")
    parser.add_argument("--every", type=int, default=1, help="with --corpus: only every N-th mutant")
    parser.add_argument("--list", action="store_true", help="print the mutants and grade nothing")
    options = parser.parse_args(argv)
    course = Course()
    chosen = [course[name] for name in options.names] if options.names else list(course.assignments)
    if options.corpus:
        return _measure_corpus(chosen, options.task, options.every, options.workers)
    return _list(chosen, options.task) if options.list else _measure(chosen, options.task, options.workers)


def _list(chosen: Sequence[Assignment], task: str | None) -> int:
    for assignment in chosen:
        for mutant in mutants_of(assignment):
            if task in (None, mutant.task):
                print(shown(assignment.name, mutant))
    return 0


def _measure_corpus(chosen: Sequence[Assignment], task: str | None, every: int, workers: int) -> int:
    """Print the survivors for a person to review: each is equivalent, or a hole in the graders."""
    faults: dict[str, list[str]] = {assignment.name: [] for assignment in chosen}
    found = [mutant for assignment in chosen for mutant in corpus_mutants(assignment, task)][::every]
    left = survivors_of(found, workers, faults, lambda line: print(line, file=sys.stderr, flush=True))
    for mutant in left:
        print(f"  SURVIVED     {mutant.case}: {shown(mutant.assignment.name, mutant.mutant)}")
    print(f"{len(found)} mutants of correct submissions, {len(found) - len(left)} killed")
    problems = [fault for found_faults in faults.values() for fault in found_faults]
    print("".join(f"  OUR FAULT    {fault}\n" for fault in problems), end="")
    return int(bool(problems))


def _measure(chosen: Sequence[Assignment], task: str | None, workers: int) -> int:
    found = measure(chosen, workers, task, lambda line: print(line, file=sys.stderr, flush=True))
    for strength in found:
        print(summary(strength))
    too_few = sum(s.mutants for s in found) < ENOUGH and task is None and len(chosen) == len(Course().assignments)
    return int(too_few or not all(holds(s) for s in found))


def holds(strength: Strength) -> bool:
    """Whether one assignment meets the requirements."""
    return not (strength.survivors or strength.stale or strength.faults) and strength.share >= SHARE


def summary(strength: Strength) -> str:
    """Summarise the mutants of an assignment; list every survivor."""
    name, reasons = strength.assignment, equivalents()
    lines = [f"{name}: {strength.mutants} mutants, {strength.killed} killed, {len(strength.equivalent)} equivalent, "
             f"{len(strength.accepted)} let pass, {strength.share:.2%} of those that are not equivalent killed"]  # fmt: skip
    for kind, mutants in (("equivalent", strength.equivalent), ("let pass  ", strength.accepted)):
        for mutant in mutants:
            lines += [f"  {kind}   {shown(name, mutant)}", f"               {reasons[name, *mutant.key].text}"]
    lines += [f"  SURVIVED     {shown(name, mutant)}" for mutant in strength.survivors]
    lines += [f"  NO SURVIVOR  {k[0]}/{k[1]} [{k[2]}]: {k[3]}  ->  {k[4]}. Take it out of the list." for k in strength.stale]
    lines += [f"  OUR FAULT    {fault}" for fault in strength.faults]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
