"""Grading ahead of nbgrader's converter: all submissions in one pool of processes, in a program of its own."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path

from autograder.course import Course, CourseError
from autograder.results import Result

PROGRAM = "autograder.batch.on_request"
PACKAGE = Path(__file__).resolve().parents[2]
ONE_THREAD = {name: "1" for name in ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")}


@dataclass(frozen=True)
class Request:
    """What to grade. submissions: path by student. All are asked the same, from `seed`; None: from a new one."""

    assignment: str
    submissions: Mapping[str, str]
    seed: int | None
    workers: int
    unconfined: bool = False


def grade_ahead(request: Request, course: Course) -> Iterator[Result]:
    """The results, in the order in which they come. Raises CourseError when the grading itself fails."""
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
    if process.returncode:
        raise CourseError(f"the grading ended with status {process.returncode}: {said[-1000:] or 'it was stopped'}")
