"""Run the hidden tests of one assignment on any number of submissions, in one pytest session.

pytest collects the grader files once; our `pytest_runtestloop` then runs the collected tests again for each submission, the
way pytest-xdist's workers do. The tests of a task share one child, which is started when the first of them asks for it.
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Literal, Protocol

import pytest

from autograder import results
from autograder.course import Assignment, CourseError
from autograder.results import NOT_RUN_TEXT, TaskResult, TestResult
from autograder.sandbox import ChildLost, SandboxLost, SandboxUnavailable

from .diagnosis import Recogniser
from .disclosure import Disclosure, bound_for
from .draw import Draw
from .failures import CheckFailed, NotDefined, NotWritten, TaskAborted
from .grader_files import TaskGrader, docstring_of, graders_of, points_of
from .misconceptions import Misconception
from .record import Attempt
from .submission import Submission
from .surroundings import CleanEnvironment, forget_graders, small_tensors

ATTEMPTS = 3  # how often a submission is started, when the zygote is lost or the submission was idle


class GraderError(Exception):
    """A fault of ours, for instance an unexpected exception in a hidden test. No score is written."""


Outcome = tuple[TaskResult, ...] | GraderError | SandboxUnavailable


class Job(Protocol):
    """One submission to grade, as the session sees it. See `Grading` in batch/grading.py and `ControlJob` in batch/control.py."""

    seed: int

    @property
    def only(self) -> str | None:
        """The one task to grade; None for all."""

    @property
    def lines(self) -> Mapping[str, Sequence[str]]:
        """The submitted source, by file or cell."""

    def scan(self, names: dict[str, tuple[str, ...]]) -> None:
        """Flag the forbidden names of each task."""

    def open(self, task: str) -> AbstractContextManager[Submission]:
        """Start a child for the task and load the submission there."""

    def review(self, task: str, submission: Submission, forbidden: Sequence[str]) -> None:
        """Look at how a task was solved, after its tests. It never costs a point."""

    def finish(self, outcome: Outcome) -> None:
        """Take the tasks' results, or the fault of ours that prevented them."""


@dataclass
class _TestRun:
    """One run of a test."""

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

    @property
    def finding(self) -> str:
        """What the submission did instead of what the test requires."""
        return (self.error.message if isinstance(self.error, TaskAborted) else str(self.error)).strip()


class GradingPlugin:
    """The pytest plugin: fixtures for the graders, and a loop over submissions instead of a single run."""

    _job: Job

    def __init__(self, assignment: Assignment, jobs: Iterable[Job]) -> None:
        self.assignment, self.jobs = assignment, jobs
        self.error: BaseException | None = None
        self._seed: int | None = None  # the seed of the cached answers
        self._submission: Submission | None = None
        self._opened: AbstractContextManager[Submission] | None = None
        self._test = _TestRun()
        self._task = ""
        self._idled = False  # the current job was idle for too long and has been started once more
        self._recognisers: dict[str, Recogniser] = {}  # by task

    # ---- fixtures

    @pytest.fixture
    def submission(self) -> Submission:
        """The student's code, in another process."""
        if self._submission is None:
            self._opened = self._job.open(self._task)
            self._submission = self._opened.__enter__()
        opened: Submission = self._submission
        self._test.record = opened.begin()
        return opened

    @pytest.fixture
    def draw(self, request: pytest.FixtureRequest) -> Draw:
        """Random inputs, determined by the run's seed and the test's name."""
        return Draw(self._job.seed, f"{self.assignment.name}/{self._task}/{request.node.name}")

    # ---- hooks

    def pytest_configure(self, config: pytest.Config) -> None:
        config.addinivalue_line("markers", "points(n): what the test is worth")

    @pytest.hookimpl(tryfirst=True)
    def pytest_runtest_makereport(self, item: pytest.Item, call: pytest.CallInfo[None]) -> pytest.TestReport:
        """Record the outcome. pytest's own report would render tracebacks and tensors, which takes longer than grading."""
        outcome: Literal["passed", "failed"] = "passed" if call.excinfo is None else "failed"
        phase: Any = call.when
        self._test.phases.append(outcome)
        if call.excinfo is not None and self._test.error is None:
            self._test.error = call.excinfo.value
        return pytest.TestReport(item.nodeid, item.location, {}, outcome, None, phase)

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
                job.finish(self._grade(job, graders))
        except (Exception, KeyboardInterrupt) as error:  # run_session raises it again; pytest would only report it
            self.error = error
        return True

    # ---- grading

    def _grade(self, job: Job, graders: tuple[TaskGrader, ...]) -> Outcome:
        if self._seed != job.seed:
            for recogniser in self._recognisers.values():
                recogniser.forget()
        self._job, self._seed, self._idled = job, job.seed, False
        lost: SandboxLost | None = None
        job.scan({grader.task: grader.forbidden for grader in graders})
        for attempt in range(ATTEMPTS):
            try:
                return tuple(self._grade_task(grader) for grader in graders if job.only in (None, grader.task))
            except (GraderError, SandboxUnavailable) as error:
                return error
            except SandboxLost as error:  # says nothing about the submission: start again
                lost = error
                if isinstance(error, ChildLost) and attempt:
                    break
            finally:
                self._close()
        return GraderError(f"not graded, and not because of the submission: {lost}. Run again, with --resume for a class.")

    def _grade_task(self, grader: TaskGrader) -> TaskResult:
        self._task = grader.task
        tests: list[_TestRun] = []
        try:
            for item in grader.items:
                tests.append(self._run_test(item))
                if isinstance(tests[-1].error, TaskAborted):
                    break
            else:
                if self._submission is not None and any(test.outcome == results.PASSED for test in tests):
                    self._job.review(grader.task, self._submission, grader.forbidden)
        finally:
            self._close()
        not_started = all(isinstance(test.error, NotWritten) for test in tests)
        return TaskResult(grader.task, grader.max_score, tuple(self._test_results(grader, tests)), not_started)

    def _run_test(self, item: pytest.Item) -> _TestRun:
        test = self._test = _TestRun()
        module = item.getparent(pytest.Module)
        folder: Any = module and module.parent  # keep it set up: setting it up reads files
        item.config.hook.pytest_runtest_protocol(item=item, nextitem=folder)
        if isinstance(test.error, SandboxLost | SandboxUnavailable | KeyboardInterrupt):
            raise test.error
        if isinstance(test.error, TaskAborted) and test.error.idle and not self._idled:
            self._idled = True
            raise SandboxLost(test.error.message)
        if test.outcome == results.GRADER_ERROR:
            item.config.hook.pytest_runtest_teardown(item=item, nextitem=None)  # otherwise pytest would remember a failed set-up
            error = test.error
            if error is not None:
                traceback.print_exception(error, file=sys.stderr)
            raise GraderError(f"the hidden test {item.name} broke down: {type(error).__name__}")
        return test

    def _close(self) -> None:
        if self._opened is not None:
            self._opened.__exit__(None, None, None)
        self._opened = self._submission = None

    def _test_results(self, grader: TaskGrader, tests: list[_TestRun]) -> Iterator[TestResult]:
        previous: Misconception | None = None
        disclosure = Disclosure(self._job.lines, bound_for(len(grader.items)))
        for i, item in enumerate(grader.items):
            name, behaviour = item.name, docstring_of(item)
            if i >= len(tests):  # the task ended before this test
                end = tests[-1]
                yield TestResult(name, behaviour, f"{NOT_RUN_TEXT}{end.finding}", outcome=end.outcome)
                continue
            test = tests[i]
            if test.outcome == results.PASSED:
                yield TestResult(name, behaviour, outcome=results.PASSED, points=points_of(item))
                continue
            found = self._recognised(grader, tests, i, previous) if test.outcome == results.FAILED else None
            previous = found or previous
            advice, misconception = (found.advice, found.name) if found else (_next_look(test.error, grader), _known(test.error))
            finding = test.finding if _before_any_input(test.error) else disclosure.shown(test.finding)
            yield TestResult(name, behaviour, finding, advice.strip(), misconception, test.outcome)

    def _recognised(
        self, grader: TaskGrader, tests: list[_TestRun], failed: int, previous: Misconception | None
    ) -> Misconception | None:
        others = [tests[i].record.interactions for i in range(len(tests)) if i != failed]
        if grader.task not in self._recognisers:
            self._recognisers[grader.task] = Recogniser(self.assignment, grader.misconceptions, grader.families)
        record = tests[failed].record
        return self._recognisers[grader.task].recognise(
            record.interactions, [other for other in others if other], previous, record.all_interactions
        )


def _before_any_input(error: BaseException | None) -> bool:
    """Whether the error was known before a hidden input reached the child's process."""
    return isinstance(error, NotDefined) or (isinstance(error, TaskAborted) and error.verdict == results.LOAD_ERROR)


def _known(error: BaseException | None) -> str | None:
    """The name of the mistake where the test itself told it."""
    return error.mistake if isinstance(error, CheckFailed) else None


def _next_look(error: BaseException | None, grader: TaskGrader) -> str:
    """What to look at when the mistake has no name."""
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


def run_session(assignment: Assignment, jobs: Iterable[Job]) -> None:
    """Grade all jobs in order and pass each outcome to the job's `finish`.

    Raises CourseError for faults in the grader files themselves.
    """
    plugin = GradingPlugin(assignment, jobs)
    known = set(sys.modules)
    with CleanEnvironment(), small_tensors():
        status = pytest.main([*OPTIONS, f"--rootdir={assignment.graders}", str(assignment.graders)], plugins=[plugin])
    forget_graders(known)
    if plugin.error is not None:
        raise plugin.error
    if status not in (pytest.ExitCode.OK, pytest.ExitCode.TESTS_FAILED):
        raise CourseError(f"the graders in autograder/graders/{assignment.name} cannot be collected. Run: autograder verify")
