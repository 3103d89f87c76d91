"""`python -m benchmarks.speed`: a class, graded by each tool in turn. Exit status 1 when a bound does not hold."""

from __future__ import annotations

import argparse
import json
import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from statistics import median

ROOT = Path(__file__).resolve().parents[2]
OTTER = ROOT / ".venv-bench" / "bin" / "otter"
THREADS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def main(argv: Sequence[str] | None = None) -> int:
    """Measure and print; returns the exit status."""
    options = _parser().parse_args(argv)
    sys.path.insert(0, str(ROOT))
    stock_environment = {name: os.environ.get(name) for name in THREADS}
    os.environ.update(dict.fromkeys(THREADS, "1"))  # for this process; other tools run as an instructor would run them
    import torch

    from autograder.course import Course

    for name, value in stock_environment.items():
        os.environ.pop(name)
        if value is not None:
            os.environ[name] = value
    from . import isolation, memory, report, tools
    from .sample import sample

    course = Course(ROOT)
    document: dict = {"machine": _machine(torch.__version__), "class_size": options.class_size, "assignments": {}}
    print(f"{document['machine']}\n", flush=True)
    holds, compared, through_nbgrader = [], {}, []
    chosen = [] if options.only == ["memory"] else options.assignments or [a.name for a in course.assignments]
    for assignment in map(course.__getitem__, chosen):
        members = sample(assignment, options.class_size)
        peers = members[: options.peers]
        found = document["assignments"][assignment.name] = {}
        print(f"{assignment.name}: a class of {len(members)}; the first {len(peers)} for the slow tools\n", flush=True)
        if not options.only or "tools" in options.only:
            rows = _tools(options, assignment, peers, members)
            print(report.text(report.tools_table(rows, len(members))) + "\n", flush=True)
            found["tools"] = [asdict(r) if not isinstance(r, tuple) else {"tool": r[0], "missing": r[1]} for r in rows]
            holds += [r.sound for r in rows if not isinstance(r, tuple)]
            compared[assignment.name] = rows[0], rows[-1]
            through_nbgrader += [(rows[0], row) for row in rows if not isinstance(row, tuple) and row.tool == tools.OUR_NBGRADER]
        if not options.only or "isolation" in options.only:
            cost = isolation.compare(assignment, members[: options.pairs])
            visible = isolation.visible_checks_cpu_s(assignment, peers)
            print(report.text(report.isolation_table(cost, visible)) + "\n", flush=True)
            found |= {"isolation": asdict(cost), "visible_checks_cpu_s": visible}
            holds += [cost.cpu_ratio <= report.CPU_MUST, cost.same_scores]
            holds.append(cost.private_bytes is None or cost.private_bytes <= report.PRIVATE_MUST_MB * report.MB)
    if compared:
        print(report.text(report.speed_table(compared)), flush=True)
        print(report.nbgrader_line(through_nbgrader) + "\n", flush=True)
        holds.append(report.times(through_nbgrader) >= report.NBGRADER_MUST)
        holds.append(report.times(compared.values()) >= report.MUST)
    if options.memory and (not options.only or "memory" in options.only):
        small = course[options.memory_assignment]
        marks = memory.watch(small, sample(small, 50), options.memory)
        print(report.text(report.memory_table(marks, small.name)), flush=True)
        document["memory"] = [asdict(mark) for mark in marks]
        holds.append(memory.is_flat(marks))
    if options.json:
        options.json.write_text(json.dumps(document, indent=1) + "\n")
    return 0 if all(holds) else 1


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.speed", description=__doc__)
    parser.add_argument("assignments", nargs="*", metavar="ASSIGNMENT", help="default: all")
    parser.add_argument("--class-size", type=int, default=200)
    parser.add_argument("--peers", type=int, default=5, help="submissions per slow tool")
    parser.add_argument("--bound-only", action="store_true", help="run only the tools that have a bound")
    parser.add_argument("--workers", type=int, default=2, help="our worker processes")
    parser.add_argument("--rounds", type=int, default=1, help="rounds in which every tool runs once; the median counts")
    parser.add_argument("--pairs", type=int, default=20, help="submissions to grade with and without isolation")
    parser.add_argument("--memory", type=int, default=0, metavar="N", help="also record the memory over N submissions")
    parser.add_argument("--memory-assignment", default="04_embedding")
    parser.add_argument("--only", nargs="+", choices=("tools", "isolation", "memory"))
    parser.add_argument("--otter", type=Path, default=OTTER, help="the otter program; default: as installed by `make bench`")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all numbers to this file")
    return parser


def _tools(options: argparse.Namespace, assignment, peers, members) -> list:
    """Run every tool once per round. The round with the median wall time counts."""
    from .tools import BOUND, TOOLS, Bench

    scratch = Path(tempfile.mkdtemp(prefix="bench-"))
    otter = str(options.otter) if options.otter.is_file() else None
    bench = Bench(assignment, scratch, peers, members, options.workers, otter)
    rounds: list[list] = []
    try:
        for number in range(options.rounds):
            rounds.append([])
            for tool in BOUND if options.bound_only else TOOLS:
                print(f"round {number + 1}: {tool.__name__}", file=sys.stderr, flush=True)
                found = tool(bench)
                rounds[-1].append((tool.__name__, found) if isinstance(found, str) else found)
    finally:
        shutil.rmtree(scratch, ignore_errors=True)
    return [_middle(column) for column in zip(*rounds, strict=True)]


def _middle(column: Sequence):
    if isinstance(column[0], tuple):
        return column[0]
    middle = median(row.per_submission.wall_s for row in column)
    return min(column, key=lambda row: abs(row.per_submission.wall_s - middle))


def _machine(torch_version: str) -> dict:
    info = Path("/proc/cpuinfo").read_text()
    model = next(
        (line.split(":", 1)[1].strip() for line in info.splitlines() if line.startswith("model name")), platform.machine()
    )
    load = round(os.getloadavg()[0], 1)
    return {
        "cpu": model,
        "cores": os.cpu_count(),
        "python": platform.python_version(),
        "torch": torch_version,
        "load_before": load,
    }


if __name__ == "__main__":
    sys.exit(main())
