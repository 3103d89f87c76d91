"""The cost of isolation: the same hidden checks, on the same inputs, in confined children and in this process, in turn.

In this process a Runner answers the judge's requests, without fork, wire or limits. This also separates the
student's own compute time from the overhead.
"""

from __future__ import annotations

import contextlib
import io
import os
import random
import sys
from collections import defaultdict
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from statistics import mean, median
from time import perf_counter, process_time
from types import ModuleType
from typing import Any

import numpy
import torch

from autograder.batch.grading import SubmissionRef, grade_many
from autograder.child.loading import remember_source
from autograder.child.runner import Runner
from autograder.course import Assignment
from autograder.course.build import STUDENT
from autograder.intake.source import SubmissionSource, code_cells
from autograder.results import Result
from autograder.sandbox import Child, Limits, Sandbox, Usage
from autograder.sandbox.launch import Zygote, process_id

from .measure import cpu_s, descendants, private_bytes
from .sample import Member

STAND_INS = ("__main__", "checks", "ipytest")  # modules that a submission's load replaces
WARM_UP = 2  # submissions that are graded first and not counted
PARTS = ("fork", "confine", "load", "student's own compute", "wire and waiting", "end of the child", "judge")


class InProcess:
    """Answers like a child, in this process. seconds: processor time by kind of request."""

    def __init__(self, seed: int, seconds: dict[str, float]) -> None:
        self._runner, self._seconds = Runner(), seconds
        self._modules, self._finders = dict(sys.modules), list(sys.meta_path)
        random.seed(seed)
        numpy.random.seed(seed & 0xFFFFFFFF)
        torch.manual_seed(seed)

    def request(self, header: dict[str, Any], blobs: Sequence[bytes] = ()) -> tuple[dict, list[bytes]]:
        start = process_time()
        with contextlib.redirect_stdout(io.StringIO()), contextlib.redirect_stderr(io.StringIO()):
            reply = self._runner.execute(header, blobs)
        self._seconds["load" if header["op"] == "load" else "compute"] += process_time() - start
        return reply

    def close(self) -> Usage:
        """Remove what the submission left in this process."""
        sys.meta_path[:] = self._finders
        for name in STAND_INS:
            sys.modules.pop(name, None)
        sys.modules.update({name: module for name, module in self._modules.items() if name in STAND_INS})
        return Usage(0.0, 0.0, 0)


class Timed:
    """A real child whose waiting times are recorded. private: its private memory after the last answer, on request."""

    def __init__(self, child: Child, parts: dict[str, float], private: list[int | None] | None) -> None:
        self._child, self._parts, self._private = child, parts, private

    def request(self, header: dict[str, Any], blobs: Sequence[bytes] = ()) -> tuple[dict, list[bytes]]:
        with _timed(self._parts, "load" if header["op"] == "load" else "answers"):
            return self._child.request(header, blobs)

    def close(self) -> Usage:
        if self._private is not None:
            with contextlib.suppress(OSError, StopIteration):
                self._private.append(private_bytes(process_id(self._child._pidfd)))
        with _timed(self._parts, "end of the child"):
            return self._child.close()


@contextmanager
def _timed(parts: dict[str, float], name: str) -> Iterator[None]:
    start = perf_counter()
    try:
        yield
    finally:
        parts[name] += perf_counter() - start


@dataclass
class Switch:
    """Replaces the sandbox: makes children of one kind or the other."""

    sandbox: Sandbox
    confined: bool = True
    parts: dict[str, float] = field(default_factory=lambda: defaultdict(float))
    private: list[int | None] | None = None
    unconfined: bool = False

    def child(self, seed: int, limits: Limits) -> InProcess | Timed:
        if not self.confined:
            return InProcess(seed, self.parts)
        with _timed(self.parts, "start"):
            child = self.sandbox.child(seed, limits)
        return Timed(child, self.parts, self.private)

    @contextmanager
    def forks_noted(self) -> Iterator[None]:
        """Time the fork separately from the confinement that follows it."""
        start, switch = Zygote.start, self

        def noted(*args: Any) -> int:
            with _timed(switch.parts, "fork"):
                return start(*args)

        Zygote.start = noted
        try:
            yield
        finally:
            Zygote.start = start


@dataclass(frozen=True)
class Run:
    """One submission, graded one way."""

    result: Result
    wall_s: float
    judge_cpu_s: float
    parts: dict[str, float]


@dataclass(frozen=True)
class Isolation:
    """Medians over submissions, in seconds; cpu ratio: confined against in this process, pair by pair."""

    pairs: int
    confined_cpu_s: float
    inside_cpu_s: float
    cpu_ratio: float
    worst_ratio: float
    judge_cpu_s: float
    zygote_cpu_s: float
    children_cpu_s: float
    split: dict[str, float]
    wall_s: float
    private_bytes: int | None
    same_scores: bool


def entry_of(member: Member, assignment: Assignment, seed: int) -> SubmissionRef:
    """The notebook as the judge reads it, but from memory instead of a file."""
    import nbformat

    data = nbformat.writes(member.notebook).encode()
    return SubmissionRef(
        member.student, source=SubmissionSource("notebook", assignment.stem, tuple(code_cells(data)), ""), seed=seed
    )


def compare(assignment: Assignment, members: Sequence[Member]) -> Isolation:
    """Grade each submission both ways, one right after the other."""
    torch.set_num_threads(1)
    torch.optim.Adam([torch.zeros(1, requires_grad=True)])  # imports torch._dynamo, as the zygote has done
    with Sandbox() as sandbox:
        switch = Switch(sandbox)
        _ = sandbox.protection  # waits until the zygote is warm
        zygotes = descendants(os.getpid())
        runs: list[Run] = []
        ticks: list[float] = []

        def entries() -> Iterator[SubmissionRef]:
            for number, member in enumerate([*members[:WARM_UP], *members]):
                if number == WARM_UP:
                    runs.clear()
                    ticks.append(sum(map(cpu_s, zygotes)))
                # The first of three does not count: it fills the caches of reference and misconception answers for the other two.
                for confined in (True, True, False) if number % 2 else (True, False, True):
                    switch.confined, switch.parts = confined, defaultdict(float)
                    start[:] = [perf_counter(), process_time()]
                    yield entry_of(member, assignment, 1000 + number)
            ticks.append(sum(map(cpu_s, zygotes)))

        def report(result: Result) -> None:
            wall, cpu = perf_counter() - start[0], process_time() - start[1]
            runs.append(Run(result, wall, cpu, dict(switch.parts)))

        start: list[float] = []
        with switch.forks_noted():
            grade_many(assignment, entries(), switch, report)
    zygote = (ticks[1] - ticks[0]) / (2 * len(members))
    return _summary([run for number, run in enumerate(runs) if number % 3], zygote, largest_child(assignment))


def largest_child(assignment: Assignment) -> int | None:
    """Private memory in bytes of the largest of the reference solution's children, at its end; None if it cannot be read."""
    found: list[int | None] = []
    with Sandbox() as sandbox:
        grade_many(assignment, [SubmissionRef("solution", assignment.solution)], Switch(sandbox, private=found), lambda _: None)
    return max((size for size in found if size is not None), default=None)


def _summary(runs: Sequence[Run], zygote_s: float, private: int | None) -> Isolation:
    pairs = []
    for one, other in zip(runs[::2], runs[1::2], strict=True):
        pairs.append((one, other) if "fork" in one.parts else (other, one))
    costs = [(out.judge_cpu_s + out.result.usage["cpu_s"] + zygote_s, inside.judge_cpu_s) for out, inside in pairs]
    ratios = [out / inside for out, inside in costs]
    return Isolation(
        pairs=len(pairs),
        confined_cpu_s=median(out for out, _ in costs),
        inside_cpu_s=median(inside for _, inside in costs),
        cpu_ratio=median(ratios),
        worst_ratio=max(ratios),
        judge_cpu_s=median(out.judge_cpu_s for out, _ in pairs),
        zygote_cpu_s=zygote_s,
        children_cpu_s=median(out.result.usage["cpu_s"] for out, _ in pairs),
        split=_split(pairs),
        wall_s=mean(out.wall_s for out, _ in pairs),
        private_bytes=private,
        same_scores=all(out.result.score == inside.result.score for out, inside in pairs),
    )


def _split(pairs: Sequence[tuple[Run, Run]]) -> dict[str, float]:
    """Where the wall time of a confined submission goes; judge and child never work at the same time."""

    def part(name: str) -> float:
        return mean(out.parts.get(name, 0.0) for out, _ in pairs)

    own = mean(inside.parts.get("compute", 0.0) for _, inside in pairs)
    waited = ("start", "load", "answers", "end of the child")
    return dict(
        zip(
            PARTS,
            (
                part("fork"),
                part("start") - part("fork"),
                part("load"),
                own,
                part("answers") - own,
                part("end of the child"),
                mean(out.wall_s for out, _ in pairs) - sum(map(part, waited)),
            ),
            strict=True,
        )
    )


def visible_checks_cpu_s(assignment: Assignment, members: Sequence[Member]) -> float:
    """Processor time of the visible checks, which check less than the hidden ones, in this warm process (correct submissions)."""
    tests = compile(assignment.visible_checks.read_text(), "visible checks", "exec")
    sys.path.insert(0, str(STUDENT))  # where the checks' helpers are
    costs = []
    for member in members:
        if member.right:
            module, file = ModuleType(assignment.stem), f"{assignment.stem}.py"
            remember_source(file, member.module)  # torch.jit.script reads it again
            for _ in range(2):  # the first run warms up
                start = process_time()
                with contextlib.redirect_stdout(io.StringIO()):
                    sys.modules[assignment.stem] = module
                    exec(compile(member.module, file, "exec"), vars(module))
                    scope: dict[str, Any] = {}
                    exec(tests, scope)
                    for name in [name for name in scope if name.startswith("test_")]:
                        scope[name]()
                last = process_time() - start
            costs.append(last)
    sys.modules.pop(assignment.stem, None)
    sys.path.remove(str(STUDENT))
    return median(costs)
