"""Grade submissions: intake, a child per task, the hidden tests, a `Result` for each. This is where files and processes meet."""

from __future__ import annotations

import hashlib
import secrets
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from autograder import __version__, results
from autograder.course import Assignment
from autograder.intake import forbidden, handed_out
from autograder.intake.source import RejectedInput, SubmissionSource, read_submission
from autograder.judge.delegation import delegation_flag
from autograder.judge.error_text import explain
from autograder.judge.failures import TaskAborted
from autograder.judge.messages import skipped_text
from autograder.judge.session import GraderError, Job, Outcome, run_session
from autograder.judge.submission import Submission
from autograder.protocol.replies import Skipped
from autograder.protocol.requests import Load
from autograder.results import Flag, Result, TaskResult
from autograder.sandbox import Child, Limits, Sandbox, SandboxUnavailable, Usage
from autograder.sanitize import one_line

from .control import Control, control_jobs
from .fingerprint import graders_sha256, torch_version

LIMITS = Limits()
SHOWN_SKIPPED = 5
MOST_LOADS = 3  # of a file in which statements take too long
UNCONFINED = Flag(None, "unconfined: this submission ran without protection")


@dataclass(frozen=True)
class SubmissionRef:
    """A submission to grade: its student, its path (or its source, when it has been read), and the seed of the inputs.

    only: grade only this task; the result then has no other. control: the seed is a new one; make a control run first.
    """

    student: str
    path: Path | None = None
    source: SubmissionSource | None = None
    seed: int | None = None
    only: str | None = None
    control: bool = False


def fresh_seed() -> int:
    return secrets.randbits(128)


def grade(assignment: Assignment, ref: SubmissionRef, sandbox: Sandbox, limits: Limits = LIMITS) -> Result:
    """Grade one submission. Without a seed, the control run chooses one that the reference passes (see control.py)."""
    found: list[Result] = []
    grading = Grading(assignment, ref, sandbox, found.append, limits, graders_sha256(assignment))
    if grading.read():
        run_session(assignment, grading.after_control() if ref.seed is None else [grading])
    return found[0]


def grade_many(
    assignment: Assignment,
    refs: Iterable[SubmissionRef],
    sandbox: Sandbox,
    report: Callable[[Result], None],
    limits: Limits = LIMITS,
) -> None:
    """Grade submissions of one assignment in turn and call `report` with each result, in order, as soon as it is made.

    limits: for each child, that is for each task of a submission. There is a control run only for refs that ask for it: see
    control.good_seed.
    A submission that is unreadable, missing or has nothing to grade gets a result without a score.
    Raises CourseError for faults in the course's own files.
    """
    graders = graders_sha256(assignment)
    gradings = (Grading(assignment, ref, sandbox, report, limits, graders) for ref in refs)
    run_session(assignment, (job for grading in gradings if grading.read() for job in grading.jobs()))


def not_graded(assignment: Assignment, ref: SubmissionRef, sandbox: Sandbox, reason: str) -> Result:
    """A result without a score, for a fault that says nothing about the submission."""
    found: list[Result] = []
    Grading(assignment, ref, sandbox, found.append).without_score(reason)
    return found[0]


@dataclass
class Grading:
    """One submission from intake to result: it is read, scanned, opened once for each task, and reported once."""

    assignment: Assignment
    ref: SubmissionRef
    sandbox: Sandbox
    report: Callable[[Result], None]
    limits: Limits = LIMITS
    graders: str = ""
    source: SubmissionSource | None = None
    load_failure: TaskAborted | None = None
    idled: bool = False  # it waited instead of computing while it was loaded
    skipped: tuple[Skipped, ...] = ()  # top-level statements that were skipped in the last load
    flags: list[Flag] = field(default_factory=list)
    control: tuple[Flag, ...] = ()  # what the control run reported
    usage: dict[str, float] = field(default_factory=lambda: {"children": 0, "cpu_s": 0.0, "maxrss_bytes": 0})

    def __post_init__(self) -> None:
        self.start = time.monotonic()
        self.seed = self.ref.seed if self.ref.seed is not None else fresh_seed()

    @property
    def only(self) -> str | None:
        return self.ref.only

    def read(self) -> bool:
        """Read the submission. When it cannot be graded, report a result that says so and return False."""
        if self.ref.source is not None:
            self.source = self.ref.source
            return True
        if self.ref.path is None:
            raise ValueError(f"the submission of {self.ref.student} has neither a path nor text")
        try:
            self.source = read_submission(self.ref.path, self.assignment.stem, handed_out(self.assignment))
            return True
        except RejectedInput as error:
            self.report(self._result(results.REJECTED_INPUT, self._unrun(), str(error), error))
        except OSError as error:  # says nothing about the student
            reason = "is no longer there" if isinstance(error, FileNotFoundError) else f"cannot be read: {error.strerror}"
            self.without_score(f"{one_line(str(self.ref.path), 200)} {reason}")
        return False

    def jobs(self) -> Iterator[Job]:
        """This submission, after the control run that it asks for."""
        return self.after_control() if self.ref.control else iter([self])

    def after_control(self) -> Iterator[Job]:
        """The control run, then this submission with the seed that passed it."""
        found: list[Control] = []
        yield from control_jobs(self.assignment, self.seed, fresh_seed, self.only, found.append)
        self.seed, self.control, self.start = found[0].seed, found[0].flags, time.monotonic()
        yield self

    @property
    def text(self) -> SubmissionSource:
        """The source. Raises RuntimeError when it has not been read."""
        if self.source is None:
            raise RuntimeError("the submission has not been read")
        return self.source

    def without_score(self, reason: str) -> None:
        self.report(self._result(results.GRADER_ERROR, (), f"Not graded: {reason}."))

    @property
    def lines(self) -> Mapping[str, Sequence[str]]:
        """The submission by file or cell, as it was handed in."""
        return self.text.lines

    def scan(self, names: dict[str, tuple[str, ...]]) -> None:
        """Flag the names that tasks forbid."""
        ours = handed_out(self.assignment).modules
        helpers = [text for text in self.text.helpers.values() if text not in ours]
        self.flags = forbidden.flags([*helpers, *self.text.cells], names)

    def review(self, task: str, submission: Submission, forbidden: Sequence[str]) -> None:
        """Flag forbidden operators of PyTorch that ran, unless a forbidden name in the code has been flagged already."""
        if any(flag.task == task and flag.text.startswith("uses ") for flag in self.flags):
            return
        flag = delegation_flag(submission, task, forbidden)
        if flag is not None and flag not in self.flags:
            self.flags.append(flag)

    @contextmanager
    def open(self, task: str) -> Iterator[Submission]:
        """A fresh child with the submission loaded. Raises TaskAborted when it cannot be loaded."""
        if self.load_failure is not None:
            raise self.load_failure
        for later_loads in reversed(range(MOST_LOADS)):
            known = self._interrupted()
            child = self.sandbox.child(_child_seed(self.seed, task), self.limits)
            try:
                submission = self._loaded(child)
                if not later_loads or self._interrupted() == known:
                    yield submission
                    return
            finally:
                self._closed(child.close())

    def _closed(self, usage: Usage) -> None:
        self.usage["children"] += 1
        self.usage["cpu_s"] += usage.cpu_s
        self.usage["maxrss_bytes"] = max(self.usage["maxrss_bytes"], usage.maxrss_bytes)

    def _interrupted(self) -> set[tuple[str, int, int]]:
        """The positions of the statements that took too long.

        A child that interrupted one is not asked anything: gradients may still be switched off there, for example.
        """
        return {one.position for one in self.skipped if one.timed_out}

    def _loaded(self, child: Child) -> Submission:
        source = self.text
        names = [task.name for task in self.assignment.tasks]
        try:
            submission = Submission(child, source.lines)
            load = Load(source.kind, source.name, source.cells, source.helpers, names, sorted(self._interrupted()))
            loaded = submission.load(load)
            self.skipped = loaded.skipped
            if loaded.skipped and set(loaded.missing) == set(names):
                first = explain(loaded.skipped[0].error, source.lines, hidden_inputs=False)
                raise TaskAborted(results.LOAD_ERROR, f"No task could be found, because the file raised {first}.")
            return submission
        except TaskAborted as end:
            if not end.idle or self.idled:  # a first idle load is tried once more
                self.load_failure = end
            self.idled = end.idle
            raise

    def finish(self, outcome: Outcome) -> None:
        """Report the result of the tests, or the fault that kept them from running."""
        self.report(self._finished(outcome))

    def _finished(self, outcome: Outcome) -> Result:
        if isinstance(outcome, SandboxUnavailable):
            return self._result(results.SANDBOX_UNAVAILABLE, (), str(outcome))
        if isinstance(outcome, GraderError):
            return self._result(results.GRADER_ERROR, (), str(outcome))
        ended = [test for task in outcome for test in task.tests if test.outcome in results.VERDICTS]
        verdict = ended[0].outcome if ended else results.GRADED
        message = self.load_failure.message if self.load_failure is not None else ""
        return self._result(verdict, outcome, message)

    def _unrun(self) -> tuple[TaskResult, ...]:
        return tuple(TaskResult(task.name, task.points) for task in self.assignment.tasks if self.ref.only in (None, task.name))

    def _notes(self) -> tuple[Flag, ...]:
        """What was repaired before grading, and what was skipped during loading."""
        if self.source is None:
            return ()
        lines = self.source.lines
        skipped = [Flag(None, skipped_text(one, lines)) for one in self.skipped[:SHOWN_SKIPPED]]
        return (*self.source.notes, *skipped)

    def _result(
        self, verdict: str, tasks: tuple[TaskResult, ...], message: str = "", rejected: RejectedInput | None = None
    ) -> Result:
        confined = not self.sandbox.unconfined
        read = self.source if self.source is not None else rejected
        return Result(
            student=self.ref.student,
            assignment=self.assignment.name,
            verdict=verdict,
            tasks=tasks,
            max_score=sum(task.points for task in self.assignment.tasks if self.ref.only in (None, task.name)),
            message=message,
            flags=(*self._notes(), *self.flags, *self.control, *(() if confined else (UNCONFINED,))),
            submission_sha256=read.sha256 if read is not None else "",
            submission_files=read.files if read is not None else (),
            grader_version=__version__,
            graders_sha256=self.graders,
            torch_version=torch_version(),
            seed=self.seed,
            duration_s=time.monotonic() - self.start,
            confined=confined,
            usage=self.usage,
        )


def _child_seed(seed: int, task: str) -> int:
    """The seed of the child's own random generators: 63 bits, derived from the run's seed and the task."""
    return int.from_bytes(hashlib.sha256(f"{seed}/child/{task}".encode()).digest()[:8], "little") >> 1
