"""Grade all submissions before nbgrader's converter runs, in one pool of processes, in a separate program."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from autograder.course import Course, CourseError
from autograder.results import Result

PROGRAM = "autograder.batch.on_request"
PACKAGE = Path(__file__).resolve().parents[2]
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}


@dataclass(frozen=True)
class Request:
    """What to grade. submissions: paths by student. seed: for the same inputs for all; None: a new one."""

    assignment: str
    submissions: Mapping[str, str]
    seed: int | None
    workers: int
    unconfined: bool = False


def grade_ahead(request: Request, course: Course, say: Callable[[str], object]) -> Iterator[Result]:
    """Yield the results as they arrive. Raises CourseError when grading itself fails."""
    command = [sys.executable, "-P", "-m", PROGRAM, str(course.root)]
    environment = os.environ | ONE_THREAD | {"PYTHONPATH": str(PACKAGE)}
    with (
        tempfile.TemporaryFile() as errors,
        subprocess.Popen(
            command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors, encoding="utf-8", env=environment
        ) as process,
    ):
        assert process.stdin is not None
        assert process.stdout is not None
        with process.stdin as stdin:
            json.dump(asdict(request), stdin)
        for line in process.stdout:
            yield Result.from_document(json.loads(line))
        process.wait()
        errors.seek(0)
        said = errors.read().decode(errors="replace").strip()
    if said and not process.returncode:
        say(said[-1000:])
    if process.returncode:
        raise CourseError(f"the grading ended with status {process.returncode}: {said[-1000:] or 'it was stopped'}")
