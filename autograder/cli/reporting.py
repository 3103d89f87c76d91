"""The commands that read results: reports in several formats, and the comparison of two gradings."""

from __future__ import annotations

import argparse
import gc
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from .shared import FORMAT_NAMES, FULL, MISSING, UsageError, add_command, course_of, path_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from autograder.reports.similarity import Group
    from autograder.results import Result

    from .shared import Commands


def add(commands: Commands) -> None:
    sub = add_command(commands, "report", _report, "Show the results in a folder, or one of them, in some format.")
    sub.add_argument("results", type=path_of, help="the folder that `autograder class --results` wrote, or one of its documents")
    sub.add_argument("--format", choices=FORMAT_NAMES, required=True)
    sub.add_argument("--output", type=path_of, metavar="FILE", help="default: standard output")
    sub.add_argument("--student", metavar="NAME", help="only the results of this student")
    sub.add_argument("--assignment", metavar="NAME", help="only the results of this assignment")
    sub.add_argument("--anonymous", action="store_true", help="use pseudonyms instead of names")
    sub.add_argument("--submissions", type=path_of, metavar="FOLDER", help="html: add a section on similar submissions")
    sub.add_argument(
        "--export-sources", type=path_of, metavar="FOLDER", help="write the submissions there in a layout for Dolos and JPlag"
    )

    sub = add_command(commands, "compare", _compare, "Show what changed between two gradings, per student and test, and why.")
    sub.add_argument("old", type=path_of, help="a folder with results, for instance an archive of the new one")
    sub.add_argument("new", type=path_of)
    sub.add_argument("--format", choices=("text", "json"), default="text")


def _report(options: argparse.Namespace) -> int:
    gc.disable()  # everything that is read is kept until it is written, and the collector takes a sixth of the time
    try:
        return _write_report(options)
    finally:
        gc.enable()


def _write_report(options: argparse.Namespace) -> int:
    from autograder.reports.anonymity import anonymous
    from autograder.reports.formats import OneResultError, report

    if (options.submissions or options.export_sources) and options.format != "html":
        raise UsageError("--submissions and --export-sources need --format html.")
    if options.export_sources and not options.submissions:
        raise UsageError("--export-sources needs --submissions, the folder of submissions.")
    results, status = _read(options.results)
    results = [
        result
        for result in results
        if options.student in (None, result.student) and options.assignment in (None, result.assignment)
    ]
    if not results:
        raise UsageError(f"{options.results} holds no such result.")
    similar = _similar(options, results) if options.submissions else None
    if options.anonymous:
        results = list(anonymous(results))
    try:
        if similar is None:
            text = report(results, options.format)
        else:
            from autograder.reports.class_report import class_report

            text = class_report(results, similar)
    except OneResultError as error:
        raise UsageError(f"{error} Choose it with --student and --assignment.") from error
    if options.output is None:
        sys.stdout.write(text)
    else:
        _write(options.output, text)
    return status


def _write(path: Path, text: str) -> None:
    """Keep the old report until the new one is whole. A device or a pipe has no old one."""
    from autograder.batch.durable import write_whole

    if path.exists() and not path.is_file():
        path.write_text(text, encoding="utf-8")
    else:
        write_whole(path.resolve(), text)


def _read(path: Path) -> tuple[list[Result], int]:
    """The results, and MISSING when a document was skipped, which is reported."""
    from autograder.batch import journal
    from autograder.sanitize import one_line

    if path.is_file():
        result = journal.read(path)
        if result is None:
            raise UsageError(f"{path} is not a result document.")
        return [result], FULL
    if not path.is_dir():
        raise UsageError(f"{path} does not exist. Give the folder that `autograder class --results` wrote.")
    results, passed_over = journal.read_folder(path)
    for line in passed_over:
        print(f"autograder: skipped: {one_line(line)}", file=sys.stderr)
    if not results:
        raise UsageError(f"{path} has no results. Its layout must be FOLDER/<assignment>/<student>.json.")
    return results, MISSING if passed_over else FULL


def _similar(options: argparse.Namespace, results: Sequence[Result]) -> list[Group]:
    from autograder.batch.sources import export, known_texts, texts_in
    from autograder.reports.anonymity import anonymous_code, pseudonyms_of
    from autograder.reports.similarity import similar_groups

    course = course_of(options)
    graded = {(result.assignment, result.student) for result in results}
    shown = pseudonyms_of(results) if options.anonymous else {student: student for _, student in graded}
    groups = []
    for assignment in (course[name] for name in sorted({name for name, _ in graded})):
        texts = dict(texts_in(options.submissions, course, assignment))
        if options.anonymous:
            texts = {student: anonymous_code(text, student) for student, text in texts.items()}
        if options.export_sources:
            known = {shown.get(student): text for student, text in texts.items()} if options.anonymous else texts
            export(options.export_sources / assignment.name, assignment, {name: text for name, text in known.items() if name})
        named = {shown[student]: text for student, text in texts.items() if (assignment.name, student) in graded}
        groups += similar_groups(assignment.name, named, known_texts(assignment))
    return groups


def _compare(options: argparse.Namespace) -> int:
    from autograder.batch.journal import ARCHIVE
    from autograder.reports.compare import compare, comparison_json, comparison_text

    archive = options.old.resolve().parent
    part = archive.name == ARCHIVE and archive.parent == options.new.resolve()
    (old, old_status), (new, new_status) = _read(options.old), _read(options.new)
    comparison = compare(old, new, part=part)
    sys.stdout.write(comparison_json(comparison) + "\n" if options.format == "json" else comparison_text(comparison))
    return MISSING if comparison.unexplained else max(old_status, new_status)
