"""The command that grades a class into a results folder."""

from __future__ import annotations

import argparse
import os
import sys
from collections import Counter
from collections.abc import Collection, Sequence
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from .shared import FAULT, FULL, UsageError, add_command, add_sandbox_arguments, course_of, path_of, sandbox_of

if TYPE_CHECKING:
    from autograder.batch.plan import Plan
    from autograder.batch.pool import Work
    from autograder.batch.run import ClassOptions, ClassOutcome, Grade, Report
    from autograder.course import Course
    from autograder.results import Result
    from autograder.sandbox import Sandbox

    from .shared import Commands


def add(commands: Commands) -> None:
    sub = add_command(commands, "class", _class, "Grade all submissions in nbgrader's layout: FOLDER/<student>/<assignment>/.")
    sub.add_argument("folder", type=path_of)
    sub.add_argument("--results", type=path_of, help="write each result as <assignment>/<student>.json below this folder")
    sub.add_argument("--resume", action="store_true", help="keep the results there that are still valid")
    sub.add_argument("--seed", type=int, help="the seed of an earlier run; default: a new one, the same for everybody")
    sub.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes; default: one per core")
    regrade = sub.add_argument_group("grade again", "Old documents are kept in the results folder, under archive/.")
    regrade.add_argument("--regrade", action="store_true", help="grade again what has a result, with its recorded seed")
    regrade.add_argument("--student", action="append", default=[], metavar="NAME", help="only this student; may be repeated")
    regrade.add_argument("--assignment", action="append", default=[], metavar="NAME", help="only this assignment")
    regrade.add_argument("--verdict", action="append", default=[], metavar="VERDICT", help="only results with this verdict")
    regrade.add_argument("--new-seed", action="store_true", help="use a new seed instead of the recorded ones")
    sub.add_argument(
        "--cluster", metavar="ADDRESS", help="grade on the workers of this Dask scheduler, such as tcp://10.0.0.5:8786"
    )
    add_sandbox_arguments(sub)


def _class(options: argparse.Namespace) -> int:
    _check(options)
    with sandbox_of(options, warm=not options.cluster) as sandbox, _only_run(options.results):
        from autograder.batch.pool import find_submissions, unknown_assignments
        from autograder.batch.run import plan_class, run_class
        from autograder.results import OUR_FAULT
        from autograder.sanitize import one_line

        course = course_of(options)
        work = find_submissions(options.folder, course)
        if not work:
            raise UsageError(f"{options.folder} holds no submission. Its layout is FOLDER/<student>/<assignment>/.")
        for name, count in unknown_assignments(options.folder, course).items():
            students = f"{count} student{'s' if count != 1 else ''}"
            _say(f"{one_line(name, 80)}: not graded, because the course has no such assignment ({students}).")
        how = _class_options(options, course, {ref.student for _, ref in work})
        plan = plan_class(course, work, how, not options.unconfined)
        _tell_plan(plan, how, len(work))
        without_score: Counter[str] = Counter()
        grade = _cluster(options, course, sandbox) if options.cluster else None
        outcome = run_class(course, work, plan, how, sandbox, lambda result: _note_fault(result, without_score), grade)
    _tell_outcome(outcome, options.results)
    for reason, count in without_score.items():
        _say(f"{count} without a score. {reason}")
    print(_table(course, work, outcome), end="")
    _tell_attention(outcome)
    return FAULT if any(score.verdict in OUR_FAULT for score in outcome.scores.values()) else FULL


def _cluster(options: argparse.Namespace, course: Course, sandbox: Sandbox) -> Grade:
    try:
        from autograder.batch.cluster import Cluster, ClusterError
    except ModuleNotFoundError as error:
        raise UsageError(f"--cluster needs Dask ({error.name} is missing). Run: pip install -e '.[cluster]'") from None
    from autograder.batch.parcel import Judging

    root = None if options.course is None else str(options.course.resolve())
    cluster = Cluster(options.cluster, course, Judging(root, options.unconfined, options.bubblewrap), sandbox, _say)

    def grade(work: Sequence[Work], report: Report) -> None:
        try:
            cluster.grade(work, report)
        except ClusterError as error:
            raise UsageError(f"{error}.") from None

    return grade


def _only_run(results: Path | None) -> AbstractContextManager[None]:
    from autograder.batch.durable import only_run

    return nullcontext() if results is None else only_run(results)


def _note_fault(result: Result, without_score: Counter[str]) -> None:
    """Count the results without a score by reason, when the fault is ours."""
    from autograder.results import OUR_FAULT

    if result.verdict in OUR_FAULT:
        without_score[result.message] += 1


def _check(options: argparse.Namespace) -> None:
    if not options.folder.is_dir():
        raise UsageError(f"{options.folder} is not a folder. Give one in nbgrader's layout: FOLDER/<student>/<assignment>/.")
    if options.jobs < 1:
        raise UsageError("--jobs must be at least 1.")
    for name in ("resume", "regrade"):
        if getattr(options, name) and not options.results:
            raise UsageError(f"--{name} needs --results, the folder with the results of the earlier run.")
    if options.regrade and not options.results.is_dir():
        raise UsageError(f"--regrade: {options.results} is not a folder with results.")
    if options.resume and options.regrade:
        raise UsageError("--resume and --regrade exclude each other.")
    if not options.regrade and (options.student or options.assignment or options.verdict or options.new_seed):
        raise UsageError("--student, --assignment, --verdict and --new-seed need --regrade.")
    if options.new_seed and options.seed is not None:
        raise UsageError("--seed and --new-seed exclude each other.")


def _class_options(options: argparse.Namespace, course: Course, students: Collection[str]) -> ClassOptions:
    """The options of a run. students: those who handed something in. Raises UsageError for a selection of what is not there."""
    from autograder.batch import fresh_seed
    from autograder.batch.plan import Selection
    from autograder.batch.run import ClassOptions
    from autograder.results import VERDICTS

    for student in options.student:
        if student not in students:
            raise UsageError(f"--student {student}: {options.folder} has no submission of theirs.")
    for name in options.assignment:
        course[name]
    unknown = set(options.verdict) - VERDICTS
    if unknown:
        raise UsageError(f"There is no verdict {', '.join(sorted(unknown))}. Verdicts: {', '.join(sorted(VERDICTS))}.")
    selection = Selection(frozenset(options.student), frozenset(options.assignment), frozenset(options.verdict))
    return ClassOptions(
        results=options.results,
        resume=options.resume,
        regrade=selection if options.regrade else None,
        seed=fresh_seed() if options.new_seed else options.seed,
        jobs=options.jobs,
    )


def _tell_plan(plan: Plan, how: ClassOptions, handed_in: int) -> None:
    if how.resume:
        _say(f"{len(plan.stand)} of {handed_in} submissions were graded before and have not changed.")
        for reason, count in plan.stale.items():
            _say(f"{count} to grade again, because of: {reason}.")
    if how.regrade is not None:
        _say(f"{len(plan.work)} of {handed_in} submissions to grade again.")
    if plan.waiting:
        _say(f"{plan.waiting} were never graded. Grade them with --resume.")


def _tell_outcome(outcome: ClassOutcome, results: Path | None) -> None:
    from autograder.sanitize import one_line

    for told in outcome.controls:
        _say(f"{told}.")
    for student, assignment in outcome.gone:
        _say(f"{one_line(student, 80)}, {assignment}: the submission is gone. Its result is still in {results}/{assignment}/.")
    if outcome.archive is not None:
        _say(f"{outcome.archived} documents were replaced. The old ones: {outcome.archive}")
        _say(f"What changed, and why: autograder compare {outcome.archive} {results}")


def _tell_attention(outcome: ClassOutcome) -> None:
    """Say last who handed in something that cannot be graded, and why."""
    from autograder.results import REJECTED_INPUT
    from autograder.sanitize import one_line

    found = sorted((key, score.reason) for key, score in outcome.scores.items() if score.verdict == REJECTED_INPUT)
    if found:
        _say(f"{len(found)} of {len(outcome.scores)} need attention and have no score:")
    for (student, assignment), reason in found:
        _say(f"  {one_line(student, 80)}, {assignment}: {one_line(reason, 400)}")


def _say(text: str) -> None:
    print(text, file=sys.stderr)


def _table(course: Course, work: Sequence[Work], outcome: ClassOutcome) -> str:
    from autograder.reports.table import class_table
    from autograder.results import GRADED

    graded = {name for name, _ in work}
    names = [assignment.name for assignment in course.assignments if assignment.name in graded]
    scores = {key: score.score for key, score in outcome.scores.items()}
    notes = {key: score.verdict for key, score in outcome.scores.items() if score.verdict != GRADED}
    return class_table(scores, names, {name: sum(task.points for task in course[name].tasks) for name in names}, notes)
