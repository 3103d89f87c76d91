"""Run the hidden tests of one assignment over any number of submissions, in one pytest session.

pytest collects the grader files once; our `pytest_runtestloop` then runs the collected tests anew for each submission, the
way pytest-xdist's workers do. The tests of a task share one child, which is started when the first of them asks for it.
"""

from __future__ import annotations

import contextlib
import os
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any

import pytest
import torch

from autograder import results
from autograder.course import Assignment, CourseError
from autograder.results import NOT_RUN_TEXT, TaskResult, TestResult
from autograder.sandbox import ChildLost, SandboxLost, SandboxUnavailable

from .diagnosis import Recogniser
from .draw import Draw
from .failures import CheckFailed, NotWritten, TaskAborted
from .grader_files import TaskGrader, docstring_of, graders_of, points_of
from .misconceptions import Misconception
from .record import Attempt
from .submission import Submission

OpenSubmission = Callable[[str], AbstractContextManager[Submission]]


ATTEMPTS = 3  # how often a submission is started when our own machinery is lost, or once more because it did nothing


class GraderError(Exception):
    """Our own fault: a hidden test broke down. No score is written."""


@dataclass(frozen=True)
class Job:
    """One submission to grade. `open` starts a child for a task and loads the submission; `scan` gets forbidden names."""

    seed: int
    open: OpenSubmission
    scan: Callable[[dict[str, tuple[str, ...]]], None] = lambda names: None
    only: str | None = None


@dataclass
class _TestRun:
    """One test as it happened."""

    item: pytest.Item
    phases: list[str] = field(default_factory=list)
    error: BaseException | None = None
    record: Attempt = field(default_factory=Attempt)

    @property
    def outcome(self) -> str:
        if self.phases == ["passed"] * 3 and self.error is None:
            return results.PASSED
        if isinstance(self.error, TaskAborted):
            return self.error.verdict
        return results.FAILED if isinstance(self.error, CheckFailed | AssertionError) else results.GRADER_ERROR


class GradingPlugin:
    """The pytest plugin: fixtures for the graders, and a loop over submissions in place of a single run."""

    def __init__(self, assignment: Assignment, jobs: Iterable[Job], report: Callable[[Any], None]) -> None:
        self.assignment, self.jobs, self.report = assignment, jobs, report
        self.error: BaseException | None = None
        self._job: Job | None = None
        self._submission: Submission | None = None
        self._opened: AbstractContextManager[Submission] | None = None
        self._test: _TestRun | None = None
        self._task = ""
        self._idled = False  # the job at hand did nothing for too long, and has been started once more
        self._recognisers: dict[str, Recogniser] = {}  # by task

    # ---- fixtures

    @pytest.fixture
    def submission(self) -> Iterator[Submission]:
        """The student's code, in another process."""
        if self._submission is None:
            self._opened = self._job.open(self._task)
            self._submission = self._opened.__enter__()
        self._test.record = self._submission.begin()
        return self._submission

    @pytest.fixture
    def draw(self, request: pytest.FixtureRequest) -> Draw:
        """Random inputs of this run, the same again for the same seed."""
        return Draw(self._job.seed, f"{self.assignment.name}/{self._task}/{request.node.name}")

    # ---- hooks

    def pytest_configure(self, config: pytest.Config) -> None:
        config.addinivalue_line("markers", "points(n): what the test is worth")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo) -> pytest.TestReport:
        """Keep the outcome. pytest's own report renders tracebacks and tensors that nobody reads, longer than grading takes."""
        outcome = "passed" if call.excinfo is None else "failed"
        self._test.phases.append(outcome)
        if call.excinfo is not None and self._test.error is None:
            self._test.error = call.excinfo.value
        return pytest.TestReport(item.nodeid, item.location, {}, outcome, None, call.when)

    def pytest_collectreport(self, report: pytest.CollectReport) -> None:
        if report.failed and self.error is None:
            last = str(report.longrepr).strip().splitlines()[-1].removeprefix("E ").strip()
            self.error = CourseError(f"autograder/graders/{self.assignment.name}/{report.nodeid} cannot be collected: {last}.")

    def pytest_runtestloop(self, session: pytest.Session) -> bool:
        if self.error is not None:
            return True
        try:
            graders = graders_of(self.assignment, session.items)
            for job in self.jobs:
                self.report(self._grade(job, graders))
        except (Exception, KeyboardInterrupt) as error:  # raised again outside of pytest, which would only report it
            self.error = error
        return True

    # ---- grading

    def _grade(self, job: Job, graders: tuple[TaskGrader, ...]) -> tuple[TaskResult, ...] | Exception:
        if self._job is None or self._job.seed != job.seed:
            for recogniser in self._recognisers.values():
                recogniser.forget()
        self._job, self._idled = job, False
        lost: SandboxLost | None = None
        job.scan({grader.task: grader.forbidden for grader in graders})
        for attempt in range(ATTEMPTS):
            try:
                return tuple(self._grade_task(grader) for grader in graders if job.only in (None, grader.task))
            except (GraderError, SandboxUnavailable) as error:
                return error
            except SandboxLost as error:  # says nothing about the submission: once more, from the start
                lost = error
                if isinstance(error, ChildLost) and attempt:
                    break
            finally:
                self._close()
        return GraderError(f"not graded, and not because of the submission: {lost}. Run again, with --resume for a class.")

    def _grade_task(self, grader: TaskGrader) -> TaskResult:
        self._task = grader.task
        attempts: list[_TestRun] = []
        try:
            for item in grader.items:
                attempts.append(self._run_test(item))
                if isinstance(attempts[-1].error, TaskAborted):
                    break
        finally:
            self._close()
        not_started = all(isinstance(attempt.error, NotWritten) for attempt in attempts)
        return TaskResult(grader.task, grader.max_score, tuple(self._test_results(grader, attempts)), not_started)

    def _run_test(self, item: pytest.Item) -> _TestRun:
        attempt = self._test = _TestRun(item)
        folder = item.getparent(pytest.Module).parent  # stays set up for whatever comes next: to set it up reads files
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=folder)
        if isinstance(attempt.error, SandboxLost | SandboxUnavailable | KeyboardInterrupt):
            raise attempt.error
        if isinstance(attempt.error, TaskAborted) and attempt.error.idle and not self._idled:
            self._idled = True
            raise SandboxLost(attempt.error.message)
        if attempt.outcome == results.GRADER_ERROR:
            item.config.hook.pytest_runtest_teardown(item=item, nextitem=None)  # or a set-up that failed would be remembered
            error = attempt.error
            if error is not None:
                traceback.print_exception(error, file=sys.stderr)
            raise GraderError(f"the hidden test {item.name} broke down: {type(error).__name__}")
        return attempt

    def _close(self) -> None:
        if self._opened is not None:
            self._opened.__exit__(None, None, None)
        self._opened = self._submission = None

    def _test_results(self, grader: TaskGrader, attempts: list[_TestRun]) -> Iterator[TestResult]:
        previous: Misconception | None = None
        for i, item in enumerate(grader.items):
            name, behaviour = item.name, docstring_of(item)
            if i >= len(attempts):  # the task ended before this test
                end = attempts[-1].error
                yield TestResult(name, behaviour, f"{NOT_RUN_TEXT}{end.message}", outcome=end.verdict)
                continue
            attempt = attempts[i]
            if attempt.outcome == results.PASSED:
                yield TestResult(name, behaviour, outcome=results.PASSED, points=points_of(item))
                continue
            finding = attempt.error.message if isinstance(attempt.error, TaskAborted) else str(attempt.error)
            found = self._recognised(grader, attempts, i, previous) if attempt.outcome == results.FAILED else None
            previous = found or previous
            advice, misconception = (found.advice, found.name) if found else (_next_look(attempt.error, grader), None)
            yield TestResult(name, behaviour, finding.strip(), advice.strip(), misconception, attempt.outcome)

    def _recognised(
        self, grader: TaskGrader, attempts: list[_TestRun], failed: int, previous: Misconception | None
    ) -> Misconception | None:
        others = [attempts[i].record.interactions for i in range(len(attempts)) if i != failed]
        if grader.task not in self._recognisers:
            self._recognisers[grader.task] = Recogniser(self.assignment, grader.misconceptions, grader.families)
        failed_record = attempts[failed].record.interactions
        return self._recognisers[grader.task].recognise(failed_record, [other for other in others if other], previous)


def _next_look(error: BaseException | None, grader: TaskGrader) -> str:
    """What to look at where the mistake has no name."""
    if not isinstance(error, CheckFailed):
        return ""
    return error.hint or (grader.next_look if error.unexplained else "")


OPTIONS = (
    "--import-mode=importlib", "--assert=plain", "--noconftest", "-s", "-c", os.devnull,
    *(f"-pno:{name}" for name in (
        "terminal", "cacheprovider", "faulthandler", "logging", "warnings", "unraisableexception", "threadexception",
        "doctest", "junitxml", "nose", "pastebin", "stepwise", "setuponly", "setupplan",
    )),
)  # fmt: skip


def run_session(assignment: Assignment, jobs: Iterable[Job], report: Callable[[Any], None]) -> None:
    """Grade all jobs; `report` gets each one's task results, or a GraderError, in order.

    Raises CourseError when the grader files themselves are at fault.
    """
    plugin = GradingPlugin(assignment, jobs, report)
    known = set(sys.modules)
    with CleanEnvironment(), _small_tensors():
        status = pytest.main([*OPTIONS, f"--rootdir={assignment.graders}", str(assignment.graders)], plugins=[plugin])
    _forget_graders(known)
    if plugin.error is not None:
        raise plugin.error
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise CourseError(f"the graders in autograder/graders/{assignment.name} cannot be collected. Run: autograder verify")


def _forget_graders(known: set[str]) -> None:
    """pytest keeps test modules by name, and every assignment has a test_train: the next session must load its own."""
    for name in set(sys.modules) - known:
        if name.rpartition(".")[2].startswith("test_"):
            del sys.modules[name]


@contextlib.contextmanager
def _small_tensors() -> Iterator[None]:
    """Ours are tiny: threads only wait for each other, and oneDNN compiles and keeps a kernel for each new shape (300 MB)."""
    threads, mkldnn = torch.get_num_threads(), torch.backends.mkldnn
    enabled = mkldnn.enabled
    torch.set_num_threads(1)
    mkldnn.enabled = False
    try:
        yield
    finally:
        torch.set_num_threads(threads)
        mkldnn.enabled = enabled


class CleanEnvironment:
    """pytest must not pick up options or plugins from the environment while it grades."""

    NAMES = ("PYTEST_ADDOPTS", "PYTEST_PLUGINS", "PYTEST_DISABLE_PLUGIN_AUTOLOAD", "PYTEST_CURRENT_TEST")

    def __enter__(self) -> None:
        self.saved = {name: os.environ.pop(name) for name in self.NAMES if name in os.environ}
        self.bytecode, sys.dont_write_bytecode = sys.dont_write_bytecode, True
        os.environ["PYTEST_DISABLE_PLUGIN_AUTOLOAD"] = "1"

    def __exit__(self, *_: object) -> None:
        for name in self.NAMES:
            os.environ.pop(name, None)
        os.environ.update(self.saved)
        sys.dont_write_bytecode = self.bytecode
