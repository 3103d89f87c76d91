"""The command line: it parses arguments, calls the package and prints.

Commands: new | build | verify | bundle | gradescope | grade | class | inbox | report | compare | doctor.

Each group of commands has its own file, whose `add` function declares them. Exit status of `grade`: 0 for full marks, 1 for
lost points or a submission that could not be graded, 2 for a usage error or a fault of ours. Other commands: 0 for success,
1 when something is wrong (`verify`, `bundle`, `compare`, `doctor`), 2 for a usage error or a fault of ours, 130 after Ctrl-C.
Heavy modules are imported only when a command needs them.
"""

from __future__ import annotations

import argparse
import io
import os
import sys
from collections.abc import Sequence

for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"  # small models are slower on two threads, and a fork after threads have run hangs

from . import authoring, classes, grading, inbox, reporting  # noqa: E402
from .shared import FAULT, UsageError, path_of  # noqa: E402

ADVICE = "What was written so far is kept. Solve this, then continue a run of `class` with --resume."


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command and return its exit status."""
    try:
        _print_any_name()
        options = _parser().parse_args(argv)
        return _run(options)
    except BrokenPipeError:
        return FAULT
    except OSError as error:  # a full disk, a read-only folder, no descriptors left
        what = f"{error.filename}: {error.strerror}" if error.filename else str(error.strerror or error)
        grades = {"class", "inbox"} & set(sys.argv if argv is None else argv)
        return _fault(f"{what}.{f' {ADVICE}' if grades else ''}")
    except KeyboardInterrupt:
        exec("")  # clears an interrupt that Python remembers from generated code; otherwise `python -m` would die by SIGINT
        print("autograder: stopped", file=sys.stderr)
        return 130


def _run(options: argparse.Namespace) -> int:
    from autograder.course import CourseError

    try:
        return int(options.run(options))
    except (CourseError, UsageError) as error:
        return _fault(str(error))


def _fault(text: str) -> int:
    """Say what is wrong. The text may quote names that a student chose."""
    from autograder.sanitize import one_line

    print(f"autograder: {one_line(text, 1000)}", file=sys.stderr)
    return FAULT


def _print_any_name() -> None:
    """Print escapes for characters that the terminal cannot show, such as an ASCII-only one."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="autograder", description="Build, verify and grade the course.")
    parser.add_argument("--course", type=path_of, help="the course directory; default: the one that contains this program")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    for group in (authoring, grading, classes, inbox, reporting):
        group.add(commands)
    return parser
