"""Which submissions of a class to grade, with which seed, and which earlier results are still valid."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from autograder.course import Course
from autograder.intake.source import RejectedInput, read_submission
from autograder.results import OUR_FAULT, Result

from . import journal
from .fingerprint import graders_sha256, torch_version
from .grading import fresh_seed
from .pool import Work
from .run_record import RunRecord

Key = tuple[str, str]  # student, assignment

# Why an earlier result is no longer valid.
SUBMISSION, GRADERS, TORCH, SEED, CONFINEMENT = "submission", "graders", "torch", "seed", "confinement"
NO_SCORE = "no score"


@dataclass(frozen=True)
class Score:
    """What is kept in memory of a result while a class is graded; its document is on disk."""

    verdict: str
    score: float | None
    reason: str = ""  # why there is no score

    @classmethod
    def of_result(cls, result: Result) -> Score:
        return cls(result.verdict, result.score, result.message if result.score is None else "")


@dataclass(frozen=True)
class Selection:
    """Which results to grade again; an empty set means any."""

    students: frozenset[str] = frozenset()
    assignments: frozenset[str] = frozenset()
    verdicts: frozenset[str] = frozenset()

    def holds(self, result: Result) -> bool:
        return (
            (not self.students or result.student in self.students)
            and (not self.assignments or result.assignment in self.assignments)
            and (not self.verdicts or result.verdict in self.verdicts)
        )


@dataclass
class Plan:
    """seed: that of the run. work: what to grade. stand: results that are still valid. stale: counts of the others, by reason.

    gone: results whose submission was removed. waiting: the number of submissions that were never graded and are not graded now.
    fresh: new seeds, which must pass a control run before they are used.
    """

    seed: int
    work: list[Work] = field(default_factory=list)
    stand: dict[Key, Score] = field(default_factory=dict)
    stale: dict[str, int] = field(default_factory=dict)
    gone: list[Key] = field(default_factory=list)
    waiting: int = 0
    fresh: set[int] = field(default_factory=set)

    def new_seed(self) -> int:
        seed = fresh_seed()
        self.fresh.add(seed)
        return seed

    def replace_seed(self, old: int, new: int) -> None:
        """Use seed `new` for everybody who had `old`."""
        self.seed = new if self.seed == old else self.seed
        self.work = [_seeded(item, new) if item[1].seed == old else item for item in self.work]
        self.fresh.discard(old)


def plan_all(work: Sequence[Work], seed: int | None) -> Plan:
    """Grade everything, with the same inputs for everybody."""
    plan = Plan(0)
    plan.seed = plan.new_seed() if seed is None else seed
    plan.work = [_seeded(item, plan.seed) for item in work]
    return plan


def plan_resume(folder: Path, course: Course, work: Sequence[Work], seed: int | None, confined: bool) -> Plan:
    """Grade what has no result yet, and what might get a different result today.

    seed: only results with this seed are valid; None: any seed is. Then a submission that was never graded gets the seed of the
    run before, and a changed one gets a new seed, so that a second attempt meets new inputs.
    """
    plan = Plan(0)
    recorded = _recorded_seed(folder)
    graders = {name: graders_sha256(course[name]) for name in {name for name, _ in work}}
    left: list[tuple[Work, str | None]] = []
    for item in work:
        found = _document(folder, item)
        reason = None if found is None else _stale(found, item, course[item[0]].stem, graders[item[0]], confined, seed)
        if found is not None and recorded is None:
            recorded = found.seed
        if found is not None and reason is None:
            plan.stand[found.student, found.assignment] = Score.of_result(found)
        else:
            left.append((item, reason))
    plan.seed = seed if seed is not None else recorded if recorded is not None else plan.new_seed()
    changed_seed = plan.new_seed() if seed is None else seed
    for item, reason in left:
        plan.work.append(_seeded(item, changed_seed if reason == SUBMISSION else plan.seed))
        if reason is not None:
            plan.stale[reason] = plan.stale.get(reason, 0) + 1
    return _ordered(plan)


def plan_regrade(folder: Path, course: Course, work: Sequence[Work], selection: Selection, seed: int | None) -> Plan:
    """Grade again what `selection` holds, with the recorded seed of each result, or with `seed` if it is given.

    A submission that has changed since gets a new seed, as when a run is resumed.
    """
    recorded = _recorded_seed(folder)
    plan = Plan(0)
    plan.seed = seed if seed is not None else recorded if recorded is not None else plan.new_seed()
    changed_seed = plan.new_seed()
    for item in work:
        found = _document(folder, item)
        if found is None:
            plan.waiting += 1
        elif not selection.holds(found):
            plan.stand[found.student, found.assignment] = Score.of_result(found)
        else:
            name, ref = item
            same = _is_same_submission(found, ref.path, course[name].stem)
            plan.work.append(_seeded(item, seed if seed is not None else found.seed if same else changed_seed))
    return _ordered(plan)


def without_submission(folder: Path, work: Sequence[Work]) -> list[Key]:
    """(student, assignment) of documents whose submission was removed."""
    handed_in = {journal.document_path(folder, name, ref.student) for name, ref in work}
    return [(path.stem, path.parent.name) for path in journal.document_paths(folder) if path not in handed_in]


def _stale(found: Result, item: Work, stem: str, graders: str, confined: bool, seed: int | None) -> str | None:
    """Why an earlier result is no longer valid; None when it is."""
    path = item[1].path
    checks: tuple[tuple[str, Callable[[], bool]], ...] = (
        (NO_SCORE, lambda: found.verdict not in OUR_FAULT),
        (SUBMISSION, lambda: _is_same_submission(found, path, stem)),
        (GRADERS, lambda: found.graders_sha256 == graders),
        (TORCH, lambda: found.torch_version == torch_version()),
        (CONFINEMENT, lambda: found.confined == confined),
        (SEED, lambda: seed is None or found.seed == seed),
    )
    return next((reason for reason, holds in checks if not holds()), None)


def _is_same_submission(found: Result, path: Path | None, stem: str) -> bool:
    """Whether the files have the same names and bytes. A submission that could not be read has no hash and never matches."""
    if path is None or not found.submission_sha256:
        return False
    try:
        source = read_submission(path, stem)
        identity = source.sha256, source.files
    except RejectedInput as error:
        identity = error.sha256, error.files
    except OSError:  # removed in the meantime
        return False
    return identity == (found.submission_sha256, found.submission_files)


def _document(folder: Path, item: Work) -> Result | None:
    name, ref = item
    return journal.read(journal.document_path(folder, name, ref.student))


def _recorded_seed(folder: Path) -> int | None:
    record = RunRecord.read(folder)
    return None if record is None else record.seed


def _seeded(item: Work, seed: int) -> Work:
    name, ref = item
    return name, replace(ref, seed=seed)


def _ordered(plan: Plan) -> Plan:
    """Sort by assignment, then by seed, because answers of the reference and of misconceptions are cached per seed."""
    plan.work.sort(key=lambda item: (item[0], item[1].seed or 0))
    return plan
