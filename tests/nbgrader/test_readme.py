"""The README's commands for instructors, from its own text, in a fresh clone: down to feedback and export."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

from tests.nbgrader.commands import ENVIRONMENT, ROOT, exported

STUDENTS = {"ada": 20.0, "noor": 16.0}


def fresh_clone(place: Path) -> Path:
    """What git tracks or would, as it stands in the work tree, with the environment that `make` would make."""
    listing = ["git", "ls-files", "-zco", "--exclude-standard"]
    tracked = subprocess.run(listing, cwd=ROOT, capture_output=True, text=True, check=True).stdout
    for name in filter(None, tracked.split("\0")):
        if (ROOT / name).is_file() and not name.startswith("tests/"):
            (place / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, place / name)
    (place / ".venv").symlink_to(ROOT / ".venv")
    git(place, "init", "-q")
    git(place, "add", "-A")
    return place


def git(place: Path, *words: str) -> str:
    return subprocess.run(["git", *words], cwd=place, capture_output=True, text=True, check=True).stdout


def seen_by_git(place: Path) -> str:
    """What the commands have left that could be committed by accident, such as students' names and scores."""
    return git(place, "ls-files", "--others", "--modified", "--exclude-standard")


def block(section: str, number: int = 0) -> str:
    """What a section of the README shows as commands."""
    text = (ROOT / "README.md").read_text().split(f"## {section}")[1].split("\n## ")[0]
    found: list[str] = re.findall(r"```bash\n(.*?)```", text, re.DOTALL)
    return found[number]


def test_the_block_for_instructors_works_as_it_stands(tmp_path: Path) -> None:
    clone = fresh_clone(tmp_path)
    released = (clone / "release/01_rnn_cell/rnn_cell.ipynb").read_bytes()
    for student in STUDENTS:
        shutil.copytree(clone / "examples/submitted" / student / "01_rnn_cell", clone / "submitted" / student / "01_rnn_cell")
    done = subprocess.run(
        ["bash", "-ec", block("For instructors")], cwd=clone, env=ENVIRONMENT | {"PYTHONPATH": str(clone)}, capture_output=True,
        text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert {row["student_id"]: float(row["score"]) for row in exported(clone)} == STUDENTS
    assert {page.parts[-3] for page in clone.glob("feedback/*/01_rnn_cell/rnn_cell.html")} == set(STUDENTS)
    assert (clone / "release/01_rnn_cell/rnn_cell.ipynb").read_bytes() == released
    assert seen_by_git(clone) == ""


def test_a_configuration_that_cannot_be_loaded_ends_the_command(tmp_path: Path) -> None:
    """nbgrader would go on with its stock Execute, and run the students' code unconfined."""
    shutil.copy(ROOT / "nbgrader_config.py", tmp_path)
    (tmp_path / "autograder").mkdir()
    (tmp_path / "autograder/__init__.py").write_text("raise RuntimeError('no such environment')")
    command = [sys.executable, "-m", "nbgrader", "autograde", "01_rnn_cell"]
    environment = ENVIRONMENT | {"PYTHONPATH": str(tmp_path)}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 1
    assert "no such environment. Is the course's environment active?" in done.stderr


def test_the_block_without_nbgrader_and_the_one_for_ci_work_as_they_stand(tmp_path: Path) -> None:
    clone = fresh_clone(tmp_path)
    for assignment in ("01_rnn_cell", "05_lstm"):
        shutil.copytree(clone / "examples/submitted/ada" / assignment, clone / "submitted/ada" / assignment)
    install, *ci = block("For CI").splitlines()
    assert install.startswith("make .venv/.installed && source .venv/bin/activate")
    commands = "\n".join(["source .venv/bin/activate", block("For instructors", 1), *ci])
    done = subprocess.run(
        ["bash", "-ec", commands], cwd=clone, env=ENVIRONMENT | {"PYTHONPATH": str(clone)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-3000:]
    assert "<html" in (clone / "class.html").read_text()
    assert '"score": 20.0' in done.stdout
    assert seen_by_git(clone) == ""
