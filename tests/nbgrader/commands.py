"""A course directory of its own for a test, and nbgrader's commands in it as an instructor types them."""

from __future__ import annotations

import csv
import os
import subprocess
import sys
from pathlib import Path

from autograder.course import Course

ROOT = Course().root
ENVIRONMENT = os.environ | {"PATH": os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])}


def run(course: Path, *command: str, check: bool = True) -> subprocess.CompletedProcess[str]:
    """One nbgrader command; its output is shown when it fails."""
    done = subprocess.run(
        [sys.executable, "-m", "nbgrader", *command], cwd=course, env=ENVIRONMENT, capture_output=True, text=True, check=False
    )
    assert not check or done.returncode == 0, done.stderr[-3000:]
    return done


def exported(course: Path, name: str = "grades.csv") -> list[dict[str, str]]:
    with (course / name).open(newline="") as file:
        return list(csv.DictReader(file))
