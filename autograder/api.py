"""The public Python API: what the commands do, as functions. docs/api.md is its page.

The functions raise CourseError for faults of the course's own files, and FileNotFoundError for a path with nothing at it. A
submission that cannot be graded is no exception: its result says so.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from contextlib import AbstractContextManager, nullcontext
from pathlib import Path
from typing import TYPE_CHECKING

from autograder.batch import journal
from autograder.course import Course
from autograder.reports import formats
from autograder.reports.compare import Comparison, compare
from autograder.results import Result

if TYPE_CHECKING:
    from autograder.batch.plan import Selection
    from autograder.batch.run import ClassOutcome
    from autograder.sandbox import Sandbox

__all__ = ["ClassOutcome", "Result", "compare_results", "grade_class", "grade_submission", "read_results", "report"]


def grade_submission(
    path: Path | str,
    assignment: str,
    *,
    student: str = "",
    seed: int | None = None,
    task: str | None = None,
    course: Path | str | None = None,
    sandbox: Sandbox | None = None,
) -> Result:
    """Grade a module, a notebook, a folder or a zip.

    seed: of an earlier result, to ask the same again; default: a new one. task: grade this one alone.
    course: the course directory; default: the one this package stands in.
    sandbox: a warm one, to grade several submissions without starting one for each.
    """
    from autograder.batch.grading import SubmissionRef, grade

    chosen = _course(course)[assignment]
    names = [known.name for known in chosen.tasks]
    if task is not None and task not in names:
        raise ValueError(f"{assignment} has no task {task!r}. Tasks: {', '.join(names)}.")
    with _sandbox(sandbox) as warm:
        return grade(chosen, SubmissionRef(student or Path(path).stem, Path(path), seed=seed, only=task), warm)


def grade_class(
    folder: Path | str,
    results: Path | str | None = None,
    *,
    resume: bool = False,
    regrade: Selection | None = None,
    seed: int | None = None,
    jobs: int = 1,
    on_result: Callable[[Result], None] = lambda _: None,
    course: Path | str | None = None,
    sandbox: Sandbox | None = None,
) -> ClassOutcome:
    """Grade all submissions in nbgrader's layout, FOLDER/<student>/<assignment>/, into a folder with a document for each.

    resume, regrade, seed: as `autograder class` has them. on_result: gets each result that is made, as it comes.
    jobs: processes, which are forks of this one: with more than one, call it before torch has computed on several threads.
    """
    from autograder.batch.pool import find_submissions
    from autograder.batch.run import ClassOptions, plan_class, run_class

    if results is None and (resume or regrade is not None):
        raise ValueError("resume and regrade need a folder with results.")
    chosen = _course(course)
    work = find_submissions(Path(folder), chosen)
    how = ClassOptions(None if results is None else Path(results), resume, regrade, seed, jobs, progress=False)
    with _sandbox(sandbox) as warm:
        plan = plan_class(chosen, work, how, confined=not warm.unconfined)
        return run_class(chosen, work, plan, how, warm, on_result)


def read_results(folder: Path | str) -> Iterator[Result]:
    """The results in a folder, one at a time, by assignment, then by student."""
    return journal.read_all(Path(folder))


def report(results: Iterable[Result], format: str) -> str:
    """The text of `autograder report`: csv, junit, gradescope, classroom50, github, html, canvas, moodle or blackboard."""
    if format not in formats.FORMATS:
        raise ValueError(f"There is no format {format!r}. Formats: {', '.join(formats.FORMATS)}.")
    return formats.report(results, format)


def compare_results(old: Iterable[Result], new: Iterable[Result]) -> Comparison:
    """What changed between two gradings, per student and test, and why."""
    return compare(old, new)


def _course(root: Path | str | None) -> Course:
    return Course(None if root is None else Path(root).resolve())


def _sandbox(given: Sandbox | None) -> AbstractContextManager[Sandbox]:
    if given is not None:
        return nullcontext(given)
    from autograder.sandbox import Sandbox

    return Sandbox()


def __getattr__(name: str) -> type[ClassOutcome]:
    if name != "ClassOutcome":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from autograder.batch.run import ClassOutcome

    return ClassOutcome
