"""The command that grades submissions as they arrive in a folder."""

from __future__ import annotations

import argparse
import os
import signal
import sys
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from .shared import FULL, UsageError, add_command, add_sandbox_arguments, course_of, sandbox_of

if TYPE_CHECKING:
    from autograder.results import Result

    from .shared import Commands

SUFFIX = {"html": ".html", "text": ".txt", "none": ""}
EPILOG = "Ctrl-C ends it; the next start goes on where it stopped."


def add(commands: Commands) -> None:
    text = "Grade what arrives in FOLDER/<student>/<assignment>/, at once and until Ctrl-C."
    sub = add_command(commands, "inbox", _inbox, text)
    sub.epilog = EPILOG
    sub.add_argument("folder", type=Path)
    sub.add_argument("--results", type=Path, help="as `autograder class` writes them; default: FOLDER-results, beside it")
    sub.add_argument("--feedback", type=Path, metavar="DIR", help="a page per submission; default: feedback/ in the results")
    sub.add_argument("--format", choices=("html", "text", "none"), default="html", help="of the feedback; default: html")
    sub.add_argument("--seed", type=int, help="the inputs of an earlier run; default: the recorded ones, or new ones")
    sub.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes; default: one per core")
    add_sandbox_arguments(sub)


def _inbox(options: argparse.Namespace) -> int:
    results = options.results or options.folder.absolute().with_name(f"{options.folder.absolute().name}-results")
    _check(options, results)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # a service that is stopped ends like one that is interrupted
    from autograder.batch.durable import only_run

    with sandbox_of(options) as sandbox, only_run(results):
        from autograder.batch.inbox import Inbox, InboxOptions

        feedback = None if options.format == "none" else options.feedback or results / "feedback"
        how = InboxOptions(options.folder, results, options.seed, options.jobs, feedback, SUFFIX[options.format])
        inbox = Inbox(course_of(options), how, sandbox, partial(_page, options.format), _print_result, _say)
        print(f"Watching {options.folder}. Results: {results}. {EPILOG}", flush=True)
        try:
            inbox.run()
        except KeyboardInterrupt:
            print(f"Stopped. Graded: {inbox.graded}.", flush=True)
    return FULL


def _page(name: str, result: Result) -> str:
    from autograder.reports.formats import report

    return report([result], name)


def _say(text: str) -> None:
    print(text, file=sys.stderr, flush=True)


def _check(options: argparse.Namespace, results: Path) -> None:
    if not options.folder.is_dir():
        raise UsageError(f"{options.folder} is not a folder. Give the one in which FOLDER/<student>/<assignment>/ arrives.")
    if options.jobs < 1:
        raise UsageError("--jobs is at least 1.")
    for name, place in ("--results", results), ("--feedback", options.feedback):
        if place is not None and place.resolve().is_relative_to(options.folder.resolve()):
            raise UsageError(f"{name} must not be inside {options.folder}, where it would be taken for a student's folder.")


def _print_result(result: Result) -> None:
    from autograder.reports.text import number
    from autograder.sanitize import one_line

    if result.score is None:
        outcome = f"no score, {result.verdict}: {one_line(result.message, 200)}"
    else:
        outcome = f"{number(result.score)} of {number(result.max_score)}"
    student = one_line(result.student, 80)
    print(f"{time.strftime('%H:%M:%S')} {student} {result.assignment}: {outcome} ({result.duration_s:.1f} s)", flush=True)
