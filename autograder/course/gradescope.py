"""The autograder zip for Gradescope: its two scripts, the libraries' versions, and everything that grades one assignment.

Gradescope unpacks it to /autograder/source. Nothing is in it that grading this assignment does not need: no other assignment,
nothing of nbgrader's, of the class report or of what students get.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from .archive import write_zip
from .assignment import Assignment, CourseError

SCRIPTS = Path(__file__).parent / "gradescope_files"
PACKAGE = Path(__file__).resolve().parents[1]
# What grading and submissions may import; pip finds the dependencies, in the versions of constraints.txt.
LIBRARIES = ("torch", "numpy", "pytest", "jupytext", "ipython", "jinja2", "pyseccomp", "matplotlib", "pandas", "tqdm")
PACKAGES = ("batch", "child", "cli", "course", "intake", "judge", "kit", "protocol", "reports", "sandbox")
LEFT_OUT = ("course/gradescope_files/", "course/skeleton/", "reports/class_report/", "reports/templates/", "__pycache__/")


def pack(assignment: Assignment, target: Path, index: str | None = None) -> int:
    """Write the zip and return the number of files. index: an extra index for pip, for instance for a smaller torch.

    The same course gives the same bytes. Raises CourseError when the course's files are not all there.
    """
    return write_zip(target, dict(_files(assignment, index)))


def _files(assignment: Assignment, index: str | None) -> Iterator[tuple[str, bytes]]:
    """(name, bytes) of each file in the zip."""
    pins = assignment.root / "constraints.txt"
    needed = [pins, assignment.solution, assignment.notebook_in("release"), assignment.graders]
    for path in needed:
        if not path.exists():
            raise CourseError(f"{path.relative_to(assignment.root)} is missing. Run: autograder build {assignment.name}")
    for script in sorted(SCRIPTS.iterdir()):
        yield script.name, script.read_text(encoding="utf-8").replace("{assignment}", assignment.name).encode()
    yield "requirements.txt", requirements(pins.read_text(encoding="utf-8"), index).encode()
    yield "constraints.txt", pins.read_bytes()
    for path in (assignment.solution, assignment.notebook_in("release")):
        yield f"course/{path.relative_to(assignment.root).as_posix()}", path.read_bytes()
    for path in _of_the_package(assignment):
        yield f"course/autograder/{path.relative_to(PACKAGE).as_posix()}", path.read_bytes()


def _of_the_package(assignment: Assignment) -> Iterator[Path]:
    yield from PACKAGE.glob("*.py")
    yield PACKAGE / "graders" / "__init__.py"
    for folder in (assignment.graders, *(PACKAGE / package for package in PACKAGES)):
        for path in folder.rglob("*"):
            name = path.relative_to(PACKAGE).as_posix() if path.is_relative_to(PACKAGE) else path.name
            if path.is_file() and not any(part in name for part in LEFT_OUT):
                yield path


def requirements(pins: str, index: str | None = None) -> str:
    """The lines of requirements.txt, in the versions of `pins`, the text of constraints.txt."""
    versions = {name.lower(): line for line in pins.splitlines() if (name := re.split(r"[=<>~! ]", line, maxsplit=1)[0])}
    missing = [name for name in LIBRARIES if name not in versions]
    if missing:
        raise CourseError(f"constraints.txt has no version of {', '.join(missing)}.")
    lines = [f"--extra-index-url {index}"] if index else []
    return "".join(f"{line}\n" for line in [*lines, *(versions[name] for name in LIBRARIES)])
