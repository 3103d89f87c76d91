"""The command that grades one submission."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from .shared import (
    FAULT,
    FORMAT_NAMES,
    FULL,
    MISSING,
    UsageError,
    add_command,
    add_sandbox_arguments,
    course_of,
    path_of,
    sandbox_of,
)

if TYPE_CHECKING:
    from autograder.results import Result

    from .shared import Commands


def add(commands: Commands) -> None:
    sub = add_command(commands, "grade", _grade, "Grade one submission: a module, a notebook, a folder or a zip.")
    sub.add_argument("path", type=path_of)
    sub.add_argument("--assignment", required=True, metavar="NAME")
    sub.add_argument("--format", choices=("json", *FORMAT_NAMES), default="text")
    sub.add_argument("--student", help="the student's name; default: taken from the path")
    sub.add_argument("--task", metavar="STUB", help="grade only this task")
    sub.add_argument("--seed", type=int, help="the seed of an earlier result, to grade with the same inputs")
    add_sandbox_arguments(sub)


def _grade(options: argparse.Namespace) -> int:
    assignment = course_of(options)[options.assignment]
    if not os.path.lexists(options.path):
        raise UsageError(f"{options.path} does not exist. Give the path of a .py, .ipynb or .zip file or of a folder.")
    if options.task is not None:  # otherwise the notebook is read while the sandbox starts
        names = [task.name for task in assignment.tasks]
        if options.task not in names:
            raise UsageError(f"{assignment.name} has no task {options.task!r}. Tasks: {', '.join(names)}.")
    with sandbox_of(options) as sandbox:
        from autograder.batch import SubmissionRef, grade
        from autograder.results import OUR_FAULT

        ref = SubmissionRef(options.student or _student(options.path), options.path, seed=options.seed, only=options.task)
        result = grade(assignment, ref, sandbox)
    print(_shown(result, options.format))
    if result.verdict in OUR_FAULT:
        return FAULT
    return FULL if result.score == result.max_score else MISSING


def _shown(result: Result, name: str) -> str:
    if name == "json":
        return result.json()
    from autograder.reports.formats import report

    return report([result], name)


def _student(path: Path) -> str:
    """`ada` for submitted/ada/01_rnn_cell/..., otherwise the file's stem."""
    parts = path.absolute().parts
    if "submitted" in parts[:-1]:
        return parts[parts.index("submitted") + 1]
    return path.absolute().stem
