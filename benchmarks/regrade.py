"""Grade a class, grade it again with the recorded seeds, and compare: nothing may change without a cause.

    python -m benchmarks.regrade --results 1000
    python -m benchmarks.regrade --results 1000 --assignment 01_rnn_cell --assignment 02_shapes --assignment 04_embedding

The class is the sample class of `examples/`, repeated until there are enough submissions, of all assignments or of those named
(these three take half the time of the six). Exit status 1 when there is any change at all: submissions, graders, torch and seeds
are the same.
"""

from __future__ import annotations

import argparse
import os
import shutil
import sys
import tempfile
from collections.abc import Sequence
from itertools import count
from pathlib import Path

from autograder.batch import journal
from autograder.batch.plan import Selection
from autograder.batch.pool import find_submissions
from autograder.batch.run import ClassOptions, plan_class, run_class
from autograder.course import Course
from autograder.reports.compare import compare, comparison_text
from autograder.sandbox import Sandbox

SAMPLE = Path(__file__).resolve().parents[1] / "examples" / "submitted"


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--results", type=int, default=1000, help="minimum number of results")
    parser.add_argument("--assignment", action="append", metavar="NAME", help="only this assignment; may be repeated")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1)
    options = parser.parse_args(argv)
    course = Course()
    with tempfile.TemporaryDirectory() as folder, Sandbox() as sandbox:
        submitted, results = Path(folder) / "submitted", Path(folder) / "results"
        names = [course[name].name for name in options.assignment or [a.name for a in course.assignments]]
        repeat(submitted, names, options.results)
        work = find_submissions(submitted, course)
        for selection in (None, Selection()):
            how = ClassOptions(results=results, regrade=selection, jobs=options.jobs)
            outcome = run_class(course, work, plan_class(course, work, how, confined=True), how, sandbox)
        assert outcome.archive is not None
        comparison = compare(journal.read_all(outcome.archive), journal.read_all(results), part=True)
    print(comparison_text(comparison), end="")
    return 1 if comparison.changes or comparison.compared < options.results else 0


def repeat(submitted: Path, assignments: Sequence[str], least: int) -> None:
    """Members of the sample class under new names, until there are `least` submissions of these assignments."""
    members = sorted(path for path in SAMPLE.iterdir() if path.is_dir())
    handed_in = 0
    for number in count():
        member = members[number % len(members)]
        for name in assignments:
            if (member / name).exists():
                shutil.copytree(member / name, submitted / f"{member.name}{number // len(members):03d}" / name)
                handed_in += 1
        if handed_in >= least:
            return


if __name__ == "__main__":
    sys.exit(main())
