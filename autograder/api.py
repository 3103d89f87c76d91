"""The public Python API: the commands as functions, documented in docs/api.md.

The functions raise CourseError for faults in the course's own files, and FileNotFoundError for a path that does not exist. A
submission that cannot be graded raises nothing: its result says why.
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

    student: default: the stem of `path`. seed: that of an earlier result, to use the same inputs; default: a new one.
    task: grade only this task. course: the course directory; default: the one that contains this package.
    sandbox: a warm one that several calls share; default: a new one. Raises ValueError for an unknown task.
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
    """Grade all submissions in nbgrader's layout, FOLDER/<student>/<assignment>/; write one document each into `results`.

    resume, regrade, seed: as for `autograder class`. on_result: called with each new result.
    jobs: the number of processes. They are forks of this one, so call this before torch has used several threads.
    Raises ValueError for `resume` or `regrade` without `results`.
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
    """Yield the results in a folder, sorted by assignment, then by student."""
    return journal.read_all(Path(folder))


def report(results: Iterable[Result], format: str) -> str:
    """The results in a format of `autograder report`, such as csv, junit or html. Raises ValueError for an unknown format."""
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
