"""Grade every mutant of the solutions and report those that get full marks.

A mutant is killed when its task loses points. Otherwise it is graded twice more, with other inputs. A survivor must be listed in
equivalent_mutants.toml with the reason why it is equivalent to the solution, or, marked as `accepted`, why the graders let it
pass although it is not.
"""

from __future__ import annotations

import tempfile
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Protocol, TypeVar

from autograder.batch import SubmissionRef
from autograder.batch.pool import grade_class
from autograder.course import Assignment, Task
from autograder.intake.source import SubmissionSource
from autograder.results import OUR_FAULT, Result
from autograder.sandbox import Sandbox

from .mutate import Mutant, mutants

EQUIVALENT = Path(__file__).parents[1] / "equivalent_mutants.toml"
WIDTH = 200  # of a mutant's text on the screen
SEEDS = (1, 2, 3)  # fixed, so that a run can be repeated
One = TypeVar("One", bound="Gradable")
Key = tuple[str, str, str, str, str]  # assignment, task, operator, before, after


@dataclass(frozen=True)
class Strength:
    """The outcome for the mutants of one assignment. Survivors are split into those with a reason and those without one."""

    assignment: str
    mutants: int
    killed: int
    equivalent: tuple[Mutant, ...]
    accepted: tuple[Mutant, ...]  # not equivalent, but allowed to pass; they count as survivors in the share
    survivors: tuple[Mutant, ...]
    stale: tuple[Key, ...]  # entries of the list without a survivor
    faults: tuple[str, ...]  # gradings that failed through our own fault

    @property
    def share(self) -> float:
        """The share of non-equivalent mutants that were killed."""
        return self.killed / (self.mutants - len(self.equivalent)) if self.mutants > len(self.equivalent) else 0.0


@dataclass(frozen=True)
class OneTask(Assignment):
    """An assignment cut down to one task and its hidden tests, without the slow search for misconceptions."""

    task: str = ""
    folder: Path = Path()

    @cached_property
    def tasks(self) -> tuple[Task, ...]:
        return tuple(task for task in Assignment(self.root, self.name).tasks if task.name == self.task)

    @property
    def graders(self) -> Path:
        return self.folder / self.name / self.task


class OneTaskCourse:
    """The course as `assignment/task`, for grade_class. folder: where the copies of the graders go."""

    def __init__(self, assignments: Iterable[Assignment], folder: Path) -> None:
        self._found = {f"{a.name}/{task.name}": _cut_down(a, task.name, folder) for a in assignments for task in a.tasks}

    def __getitem__(self, name: str) -> OneTask:
        return self._found[name]


def _cut_down(assignment: Assignment, task: str, folder: Path) -> OneTask:
    own = OneTask(assignment.root, assignment.name, task, folder)
    own.graders.mkdir(parents=True)
    for path in assignment.graders.glob("*.json"):
        (own.graders / path.name).write_bytes(path.read_bytes())
    tests = (assignment.graders / f"test_{task}.py").read_text()
    (own.graders / f"test_{task}.py").write_text(f"{tests}\n\nMISCONCEPTIONS = FAMILIES = INHERITS_MISTAKES_OF = ()\n")
    return own


def stub(assignment: Assignment, task: str) -> str:
    """The cell of a task in the solution."""
    return assignment.stub(task)


def mutants_of(assignment: Assignment) -> list[Mutant]:
    return [mutant for task in assignment.tasks for mutant in mutants(task.name, stub(assignment, task.name))]


def source_of(assignment: Assignment, mutant: Mutant) -> SubmissionSource:
    """The solution with one stub replaced, as a submission."""
    source = assignment.solution_module.replace(stub(assignment, mutant.task).strip(), mutant.source.strip())
    return SubmissionSource("module", assignment.stem, (source,), "")


def measure(
    assignments: Sequence[Assignment],
    workers: int,
    task: str | None = None,
    say: Callable[[str], None] = lambda line: None,
    every: int = 1,
) -> list[Strength]:
    """Grade all mutants of the assignments, those of one task, or, for a quick check, every n-th."""
    found = [Candidate(a, m) for a in assignments for m in mutants_of(a) if task in (None, m.task)][::every]
    faults: dict[str, list[str]] = {a.name: [] for a in assignments}
    left = survivors_of(found, workers, faults, say)
    reasons = equivalents()
    strengths = []
    for a in assignments:
        survivors = [c for c in left if c.assignment == a]
        answered = {c.key for c in survivors}
        strengths.append(Strength(
            a.name,
            mutants=sum(c.assignment == a for c in found),
            killed=sum(c.assignment == a for c in found) - len(survivors),
            equivalent=tuple(c.mutant for c in survivors if c.key in reasons and not reasons[c.key].accepted),
            accepted=tuple(c.mutant for c in survivors if c.key in reasons and reasons[c.key].accepted),
            survivors=tuple(c.mutant for c in survivors if c.key not in reasons),
            stale=tuple(k for k in reasons if every == 1 and k[0] == a.name and task in (None, k[1]) and k not in answered),
            faults=tuple(faults[a.name]),
        ))  # fmt: skip
    return strengths


@dataclass(frozen=True)
class Candidate:
    """A mutant and the assignment that it belongs to."""

    assignment: Assignment
    mutant: Mutant

    @property
    def key(self) -> Key:
        return self.assignment.name, *self.mutant.key

    def work(self, name: str, seed: int) -> tuple[str, SubmissionRef]:
        source = source_of(self.assignment, self.mutant)
        return f"{self.assignment.name}/{self.mutant.task}", SubmissionRef(name, source=source, seed=seed)


class Gradable(Protocol):
    """A mutant of the solution or of a submission."""

    assignment: Assignment
    mutant: Mutant

    def work(self, name: str, seed: int) -> tuple[str, SubmissionRef]: ...


def survivors_of(
    candidates: Sequence[One], workers: int, faults: Mapping[str, list[str]], say: Callable[[str], None]
) -> list[One]:
    """The mutants that get full marks with every seed. Most lose points with the first; only the rest try the others."""
    left = list(candidates)
    for seeds in (SEEDS[:1], SEEDS[1:]):
        left = _survivors(left, seeds, workers, faults, say)
    return left


def _survivors(
    candidates: Sequence[One],
    seeds: Sequence[int],
    workers: int,
    faults: Mapping[str, list[str]],
    say: Callable[[str], None],
) -> list[One]:
    lost: set[int] = set()
    work = [candidate.work(f"{n}", seed) for n, candidate in enumerate(candidates) for seed in seeds]
    graded = 0

    def report(result: Result) -> None:
        nonlocal graded
        graded += 1
        n = int(result.student)
        candidate = candidates[n]
        if result.verdict in OUR_FAULT:
            where = shown(candidate.assignment.name, candidate.mutant)
            faults[candidate.assignment.name].append(f"{where}: {result.verdict}, {result.message} (seed {result.seed})")
        elif result.score != result.max_score:
            lost.add(n)
        if graded % 100 == 0 or graded == len(work):
            say(f"{graded} of {len(work)} gradings of mutants, {len(candidates) - len(lost)} not killed yet")

    if work:
        with tempfile.TemporaryDirectory() as folder, Sandbox() as sandbox:
            course = OneTaskCourse({c.assignment.name: c.assignment for c in candidates}.values(), Path(folder))
            grade_class(course, work, workers, report, sandbox)
    return [candidate for n, candidate in enumerate(candidates) if n not in lost]


@dataclass(frozen=True)
class Reason:
    """Why a mutant survives. accepted: it is not equivalent; the graders let it pass on purpose."""

    text: str
    accepted: bool = False


def equivalents(path: Path = EQUIVALENT) -> Mapping[Key, Reason]:
    """The reason for each listed survivor, by its key."""
    found: dict[Key, Reason] = {}
    for entry in tomllib.loads(path.read_text())["mutant"]:
        assignment, task = entry["task"].split("/")
        reason = Reason(entry["reason"], entry.get("accepted", False))
        found[assignment, task, entry["operator"], entry["before"], entry["after"]] = reason
    return found


def shown(assignment: str, mutant: Mutant) -> str:
    """A mutant in one line; blocks are truncated."""
    before, after = (text if len(text) <= WIDTH else f"{text[:WIDTH]} ..." for text in (mutant.before, mutant.after))
    return f"{assignment}/{mutant.task} [{mutant.operator}] line {mutant.line}: {before}  ->  {after}"
