"""Grade a class into a results folder: plan, grade, write each document at once, and keep only scores in memory."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

from autograder.course import Assignment, Course
from autograder.results import Result
from autograder.sandbox import Sandbox

from . import journal
from .control import good_seed
from .grading import fresh_seed
from .plan import Key, Plan, Score, Selection, plan_all, plan_regrade, plan_resume, without_submission
from .pool import Work, grade_class
from .progress import Progress
from .run_record import RunRecord

Report = Callable[[Result], None]
Grade = Callable[[Sequence[Work], Report], None]  # a pool on this machine, or a cluster


@dataclass(frozen=True)
class ClassOptions:
    """results: the folder of documents; None: write nothing. seed: None for a new one, or for the recorded ones.

    resume: keep results that are still valid. regrade: grade these results again and archive the old documents.
    """

    results: Path | None = None
    resume: bool = False
    regrade: Selection | None = None
    seed: int | None = None
    jobs: int = 1
    progress: bool = True


@dataclass
class ClassOutcome:
    """The outcome for a class. scores: of every submission, graded now or before. archived: the number of replaced documents.

    gone: results whose submission was removed. controls: messages of the control runs; empty when every first seed passed.
    """

    scores: dict[Key, Score]
    plan: Plan
    archive: Path | None = None
    archived: int = 0
    gone: list[Key] = field(default_factory=list)
    controls: tuple[str, ...] = ()


def plan_class(course: Course, work: Sequence[Work], options: ClassOptions, confined: bool) -> Plan:
    """Plan what to grade. Reads documents and submissions, and writes nothing."""
    if options.results is None or not (options.resume or options.regrade):
        return plan_all(work, options.seed)
    if options.regrade is not None:
        return plan_regrade(options.results, course, work, options.regrade, options.seed)
    return plan_resume(options.results, course, work, options.seed, confined)


def run_class(
    course: Course,
    work: Sequence[Work],
    plan: Plan,
    options: ClassOptions,
    sandbox: Sandbox,
    report: Report = lambda _: None,
    grade: Grade | None = None,
) -> ClassOutcome:
    """Grade as `plan` says and call `report` with each result. New seeds must pass a control run first.

    grade: grades a list of submissions; default: a pool of `options.jobs` processes on this machine.
    """
    controls = _controlled(course, plan)
    outcome = ClassOutcome(dict(plan.stand), plan, controls=controls)
    folder = options.results
    archive = journal.Archive(folder) if folder is not None else None
    record = RunRecord.of_now(plan.seed, _assignments(course, work), not sandbox.unconfined, len(plan.stand), controls)
    if folder is not None:
        outcome.gone = without_submission(folder, work)
        record.write(folder)
    with ExitStack() as stack:
        progress = stack.enter_context(Progress(len(plan.work))) if options.progress and plan.work else None

        def take(result: Result) -> None:
            if folder is not None and archive is not None:
                archive.keep(result.assignment, result.student)
                journal.write(folder, result)
            outcome.scores[result.student, result.assignment] = Score.of_result(result)
            report(result)
            if progress is not None:
                progress.step()

        if plan.work:
            if grade is None:
                grade_class(course, plan.work, options.jobs, take, sandbox)
            else:
                grade(plan.work, take)
    if folder is not None and archive is not None:
        record.ended(len(plan.work)).write(folder)
        outcome.archive, outcome.archived = archive.path if archive.count else None, archive.count
    return outcome


def _controlled(course: Course, plan: Plan) -> tuple[str, ...]:
    """Replace each new seed of the plan that fails its control run; return the messages."""
    told = []
    for seed in sorted(plan.fresh):
        names = {name for name, ref in plan.work if ref.seed == seed}
        if names:
            control = good_seed([a for a in course.assignments if a.name in names], seed, fresh_seed)
            plan.replace_seed(seed, control.seed)
            told += [control.text] if control.text else []
    return tuple(told)


def _assignments(course: Course, work: Sequence[Work]) -> list[Assignment]:
    names = {name for name, _ in work}
    return [assignment for assignment in course.assignments if assignment.name in names]
