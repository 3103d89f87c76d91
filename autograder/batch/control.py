"""The control run: the reference is graded before any submission, on the same inputs, and has to get full marks with a margin.

A seed that costs a right answer a point would cost the whole class one, because everybody is asked the same. The reference
answers in this process, as code that we trust, so a control takes a fraction of a grading.
"""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

from autograder.child.runner import Runner
from autograder.course import Assignment
from autograder.judge.session import GraderError, Job, Outcome, run_session
from autograder.judge.submission import Submission
from autograder.judge.tolerances import only_this_share_of_tolerances
from autograder.protocol.replies import Wire
from autograder.results import PASSED, Flag

MARGIN = 0.5  # share of every tolerance that the reference may use up
MAX_SEEDS = 5  # when the reference fails on so many, it is not the seed
MAX_SECONDS = 300  # for the controls of a class; they take a few
FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Control:
    """seed: the one to grade with. rejected: seeds that were drawn before it, and what the reference would have lost there.

    passed: False when the reference failed on every seed that was tried; then the first one is used.
    """

    seed: int
    rejected: Mapping[int, str] = field(default_factory=dict)
    passed: bool = True

    @property
    def text(self) -> str:
        """One line for whoever reads the results; empty when the first seed is good."""
        if not self.rejected:
            return ""
        lost = "; ".join(dict.fromkeys(self.rejected.values()))
        if not self.passed:
            return f"control run: the reference solution does not get full marks with a margin, whatever the seed: {lost}"
        many = f"{len(self.rejected)} seeds were" if len(self.rejected) > 1 else "a seed was"
        return f"control run: {many} replaced, because the reference solution would have lost points or come close: {lost}"

    @property
    def flags(self) -> tuple[Flag, ...]:
        return (Flag(None, self.text),) if self.text else ()


@dataclass
class ControlJob:
    """The reference as a submission. lost: the tests that it does not pass with a margin, None before it was graded."""

    assignment: Assignment
    seed: int
    only: str | None = None
    lost: list[str] | None = None
    lines: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """What it may use up of every tolerance."""
        return MARGIN

    def scan(self, names: dict[str, tuple[str, ...]]) -> None:
        """A reference needs no review."""

    def review(self, task: str, submission: Submission, forbidden: Sequence[str]) -> None:
        """A reference needs no review."""

    @contextmanager
    def open(self, task: str) -> Iterator[Submission]:
        """The reference, loaded in this process."""
        namespace: dict[str, Any] = {"__name__": "reference"}
        exec(self.assignment.solution_module, namespace)
        with only_this_share_of_tolerances(self.share):
            yield Submission(InThisProcess(Runner(namespace)), self.lines)

    def finish(self, outcome: Outcome) -> None:
        if isinstance(outcome, tuple):
            self.lost = [f"{t.task}/{test.name}" for t in outcome for test in t.tests if test.outcome != PASSED]
        elif isinstance(outcome, GraderError):
            self.lost = []  # our own fault, which the first submission's result tells


@dataclass(frozen=True)
class InThisProcess:
    """In the place of a child, for code that we trust."""

    runner: Runner

    def request(self, header: dict[str, Any], blobs: Sequence[bytes] = ()) -> Wire:
        return self.runner.execute(header, blobs)


def control_jobs(
    assignment: Assignment, seed: int, another: Callable[[], int], only: str | None, report: Callable[[Control], None]
) -> Iterator[Job]:
    """Controls, seed after seed until one is good, as jobs for a session that grades with that seed afterwards."""
    rejected: dict[int, str] = {}
    tried = seed
    for _ in range(MAX_SEEDS):
        job = ControlJob(assignment, tried, only)
        yield job
        if not job.lost:
            report(Control(tried, rejected))
            return
        rejected[tried] = f"{assignment.name}/{job.lost[0]}" + (f" and {len(job.lost) - 1} more" if job.lost[1:] else "")
        tried = another()
    report(Control(seed, rejected, passed=False))


def good_seed(assignments: Iterable[Assignment], seed: int, another: Callable[[], int]) -> Control:
    """A seed with which every one of the assignments passes its control; `seed` itself nearly always.

    The controls run in a process of their own, a fork: torch must not compute in the one that graders are forked from. When that
    process dies or hangs, the seed is used as it is.
    """
    reading, writing = FORK.Pipe(duplex=False)
    process = FORK.Process(target=_find_good_seed, args=(list(assignments), seed, another, writing), daemon=True)
    process.start()
    writing.close()
    found = Control(seed)
    with reading, suppress(EOFError, OSError):
        if reading.poll(MAX_SECONDS):
            found = reading.recv()
        else:
            process.terminate()
    process.join()
    if isinstance(found, Exception):
        raise found
    return found


def _find_good_seed(assignments: Sequence[Assignment], seed: int, another: Callable[[], int], pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to both of us; the parent says what follows
    try:
        pipe.send(_good_for_all(assignments, seed, another))
    except Exception as error:
        pipe.send(error)


def _good_for_all(assignments: Sequence[Assignment], seed: int, another: Callable[[], int]) -> Control:
    rejected: dict[int, str] = {}
    current, good_for = seed, 0  # of the assignments, from the first on
    while good_for < len(assignments):
        found: list[Control] = []
        run_session(assignments[good_for], control_jobs(assignments[good_for], current, another, None, found.append))
        rejected |= found[0].rejected
        if not found[0].passed:
            return Control(seed, rejected, passed=False)
        good_for = good_for + 1 if found[0].seed == current else int(good_for == 0)  # the ones before meet the new seed, too
        current = found[0].seed
    return Control(current, rejected)
