"""The command; see the package's docstring."""

from __future__ import annotations

import argparse
import multiprocessing
import sys
from collections.abc import Sequence
from pathlib import Path

from autograder.course import Course

from . import __doc__ as description
from .judged import OTHER_FORMS, Tried, hidden_tests
from .search import Progress, judge_seed, screen_chunk, to_judge, to_screen

HEADER = "| test | seeds | screen: 1 % | 10 % | all | judged | worst | seed | form | lost |\n" + (
    "| --- | --: | --: | --: | --: | --: | --: | --: | --- | --: |"
)


def row(progress: Progress, test: str, seeds: range) -> str:
    """A line of the table: the largest share as the number of seeds grows, and the judge's results for the worst seeds."""
    screened = progress.worst(test, seeds)
    judged = [one for one in progress.judged.values() if one.test == test and one.seed in seeds]
    found, lost = max(judged, key=Tried.badness), sum(one.failed for one in judged)
    parts = [seeds[: len(seeds) // fraction] for fraction in (100, 10, 1)]
    grown = [max((share for share, seed in screened if seed in part), default=None) for part in parts]
    shares = " | ".join("-" if share is None else f"{share:.3f}" for share in grown)
    seeds_and_shares = f"{progress.draws(test, seeds):,} | {shares} | {len(judged):,} | {found.share:.3f}"
    return f"| `{test}` | {seeds_and_shares} | {found.seed} | {found.form} | {lost} |"


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks.bad_seeds", description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("tests", nargs="*", help="prefixes of test names, such as 01_rnn_cell/run_cell; default: all")
    parser.add_argument("--draws", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0, help="the first of the consecutive seeds")
    parser.add_argument("--judged", type=int, default=200, help="seeds per test that go to the judge")
    parser.add_argument("--progress", type=Path, help="a file for the findings so far, to continue a stopped search")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args(argv)
    every = [test for name in OTHER_FORMS for test in hidden_tests(Course()[name])]
    tests = [test for test in every if test.startswith(tuple(options.tests or [""]))]
    seeds = range(options.first, options.first + options.draws)
    progress = Progress.of(options.progress)
    with multiprocessing.get_context("fork").Pool(options.processes) as pool:
        for screened in pool.imap_unordered(screen_chunk, to_screen(progress, tests, seeds)):
            progress.add(screened)
        for judged in pool.imap_unordered(judge_seed, to_judge(progress, tests, seeds, options.judged), chunksize=10):
            progress.add(judged)
    print(HEADER, *(row(progress, test, seeds) for test in tests), sep="\n")
    return 1 if any(one.failed for one in progress.judged.values() if one.test in tests) else 0


if __name__ == "__main__":
    sys.exit(main())
