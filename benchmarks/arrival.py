"""Seconds from the arrival of a file to its result and feedback on disk, with a warm `autograder inbox`.

    python -m benchmarks.arrival --rounds 10

Each round moves the solution into another student's folder, as a finished upload does, and waits for the document. The first
arrivals warm up and do not count. Exit status 1 when the slowest of the others took more than a second; the machine must be
otherwise idle.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from autograder.course import Course

BOUND_S = 1.0
WARM_UP = 3


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("assignment", nargs="?", default="01_rnn_cell")
    parser.add_argument("--rounds", type=int, default=10)
    options = parser.parse_args(argv)
    assignment = Course()[options.assignment]
    with tempfile.TemporaryDirectory() as scratch:
        folder, results = Path(scratch) / "in", Path(scratch) / "out"
        folder.mkdir()
        command = [sys.executable, "-m", "autograder", "inbox", str(folder), "--results", str(results)]
        with subprocess.Popen(command, stdout=subprocess.DEVNULL) as inbox:
            took = [
                arrival(folder, results, f"s{n}", assignment.name, f"{assignment.stem}.py", assignment.solution_module)
                for n in range(WARM_UP + options.rounds)
            ]
            inbox.terminate()
    warm = took[WARM_UP:]
    print(f"{assignment.name}: {median(warm):.2f} s from file to result (median of {len(warm)}), at most {max(warm):.2f} s")
    return int(max(warm) > BOUND_S)


def arrival(folder: Path, results: Path, student: str, assignment: str, name: str, text: str) -> float:
    """Seconds until a submission has its document, which is written after its feedback."""
    place = folder / student / assignment
    place.mkdir(parents=True)
    (place / f"{name}.part").write_text(text, encoding="utf-8")
    document = results / assignment / f"{student}.json"
    start = time.perf_counter()
    (place / f"{name}.part").rename(place / name)
    while not document.exists():
        time.sleep(0.005)
    return time.perf_counter() - start


if __name__ == "__main__":
    sys.exit(main())
