"""Shared by the commands: exit statuses, the course, the sandbox."""

from __future__ import annotations

import argparse
import gc
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from autograder.course import Course
    from autograder.sandbox import Sandbox

    Commands = argparse._SubParsersAction[argparse.ArgumentParser]

FULL, MISSING, FAULT = 0, 1, 2
FORMAT_NAMES = (  # of reports.formats
    "text", "csv", "junit", "gradescope", "classroom50", "github", "html", "canvas", "moodle", "blackboard",
)  # fmt: skip


class UsageError(Exception):
    """A wrong command line. The message says why it cannot be carried out and what to type instead."""


def path_of(text: str) -> Path:
    """A path on the command line. An empty one is no path: `Path("")` would be the current folder."""
    if not text:
        raise argparse.ArgumentTypeError("the path is empty")
    return Path(text)


def add_command(commands: Commands, name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
    """Declare one command. text: its help."""
    command = commands.add_parser(name, help=text, description=text)
    command.set_defaults(run=run)
    return command


def add_sandbox_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--unconfined", action="store_true", help="run without protection; every result is flagged")
    parser.add_argument("--bubblewrap", choices=("auto", "off", "required"), default="auto", help="run in a private root")


def sandbox_of(options: argparse.Namespace, warm: bool = True) -> Sandbox:
    """A sandbox, started before the judge is imported so that both import torch at the same time. warm: start its zygote."""
    gc.disable()  # imported modules are never freed, and collecting costs 0.5 s now and 0.5 s when the process ends
    try:
        from autograder.child.warmup import defer_dynamo_import
        from autograder.sandbox import Sandbox

        sandbox = Sandbox(unconfined=options.unconfined, bubblewrap=options.bubblewrap, warm=warm)
        defer_dynamo_import()
        import autograder.batch.grading  # noqa: F401

        gc.freeze()
    finally:
        gc.enable()
    return sandbox


def course_of(options: argparse.Namespace) -> Course:
    from autograder.course import Course

    return Course(options.course.resolve() if options.course else None)
