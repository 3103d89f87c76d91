"""Kill our own processes at random moments, continue with --resume, and compare with an undisturbed run.

    python -m benchmarks.kills --submissions 1000 --kills 20

The first half of the kills hits `autograder class` on this machine, the second half a run with two Dask workers on the same
results folder. Victims are drawn by kind: the command, a worker, a zygote, a child, a judge, a Dask worker. At the end every
document must equal the undisturbed run's except for its duration, no submission with a score may have been graded twice, and no
process or temporary file may be left. Exit status 1 when one of these does not hold.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

from . import crowd

VICTIMS = ("command", "worker", "zygote", "child", "judge", "dask worker")
ROUNDS = 6  # of --resume after the last kill, until nothing is left without a score


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--submissions", type=int, default=1000)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--random", type=int, default=1, help="seed for the moments and the victims")
    options = parser.parse_args(argv)
    crowd.adopt_orphans()
    with tempfile.TemporaryDirectory(prefix="kills-") as scratch:
        folder = Path(scratch)
        submitted, temporary = folder / "submitted", folder / "tmp"
        temporary.mkdir()
        os.environ["TMPDIR"] = str(temporary)
        crowd.hand_in(submitted, options.submissions)
        if crowd.grading(submitted, folder / "calm", "--jobs", "2").wait() != 0:
            print("the undisturbed run failed")
            return 1
        killed = disturb(folder, options.submissions, options.kills, random.Random(options.random))
        faults = [*differences(folder / "calm", folder / "disturbed"), *leftovers(folder)]
    print(f"{options.submissions} submissions, {sum(killed.values())} kills: {dict(killed)}")
    print(
        "\n".join(faults[:20]) or "The results are those of the undisturbed run, nothing was graded twice, and nothing is left."
    )
    return int(bool(faults))


def disturb(folder: Path, submissions: int, kills: int, rng: random.Random) -> Counter[str]:
    """Grade into `disturbed`, killing processes during the run."""
    submitted, results = folder / "submitted", folder / "disturbed"
    killed: Counter[str] = Counter()
    moments = [submissions * (number + rng.random()) / (kills + 1) for number in range(kills)]
    command: subprocess.Popen[bytes] | None = None
    with ExitStack() as stack:
        how: tuple[str, ...] = ("--jobs", "2")
        for number, moment in enumerate(moments):
            if number == kills // 2:
                if command is not None:
                    stop(command)
                    killed["command"] += 1
                    command = None
                how = ("--cluster", stack.enter_context(crowd.dask(folder / "dask", 2)))
            while len(list(results.glob("*/*.json"))) < moment:
                if command is None or command.poll() is not None:
                    if len(list(results.glob("*/*.json"))) >= submissions:
                        break
                    command = crowd.grading(submitted, results, "--resume", *how)
                time.sleep(0.02)
            time.sleep(rng.random() / 2)
            if (kind := kill_one(rng)) is not None:
                killed[kind] += 1
        if command is not None:
            command.wait()
        for _ in range(ROUNDS):
            if crowd.grading(submitted, results, "--resume", *how).wait() == 0:
                break
    return killed


def stop(command: subprocess.Popen[bytes]) -> None:
    command.kill()
    command.wait()


def kill_one(rng: random.Random) -> str | None:
    """Draw one of the kinds that exist, then a process of that kind, and kill it."""
    found = crowd.processes()
    kinds = sorted({kind for kind in found.values() if kind in VICTIMS})
    if not kinds:
        return None
    kind = rng.choice(kinds)
    try:
        os.kill(rng.choice([pid for pid, its in found.items() if its == kind]), signal.SIGKILL)
    except ProcessLookupError:
        return None
    return kind


def differences(calm: Path, disturbed: Path) -> list[str]:
    documents = {path.relative_to(calm): path for path in calm.glob("*/*.json")}
    others = {path.relative_to(disturbed) for path in disturbed.glob("*/*.json")}
    found = [f"{path}: only in one of the runs" for path in sorted(documents.keys() ^ others)]
    for path in sorted(documents.keys() & others):
        one, other = (json.loads(place.read_text()) for place in (documents[path], disturbed / path))
        changed = [key for key in one if key != "duration_s" and one[key] != other.get(key)]
        if changed:
            tests = [name for name, outcome in outcomes(one).items() if outcomes(other).get(name) != outcome]
            scores = f"{one['verdict']} {one['score']}, {other['verdict']} {other['score']}"
            found.append(f"{path}: {', '.join(changed)} differ: {scores}; {', '.join(tests)}")
    for path in sorted(disturbed.glob("archive/*/*/*.json")):
        if json.loads(path.read_text())["score"] is not None:
            found.append(f"{path.relative_to(disturbed)}: graded twice")
    return found


def outcomes(document: dict[str, Any]) -> dict[str, tuple[Any, ...]]:
    """Whatever may make two gradings differ, for each test."""
    return {
        f"{task['task']}/{test['name']}": (test["outcome"], test["points"], test["message"])
        for task in document["tasks"]
        for test in task["tests"]
    }


def leftovers(folder: Path) -> list[str]:
    left = [f"process {pid} is left: {kind}" for pid, kind in crowd.gone_within(60).items()]
    files = [*(folder / "tmp").rglob("*"), *(folder / "disturbed").rglob("*.new")]
    return left + [f"{path.relative_to(folder)} is left" for path in files]


if __name__ == "__main__":
    sys.exit(main())
