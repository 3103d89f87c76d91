"""The command line: it parses, calls and prints.

Commands: new | build | verify | bundle | gradescope | grade | class | inbox | report | compare | doctor.

One file per group of commands, each with an `add` that declares them. Exit status of `grade`: 0 full marks, 1 graded with
marks missing or a submission that could not be graded, 2 a usage error or our own fault. The others: 0 all is well, 1
something is not, 2 a usage error. Nothing heavy is imported before a command needs it.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"  # small models are slower on two threads, and a fork after threads have run hangs

from . import authoring, classes, grading, inbox, reporting  # noqa: E402
from .shared import FAULT, UsageError  # noqa: E402

ADVICE = "Nothing that was written is lost; after a run of `class`, put that right and go on with --resume."


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status."""
    try:
        _print_any_name()
        options = _parser().parse_args(argv)
        return _run(options)
    except BrokenPipeError:
        return FAULT
    except OSError as error:  # a full disk, a folder that may not be written, no descriptors left
        what = f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error)
        print(f"autograder: {what}. {ADVICE}", file=sys.stderr)
        return FAULT
    except KeyboardInterrupt:
        exec("")  # makes Python forget an interrupt inside generated code, for which `python -m` would end by SIGINT all the same
        print("autograder: stopped", file=sys.stderr)
        return 130


def _run(options: argparse.Namespace) -> int:
    from autograder.course import CourseError

    try:
        return int(options.run(options))
    except (CourseError, UsageError) as error:
        print(f"autograder: {error}", file=sys.stderr)
        return FAULT


def _print_any_name() -> None:
    """A terminal that knows ASCII only shows an escape for what it cannot print."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="autograder", description="Build, verify and grade the course.")
    parser.add_argument("--course", type=Path, help="the course directory; default: the one this program stands in")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for group in (authoring, grading, classes, inbox, reporting):
        group.add(commands)
    return parser
