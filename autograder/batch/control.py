"""The control run: before any submission, grade the reference solution on the same inputs. It must get full marks with a margin.

The whole class gets the same inputs, so a seed that costs a right answer a point would cost everybody a point. The reference is
trusted code and runs in this process, so a control run costs a fraction of a grading.
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
from autograder.judge.session import Job, Outcome, run_session
from autograder.judge.submission import Submission
from autograder.judge.tolerances import only_this_share_of_tolerances
from autograder.protocol.replies import Wire
from autograder.results import PASSED, Flag

MARGIN = 0.5  # share of every tolerance that the reference may use up
MAX_SEEDS = 5  # if the reference fails on this many, the seed is not the cause
MAX_SECONDS = 300  # for all control runs of a class, which normally take a few seconds
FORK = multiprocessing.get_context("fork")


@dataclass(frozen=True)
class Control:
    """seed: the one to grade with. rejected: the seeds tried before it, each with the tests that the reference would have lost.

    passed: False when the reference failed with every seed; then the first one is used.
    problem: why the reference could not be graded; the seed is used untested then.
    """

    seed: int
    rejected: Mapping[int, str] = field(default_factory=dict)
    passed: bool = True
    problem: str = ""

    @property
    def text(self) -> str:
        """One line for the reader of the results; '' when the first seed passed."""
        if self.problem:
            return f"control run: the reference solution could not be graded, so the seed is used untested: {self.problem}"
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
    """The reference as a submission. lost: the tests that it does not pass with a margin; None until it has been graded."""

    assignment: Assignment
    seed: int
    only: str | None = None
    lost: list[str] | None = None
    problem: str = ""
    lines: Mapping[str, Sequence[str]] = field(default_factory=dict)

    @property
    def share(self) -> float:
        """The share of every tolerance that it may use up."""
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
        else:
            self.problem = str(outcome)


@dataclass(frozen=True)
class InThisProcess:
    """Takes the place of a child, for trusted code."""

    runner: Runner

    def request(self, header: dict[str, Any], blobs: Sequence[bytes] = ()) -> Wire:
        return self.runner.execute(header, blobs)


def control_jobs(
    assignment: Assignment, seed: int, another: Callable[[], int], only: str | None, report: Callable[[Control], None]
) -> Iterator[Job]:
    """Control jobs, one seed after another until one passes, for a session that then grades with that seed."""
    rejected: dict[int, str] = {}
    tried = seed
    for _ in range(MAX_SEEDS):
        job = ControlJob(assignment, tried, only)
        yield job
        if job.problem:
            report(Control(tried, rejected, problem=job.problem))
            return
        if not job.lost:
            report(Control(tried, rejected))
            return
        rejected[tried] = f"{assignment.name}/{job.lost[0]}" + (f" and {len(job.lost) - 1} more" if job.lost[1:] else "")
        tried = another()
    report(Control(seed, rejected, passed=False))


def good_seed(assignments: Iterable[Assignment], seed: int, another: Callable[[], int]) -> Control:
    """A seed with which every one of the assignments passes its control; `seed` itself nearly always.

    The controls run in a process of their own, a fork: torch must not compute in the one that graders are forked from. When that
    process dies or hangs, the seed is used as it is, and `problem` says so.
    """
    reading, writing = FORK.Pipe(duplex=False)
    process = FORK.Process(target=_find_good_seed, args=(list(assignments), seed, another, writing), daemon=True)
    process.start()
    writing.close()
    found: Control | Exception | None = None
    with reading, suppress(EOFError, OSError):
        if reading.poll(MAX_SECONDS):
            found = reading.recv()
        else:
            found = Control(seed, problem=f"it took longer than {MAX_SECONDS} s")
            process.kill()
    process.join()
    if found is None:
        return Control(seed, problem=f"its process ended with status {process.exitcode}")
    if isinstance(found, Exception):
        raise found
    return found


def _find_good_seed(assignments: Sequence[Assignment], seed: int, another: Callable[[], int], pipe: Connection) -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches both processes; the parent decides what follows
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
        if found[0].problem:
            return Control(seed, rejected, problem=f"{assignments[good_for].name}: {found[0].problem}")
        if not found[0].passed:
            return Control(seed, rejected, passed=False)
        good_for = good_for + 1 if found[0].seed == current else int(good_for == 0)  # the ones before meet the new seed, too
        current = found[0].seed
    return Control(current, rejected)
