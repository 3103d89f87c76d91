"""The command line: build | verify | grade | class | doctor. Parses, calls, prints; decides nothing.

Exit status of `grade`: 0 full marks, 1 graded with marks missing or a submission that could not be graded, 2 a usage error
or our own fault. The others: 0 all is well, 1 something is not, 2 a usage error.
"""

from __future__ import annotations

import argparse
import gc
import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path

for _name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS"):
    os.environ[_name] = "1"  # small models are slower on two threads, and a fork after threads have run hangs

FULL, MISSING, FAULT = 0, 1, 2


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command; returns its exit status."""
    parser = _parser()
    options = parser.parse_args(argv)
    from autograder.course import CourseError

    try:
        return options.run(options)
    except (CourseError, UsageError) as error:
        print(f"autograder: {error}", file=sys.stderr)
        return FAULT
    except BrokenPipeError:
        return FAULT
    except KeyboardInterrupt:
        print("autograder: stopped", file=sys.stderr)
        return 130


class UsageError(Exception):
    """What was typed cannot be done; the message says why and what to type instead."""


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="autograder", description="Build, verify and grade the course.")
    parser.add_argument("--course", type=Path, help="the course directory; default: the one this program stands in")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], int], text: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=text, description=text)
        sub.set_defaults(run=run)
        return sub

    sub = command("build", _build, "Make source/, release/ and assignments/ from solutions/.")
    sub.add_argument("names", nargs="*", metavar="NAME", help="assignments; default: all")

    sub = command("verify", _verify, "Check that the course keeps its own rules.")
    sub.add_argument("names", nargs="*", metavar="NAME", help="assignments; default: all")

    sub = command("grade", _grade, "Grade one submission: a module, a notebook, a folder or a zip.")
    sub.add_argument("path", type=Path)
    sub.add_argument("--assignment", required=True, metavar="NAME")
    sub.add_argument("--format", choices=("text", "json"), default="text")
    sub.add_argument("--student", help="whose it is; default: from the path")
    sub.add_argument("--task", metavar="STUB", help="grade this task alone")
    sub.add_argument("--seed", type=int, help="grade again with the inputs of an earlier result")
    _sandbox_arguments(sub)

    sub = command("class", _class, "Grade all submissions in nbgrader's layout: FOLDER/<student>/<assignment>/.")
    sub.add_argument("folder", type=Path)
    sub.add_argument("--results", type=Path, help="write each result as <assignment>/<student>.json below this folder")
    sub.add_argument("--resume", action="store_true", help="keep the results there of submissions that have not changed")
    sub.add_argument("--seed", type=int, help="the inputs of an earlier run; default: new ones, the same for everybody")
    sub.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes; default: one per core")
    _sandbox_arguments(sub)

    command("doctor", _doctor, "Say what this machine offers to run submissions safely, and what is missing.")
    return parser


def _sandbox_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--unconfined", action="store_true", help="run without protection; every result is marked with it")
    parser.add_argument("--bubblewrap", choices=("auto", "off", "required"), default="auto", help="the private root around it")


def _sandbox(options: argparse.Namespace):
    """Started before the judge is imported, so that both import torch at the same time."""
    gc.disable()  # what is imported stays: nothing to collect, and to look takes 0.5 s now and 0.5 s when the process ends
    try:
        from autograder.child.warmup import defer_dynamo_import
        from autograder.sandbox import Sandbox

        sandbox = Sandbox(unconfined=options.unconfined, bubblewrap=options.bubblewrap)
        defer_dynamo_import()
        import autograder.batch  # noqa: F401

        gc.freeze()
    finally:
        gc.enable()
    return sandbox


def _course(options: argparse.Namespace):
    from autograder.course import Course

    return Course(options.course.resolve() if options.course else None)


def _chosen(options: argparse.Namespace) -> list:
    course = _course(options)
    return [course[name] for name in options.names] if options.names else list(course.assignments)


def _build(options: argparse.Namespace) -> int:
    from autograder.course.build import TREES, build

    chosen = _chosen(options)
    build(chosen)
    print(f"Built {', '.join(f'{tree}/' for tree in TREES)} for {', '.join(a.name for a in chosen)}.")
    return FULL


def _verify(options: argparse.Namespace) -> int:
    from autograder.verify.rules import verify

    return FULL if verify(_chosen(options), print) else MISSING


def _grade(options: argparse.Namespace) -> int:
    assignment = _course(options)[options.assignment]
    if not os.path.lexists(options.path):
        raise UsageError(f"{options.path} does not exist. Give the path of a .py, .ipynb or .zip file or of a folder.")
    names = [task.name for task in assignment.tasks]
    if options.task not in (None, *names):
        raise UsageError(f"{assignment.name} has no task {options.task!r}. Tasks: {', '.join(names)}.")
    with _sandbox(options) as sandbox:
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
    with _sandbox(options) as sandbox:
        return _grade_folder(options, sandbox)


def _grade_folder(options: argparse.Namespace, sandbox) -> int:
    from autograder.batch import fresh_seed, journal
    from autograder.batch.pool import find_submissions, grade_class, with_shared_seed
    from autograder.reports.table import class_table
    from autograder.results import GRADED, Result

    course = _course(options)
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


def _doctor(options: argparse.Namespace) -> int:
    from autograder.sandbox import doctor

    findings = doctor.report()
    for finding in findings:
        print(finding.line())
    return FULL if all(finding.ok for finding in findings if finding.needed) else MISSING
