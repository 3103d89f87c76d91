"""The commands that grade: one submission, or a class."""

from __future__ import annotations

import argparse
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .shared import FAULT, FULL, MISSING, UsageError, add_command, add_sandbox_arguments, course_of, sandbox_of

if TYPE_CHECKING:
    from autograder.results import Result
    from autograder.sandbox import Sandbox

    from .shared import Commands


def add(commands: Commands) -> None:
    sub = add_command(commands, "grade", _grade, "Grade one submission: a module, a notebook, a folder or a zip.")
    sub.add_argument("path", type=Path)
    sub.add_argument("--assignment", required=True, metavar="NAME")
    sub.add_argument("--format", choices=("text", "json"), default="text")
    sub.add_argument("--student", help="whose it is; default: from the path")
    sub.add_argument("--task", metavar="STUB", help="grade this task alone")
    sub.add_argument("--seed", type=int, help="grade again with the inputs of an earlier result")
    add_sandbox_arguments(sub)

    sub = add_command(commands, "class", _class, "Grade all submissions in nbgrader's layout: FOLDER/<student>/<assignment>/.")
    sub.add_argument("folder", type=Path)
    sub.add_argument("--results", type=Path, help="write each result as <assignment>/<student>.json below this folder")
    sub.add_argument("--resume", action="store_true", help="keep the results there of submissions that have not changed")
    sub.add_argument("--seed", type=int, help="the inputs of an earlier run; default: new ones, the same for everybody")
    sub.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes; default: one per core")
    add_sandbox_arguments(sub)


def _grade(options: argparse.Namespace) -> int:
    assignment = course_of(options)[options.assignment]
    if not os.path.lexists(options.path):
        raise UsageError(f"{options.path} does not exist. Give the path of a .py, .ipynb or .zip file or of a folder.")
    names = [task.name for task in assignment.tasks]
    if options.task not in (None, *names):
        raise UsageError(f"{assignment.name} has no task {options.task!r}. Tasks: {', '.join(names)}.")
    with sandbox_of(options) as sandbox:
        from autograder.batch import SubmissionRef, grade
        from autograder.reports.text import result_text
        from autograder.results import OUR_FAULT

        entry = SubmissionRef(options.student or _student(options.path), options.path, seed=options.seed, only=options.task)
        result = grade(assignment, entry, sandbox)
    print(result.json() if options.format == "json" else result_text(result))
    if result.verdict in OUR_FAULT:
        return FAULT
    return FULL if result.score == result.max_score else MISSING


def _student(path: Path) -> str:
    """`ada` for submitted/ada/01_rnn_cell/..., else the file's own name."""
    parts = path.absolute().parts
    if "submitted" in parts[:-1]:
        return parts[parts.index("submitted") + 1]
    return path.absolute().stem


def _class(options: argparse.Namespace) -> int:
    if not options.folder.is_dir():
        raise UsageError(f"{options.folder} is not a folder. Give one in nbgrader's layout: FOLDER/<student>/<assignment>/.")
    if options.jobs < 1:
        raise UsageError("--jobs is at least 1.")
    if options.resume and not options.results:
        raise UsageError("--resume needs --results, the folder with the results of the earlier run.")
    with sandbox_of(options) as sandbox:
        return _grade_folder(options, sandbox)


def _grade_folder(options: argparse.Namespace, sandbox: Sandbox) -> int:
    from autograder.batch import fresh_seed, journal
    from autograder.batch.pool import find_submissions, grade_class, with_shared_seed
    from autograder.reports.table import class_table
    from autograder.results import GRADED

    course = course_of(options)
    work = find_submissions(options.folder, course)
    if not work:
        raise UsageError(f"{options.folder} holds no submission. Its layout is FOLDER/<student>/<assignment>/.")
    results: dict[tuple[str, str], Result] = {}

    def report(result: Result) -> None:
        results[result.student, result.assignment] = result
        if options.results:
            journal.write(options.results, result)

    left, seed = work, options.seed
    if options.resume:
        kept, left = journal.split(options.results, course, work, not options.unconfined)
        results.update({(result.student, result.assignment): result for result in kept})
        if kept and seed is None:
            seed = kept[-1].seed
        print(f"{len(kept)} of {len(work)} submissions were graded before and have not changed.", file=sys.stderr)
    if left:
        same = with_shared_seed(left, fresh_seed() if seed is None else seed)
        grade_class(course, same, options.jobs, report, sandbox)
    names = [a.name for a in course.assignments if any(name == a.name for name, _ in work)]
    scores = {key: result.score for key, result in results.items()}
    notes = {key: result.verdict for key, result in results.items() if result.verdict != GRADED}
    print(class_table(scores, names, {n: sum(t.points for t in course[n].tasks) for n in names}, notes), end="")
    return FAULT if any(score is None for score in scores.values()) else FULL
