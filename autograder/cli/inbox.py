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

from .shared import FULL, UsageError, add_command, add_sandbox_arguments, course_of, path_of, sandbox_of

if TYPE_CHECKING:
    from autograder.results import Result

    from .shared import Commands

SUFFIX = {"html": ".html", "text": ".txt", "none": ""}
EPILOG = "Stop it with Ctrl-C; the next start continues where it stopped."


def add(commands: Commands) -> None:
    text = "Grade each submission as soon as it arrives in FOLDER/<student>/<assignment>/."
    sub = add_command(commands, "inbox", _inbox, text)
    sub.epilog = EPILOG
    sub.add_argument("folder", type=path_of)
    sub.add_argument("--results", type=path_of, help="as for `autograder class`; default: FOLDER-results")
    sub.add_argument("--feedback", type=path_of, metavar="DIR", help="one page per submission; default: feedback/ in the results")
    sub.add_argument("--format", choices=("html", "text", "none"), default="html", help="format of the feedback; default: html")
    sub.add_argument("--seed", type=int, help="the seed of an earlier run; default: the recorded one, or a new one")
    sub.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes; default: one per core")
    add_sandbox_arguments(sub)


def _inbox(options: argparse.Namespace) -> int:
    results = options.results or options.folder.absolute().with_name(f"{options.folder.absolute().name}-results")
    _check(options, results)
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # stopping a service has the same effect as Ctrl-C
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
        raise UsageError(f"{options.folder} is not a folder. Its layout must be FOLDER/<student>/<assignment>/.")
    if options.jobs < 1:
        raise UsageError("--jobs must be at least 1.")
    for name, place in ("--results", results), ("--feedback", options.feedback):
        if place is not None and place.resolve().is_relative_to(options.folder.resolve()):
            raise UsageError(f"{name} must not be inside {options.folder}: it would look like a student's folder.")


def _print_result(result: Result) -> None:
    from autograder.reports.text import number
    from autograder.sanitize import one_line

    if result.score is None:
        outcome = f"no score, {result.verdict}: {one_line(result.message, 200)}"
    else:
        outcome = f"{number(result.score)} of {number(result.max_score)}"
    student = one_line(result.student, 80)
    print(f"{time.strftime('%H:%M:%S')} {student} {result.assignment}: {outcome} ({result.duration_s:.1f} s)", flush=True)
