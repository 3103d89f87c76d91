"""A class of any size, the commands that grade it, and the processes that belong to them. Shared by `scale` and `kills`."""

from __future__ import annotations

import ctypes
import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import cycle, islice
from pathlib import Path

CORPUS = Path(__file__).resolve().parents[1] / "tests" / "submissions"
NAME, FILE = "04_embedding", "embedding.py"  # the lightest assignment
PR_SET_CHILD_SUBREAPER = 36
BIN = Path(sys.executable).parent


def hand_in(folder: Path, count: int) -> None:
    """Hand in for `count` students: correct and wrong corpus submissions in turn, without those that do not terminate."""
    graded = [
        case / FILE
        for case in sorted((CORPUS / NAME).iterdir())
        if (case / FILE).exists() and json.loads((case / "expected.json").read_text())["verdict"] == "graded"
    ]
    for number, source in enumerate(islice(cycle(graded), count)):
        place = folder / f"s{number:06d}" / NAME
        place.mkdir(parents=True)
        (place / FILE).write_bytes(source.read_bytes())


def adopt_orphans() -> None:
    """Make orphans of our processes children of this one, so that they are found."""
    ctypes.CDLL(None).prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)


@contextmanager
def dask(folder: Path, workers: int) -> Iterator[str]:
    """Start a scheduler and its workers on this machine; yield the scheduler's address."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    address = f"tcp://127.0.0.1:{port}"
    folder.mkdir(parents=True, exist_ok=True)
    quiet = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL, "env": os.environ | {"TMPDIR": str(folder)}}
    commands = [
        ["scheduler", "--host", "127.0.0.1", "--port", str(port), "--no-dashboard"],
        ["worker", address, "--nworkers", str(workers), "--nthreads", "1", "--memory-limit", "0", "--no-dashboard"],
    ]
    commands[1] += ["--local-directory", str(folder)]
    running = [subprocess.Popen([str(BIN / "dask"), *command], **quiet) for command in commands]  # type: ignore[call-overload]
    try:
        yield address
    finally:
        for process in reversed(running):
            process.terminate()
            process.wait(60)


def grading(submitted: Path, results: Path, *more: str) -> subprocess.Popen[bytes]:
    """Start `autograder class`."""
    command = [str(BIN / "autograder"), "class", str(submitted), "--results", str(results), "--seed", "5", *more]
    return subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)


def processes() -> dict[int, str]:
    """Every descendant of this process by kind: command, worker, zygote, child, judge, dask, dask worker, other."""
    parents, lines = {}, {}
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            stat = Path(f"/proc/{entry}/stat").read_text().rpartition(")")[2].split()
            line = Path(f"/proc/{entry}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")
        except OSError:
            continue
        if stat[0] != "Z":
            parents[int(entry)], lines[int(entry)] = int(stat[1]), line
    return {pid: _kind(pid, parents, lines) for pid in parents if os.getpid() in _ancestors(pid, parents)}


def _ancestors(pid: int, parents: dict[int, int]) -> Iterator[int]:
    while pid in parents:
        pid = parents[pid]
        yield pid


def _kind(pid: int, parents: dict[int, int], lines: dict[int, str]) -> str:
    line, above = lines[pid], lines.get(parents[pid], "")
    if "exposed.child.zygote" in line:
        if line.startswith(("bwrap", "/usr/bin/bwrap")):
            return "zygote" if "bwrap" not in above.split(" ")[0] else "other"
        return "child" if "exposed.child.zygote" in above and not above.startswith(("bwrap", "/usr/bin/bwrap")) else "zygote"
    if "judge_process" in line:
        return "judge"
    if "multiprocessing" in line and "spawn_main" in line and "dask" in above:
        return "dask worker"
    if "/dask " in line:
        return "dask"
    if "/autograder class" in line:
        return "worker" if "/autograder class" in above else "command"
    return "other"


def anonymous_mb(pid: int) -> float:
    """Anonymous memory of a process; 0 when it has just ended."""
    try:
        for line in Path(f"/proc/{pid}/status").read_text().splitlines():
            if line.startswith("RssAnon"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0


def gone_within(seconds: float) -> dict[int, str]:
    """The processes that are still running after this time; empty when all ended earlier."""
    deadline = time.monotonic() + seconds
    while (left := processes()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return left
