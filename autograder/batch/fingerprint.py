"""What a result depends on besides the submission and its seed: the content of the graders and the version of torch."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path

from autograder.course import Assignment

PACKAGE = Path(__file__).resolve().parents[1]
PACKAGES = ("child", "course", "intake", "judge", "kit", "protocol", "sandbox")
FILES = ("batch/grading.py", "results.py", "sanitize.py")


def torch_version() -> str:
    """The version of the installed torch, read without importing it."""
    return version("torch")


def graders_sha256(assignment: Assignment) -> str:
    """A hash of every file that decides how `assignment` is graded: its graders, its solution, and the judge's own code.

    Reads about a hundred files, so call it once per session. It is not cached, since files may be edited in the meantime.
    """
    digest = hashlib.sha256()
    for name, path in sorted(_files(assignment)):
        data = path.read_bytes()
        digest.update(f"{name}:{len(data)}:".encode() + data)
    return digest.hexdigest()


def _files(assignment: Assignment) -> Iterator[tuple[str, Path]]:
    """(name, path). The names do not depend on where the course and the package are."""
    yield "solution", assignment.solution
    for path in assignment.graders.rglob("*.py"):
        yield f"graders/{path.relative_to(assignment.graders).as_posix()}", path
    for package in PACKAGES:
        for path in (PACKAGE / package).rglob("*.py"):
            yield path.relative_to(PACKAGE).as_posix(), path
    for name in FILES:
        yield name, PACKAGE / name
