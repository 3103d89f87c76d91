"""A class of 40 with five hostile files, graded by two workers in a memory cgroup of 2 GB.

    python -m benchmarks.hostile_class

Needs root and a memory cgroup (version 1, or version 2 with the memory controller); without one it exits with status 2, because
it has checked nothing. Prints each verdict that is not full marks, the peak of memory, and how often the kernel ended a process.
Exit status 0: every honest submission has full marks, every hostile one its expected verdict, and the run was started only once.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from autograder.batch.journal import read_all
from autograder.course import Course

ROOT = Path(__file__).parents[1]
CORPUS = ROOT / "tests" / "submissions" / "redteam"
NAME = "01_rnn_cell"
HOSTILE = (
    "ballast_on_the_wire",
    "large_answers_one_after_another",
    "memory_in_calls",
    "memory_at_import",
    "memory_that_no_limit_counts",
)
ROOTS = (Path("/sys/fs/cgroup/memory"), Path("/sys/fs/cgroup"), Path("/sys/fs/cgroup/unified"))
FILES = {  # by version: the files with the limit, the peak, and the number of processes that the kernel killed
    1: ("memory.limit_in_bytes", "memory.max_usage_in_bytes", "memory.oom_control"),
    2: ("memory.max", "memory.peak", "memory.events"),
}


class NoCgroup(Exception):
    """No memory cgroup with a working limit can be made."""


def _version(folder: Path) -> int:
    return next((version for version, (limit, *_) in FILES.items() if (folder / limit).exists()), 0)


@contextmanager
def limited(limit_bytes: int) -> Iterator[tuple[Path, int]]:
    """Make a cgroup with this limit; yield it and its version. Raises NoCgroup."""
    reasons = []
    for root in ROOTS:
        folder = root / f"autograder-benchmark-{os.getpid()}"
        try:
            folder.mkdir()
        except OSError as error:
            reasons.append(f"{root}: {error.strerror}")
            continue
        try:
            version = _version(folder)
            if not version:
                reasons.append(f"{root}: no memory controller")
                continue
            (folder / FILES[version][0]).write_text(str(limit_bytes))
            yield folder, version
            return
        finally:
            _remove(folder)
    raise NoCgroup("; ".join(reasons))


def _remove(folder: Path) -> None:
    for _ in range(50):  # its last process may not have been reaped yet
        try:
            return folder.rmdir()
        except OSError:
            time.sleep(0.1)


def hand_in(submitted: Path, count: int) -> None:
    assignment = Course()[NAME]
    for number in range(count):
        hostile = HOSTILE[number // 8] if number % 8 == 3 and number // 8 < len(HOSTILE) else None
        place = submitted / f"{number:02}-{hostile or 'honest'}" / NAME
        place.mkdir(parents=True)
        if hostile is None:
            (place / f"{assignment.stem}.py").write_text(assignment.solution_module)
        else:
            shutil.copy(CORPUS / hostile / f"{assignment.stem}.py", place)


def grade(cgroup: Path, submitted: Path, results: Path, jobs: int) -> int:
    """Run the command as an instructor types it, with all its processes in the cgroup."""
    enter = f'echo $$ > {cgroup}/cgroup.procs && exec "$@"'
    command = [sys.executable, "-m", "autograder", "class", str(submitted), "--results", str(results), "--jobs", str(jobs)]
    return subprocess.run(["/bin/sh", "-c", enter, "sh", *command], cwd=ROOT, stdout=subprocess.DEVNULL, check=False).returncode


def _as_it_deserves(student: str, verdict: str, full_marks: bool) -> bool:
    kind = student.partition("-")[2]
    if kind == "honest":
        return full_marks
    return verdict in json.loads((CORPUS / kind / "expected.json").read_text())["verdict"].split("|")


def shown(results: Path, count: int) -> bool:
    """Print every result below full marks; return whether all results are the expected ones."""
    found = list(read_all(results))
    wrong = [r.student for r in found if not _as_it_deserves(r.student, r.verdict, r.score == r.max_score)]
    for result in found:
        if result.score != result.max_score:
            print(f"{result.student}: {result.verdict}, {result.score} of {result.max_score}. {result.message}")
    print(f"{len(found)} of {count} graded, {len(wrong)} with unexpected results: {', '.join(wrong)}")
    return len(found) == count and not wrong


def main(argv: list[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--submissions", type=int, default=40)
    parser.add_argument("--memory", type=int, default=2 << 30, help="memory limit in bytes for all processes together")
    parser.add_argument("--jobs", type=int, default=2)
    options = parser.parse_args(argv)
    with tempfile.TemporaryDirectory() as folder:
        submitted, results = Path(folder) / "submitted", Path(folder) / "results"
        hand_in(submitted, options.submissions)
        try:
            with limited(options.memory) as (cgroup, version):
                start = time.monotonic()
                status = grade(cgroup, submitted, results, options.jobs)
                _, peak, ended = FILES[version]
                good = shown(results, options.submissions)
                print(f"status {status}, {time.monotonic() - start:.0f} s, peak {int((cgroup / peak).read_text()) >> 20} MB")
                print(" ".join((cgroup / ended).read_text().split()))
        except NoCgroup as reason:
            print(f"nothing checked: no memory cgroup can be made here ({reason})", file=sys.stderr)
            return 2
    return 0 if good and status == 0 else 1


if __name__ == "__main__":
    sys.exit(main())
