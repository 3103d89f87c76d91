"""Correct submissions on an overloaded machine, graded by a judge that is stopped now and then.

    python -m benchmarks.starved                  # 200 submissions at a load of 20, three stops of 60 s
    python -m benchmarks.starved --submissions 20 --stops 1 --stop-seconds 5

Prints how many of them lost points; exit status 0 when none did.
"""

from __future__ import annotations

import argparse
import csv
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autograder.batch.journal import read_all
from autograder.course import Course

NAME = "05_lstm"  # it trains longest
SPIN = "while True: pass"


@contextmanager
def load(processes: int) -> Iterator[None]:
    """Keep this many processes computing while the block runs, each in a session: Linux may share out the time by session."""
    busy = [subprocess.Popen([sys.executable, "-c", SPIN], start_new_session=True) for _ in range(processes)]
    try:
        yield
    finally:
        for process in busy:
            process.kill()
            process.wait()


def hand_in(folder: Path, count: int) -> None:
    assignment = Course()[NAME]
    for number in range(count):
        place = folder / f"s{number:03}" / NAME
        place.mkdir(parents=True)
        (place / f"{assignment.stem}.py").write_text(assignment.solution_module)


def grade(submitted: Path, results: Path, stops: int, stop_s: float, jobs: int) -> None:
    """Grade a class while its process group is stopped `stops` times; the zygote and its children continue."""
    command = [sys.executable, "-m", "autograder", "class", str(submitted), "--results", str(results), "--jobs", str(jobs)]
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, start_new_session=True) as run:
        for _ in range(stops):
            while run.poll() is None and not any(results.glob("*/*.json")):
                time.sleep(0.2)
            time.sleep(3)
            if run.poll() is None:
                os.killpg(run.pid, signal.SIGSTOP)
                time.sleep(stop_s)
                os.killpg(run.pid, signal.SIGCONT)


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--submissions", type=int, default=200)
    parser.add_argument("--load", type=int, default=20)
    parser.add_argument("--stops", type=int, default=3)
    parser.add_argument("--stop-seconds", type=float, default=60.0)
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder, load(options.load):
        submitted, results = Path(folder) / "submitted", Path(folder) / "results"
        hand_in(submitted, options.submissions)
        grade(submitted, results, options.stops, options.stop_seconds, options.jobs)
        found = list(read_all(results))
        short = [result for result in found if result.score != result.max_score]
    writer = csv.writer(sys.stdout)
    writer.writerows((result.student, result.verdict, result.score, result.message) for result in short)
    print(f"{len(found)} of {options.submissions} graded, {len(short)} without full marks")
    return 0 if len(found) == options.submissions and not short else 1


if __name__ == "__main__":
    sys.exit(main())
