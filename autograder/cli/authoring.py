"""Commands for writing the course and setting up the machine: new, build, verify, bundle, gradescope, doctor."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from .shared import FULL, MISSING, add_command, course_of, path_of

if TYPE_CHECKING:
    from autograder.course import Assignment

    from .shared import Commands


def add(commands: Commands) -> None:
    sub = add_command(commands, "new", _new, "Write a working skeleton of a new exercise: a solution and a grader file.")
    sub.add_argument("name", metavar="NAME", help="two digits and a word, such as 07_words")
    sub.add_argument("--stub", default="first_task", help="the name of its first task; default: first_task")

    sub = add_command(commands, "build", _build, "Make source/, release/ and assignments/ from solutions/.")
    sub.add_argument("names", nargs="*", metavar="NAME", help="assignments; default: all")

    sub = add_command(commands, "verify", _verify, "Check that the course follows its own rules.")
    sub.add_argument("names", nargs="*", metavar="NAME", help="assignments; default: all")

    sub = add_command(commands, "bundle", _bundle, "Make the zip for students, after checking it for secrets.")
    sub.add_argument("names", nargs="*", metavar="NAME", help="assignments; default: all but drafts")
    sub.add_argument("--output", type=path_of, metavar="ZIP", help="where to write it; default: rnn-course.zip")

    sub = add_command(commands, "gradescope", _gradescope, "Make the autograder zip for Gradescope, for one assignment.")
    sub.add_argument("name", metavar="NAME", help="the assignment")
    sub.add_argument("--output", type=path_of, metavar="ZIP", help="where to write it; default: gradescope-NAME.zip")
    sub.add_argument("--index", metavar="URL", help="an extra index for pip, for instance for a torch without CUDA")

    add_command(commands, "doctor", _doctor, "Show which protections this machine offers for submissions.")


def _chosen(options: argparse.Namespace) -> list[Assignment]:
    course = course_of(options)
    return [course[name] for name in options.names] if options.names else list(course.assignments)


def _new(options: argparse.Namespace) -> int:
    from autograder.course.new import new_exercise

    course = course_of(options)
    for path in new_exercise(course, options.name, options.stub):
        print(f"Wrote {path.relative_to(course.root)}")
    print(f"Next: autograder build {options.name}, then autograder verify {options.name}")
    return FULL


def _build(options: argparse.Namespace) -> int:
    from autograder.course.build import TREES, build

    chosen = _chosen(options)
    build(chosen)
    print(f"Built {', '.join(f'{tree}/' for tree in TREES)} for {', '.join(a.name for a in chosen)}.")
    return FULL


def _verify(options: argparse.Namespace) -> int:
    from autograder.verify.rules import verify

    return FULL if verify(_chosen(options), print) else MISSING


def _bundle(options: argparse.Namespace) -> int:
    from autograder.course.bundle import NAME, lay_out, pack
    from autograder.verify.leaks import leaks

    chosen = [assignment for assignment in _chosen(options) if options.names or not assignment.draft]
    target = options.output or Path(f"{NAME}.zip")
    with tempfile.TemporaryDirectory(prefix="bundle-") as scratch:
        lay_out(chosen, Path(scratch))
        if found := [leak for assignment in chosen for leak in leaks(assignment, Path(scratch))]:
            print("\n".join([f"{target} was not written:", *found]))
            return MISSING
        count = pack(Path(scratch), target)
    print(f"Wrote {target}: {count} files, {target.stat().st_size >> 10} KiB. No line of a solution or of a grader is in it.")
    return FULL


def _gradescope(options: argparse.Namespace) -> int:
    from autograder.course.gradescope import pack

    target = options.output or Path(f"gradescope-{options.name}.zip")
    count = pack(course_of(options)[options.name], target, options.index)
    print(f"Wrote {target}: {count} files, {target.stat().st_size >> 10} KiB. It holds the graders: keep it secret.")
    return FULL


def _doctor(options: argparse.Namespace) -> int:
    from autograder.sandbox import doctor

    findings = doctor.report()
    for finding in findings:
        print(finding.line())
    return FULL if all(finding.ok for finding in findings if finding.needed) else MISSING
