"""A large class: submissions per second, memory over time, one worker against two, this machine against Dask on it.

    python -m benchmarks.scale --submissions 1000
    python -m benchmarks.scale --submissions 10000 --only two

The rate is taken from the times at which documents were written, from the first tenth on, so that starting up does not count.
Exit status 1 when Dask with two workers is more than 10 % slower than the pool with two. It measures wall
times, so nothing else may run.
"""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from . import crowd

RUNS = {"one": "pool, 1 worker", "two": "pool, 2 workers", "dask": "Dask, 2 workers"}
BOUND = 1.1
SHOWN = (0.1, 0.25, 0.5, 0.75, 1.0)  # shares of the class after which memory is printed


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--submissions", type=int, default=1000)
    parser.add_argument("--only", choices=RUNS, action="append", help="one of the runs; may be repeated")
    options = parser.parse_args(argv)
    crowd.adopt_orphans()
    rates = {}
    with tempfile.TemporaryDirectory(prefix="scale-") as scratch:
        folder = Path(scratch)
        crowd.hand_in(folder / "submitted", options.submissions)
        for run in options.only or RUNS:
            rates[run] = measured(run, folder, options.submissions)
    if {"one", "two"} <= rates.keys():
        print(f"two workers: {rates['two'] / rates['one']:.2f} times as fast as one")
    if {"two", "dask"} <= rates.keys():
        print(f"Dask takes {rates['two'] / rates['dask']:.3f} times as long as the pool")
        return int(rates["two"] / rates["dask"] > BOUND)
    return 0


def measured(run: str, folder: Path, submissions: int) -> float:
    """Return submissions per second; print the duration, and the memory during the run."""
    results, memory = folder / run, []
    start = time.monotonic()
    with ExitStack() as stack:
        how = ["--jobs", "1" if run == "one" else "2"]
        if run == "dask":
            how = ["--cluster", stack.enter_context(crowd.dask(folder / "dask-local", 2))]
        command = crowd.grading(folder / "submitted", results, *how)
        marks = [max(1, round(submissions * share)) for share in SHOWN]
        while command.poll() is None:
            done = len(list(results.glob("*/*.json")))
            if marks and done >= marks[0]:
                memory.append((done, by_kind()))
                marks = [mark for mark in marks if mark > done]
            time.sleep(min(2.0, submissions / 2000))
        if command.returncode != 0:
            raise SystemExit(f"{RUNS[run]}: exit status {command.returncode}")
    wall = time.monotonic() - start
    written = sorted(path.stat().st_mtime for path in results.glob("*/*.json"))
    assert len(written) == submissions
    first = submissions // 10
    rate = (submissions - 1 - first) / (written[-1] - written[first])
    print(f"{RUNS[run]}: {rate:.2f} submissions per second, {wall:.0f} s with start-up")
    for done, kinds in memory:
        print(f"  {done:6} done: " + ", ".join(f"{kind} {sizes}" for kind, sizes in kinds.items()), flush=True)
    return rate


def by_kind() -> dict[str, str]:
    """Anonymous memory in MB of each process of ours, by kind; short-lived processes are left out."""
    found = defaultdict(list)
    for pid, kind in sorted(crowd.processes().items()):
        if kind not in ("child", "other", "dask"):
            found[kind].append(crowd.anonymous_mb(pid))
    return {kind: " + ".join(f"{size:.0f}" for size in sizes) + " MB" for kind, sizes in sorted(found.items())}


if __name__ == "__main__":
    sys.exit(main())
