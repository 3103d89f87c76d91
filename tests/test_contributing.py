"""A new exercise by the recipe: the commands in the text of CONTRIBUTING.md, run in a copy of the repository."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
LEFT_OUT = (".git", ".venv*", "__pycache__", ".*_cache", ".hypothesis", "demo")
UNTOUCHED_STUBS = "autograder grade assignments/"


def commands() -> list[str]:
    """The lines to type, in the section that adds an exercise."""
    section = (ROOT / "CONTRIBUTING.md").read_text().split("## Add an exercise")[1].split("\n## ")[0]
    return re.findall(r"^    ((?:autograder|python) .*)$", section, re.MULTILINE)


class Copy:
    """A copy of the repository in which commands can be typed."""

    def __init__(self, place: Path) -> None:
        self.root, programs = place / "course", place / "bin"
        shutil.copytree(ROOT, self.root, ignore=shutil.ignore_patterns(*LEFT_OUT))
        programs.mkdir()
        for name, command in (("python", sys.executable), ("autograder", f"{sys.executable} -m autograder")):
            (programs / name).write_text(f'#!/bin/sh\nexec {command} "$@"\n')
            (programs / name).chmod(0o755)
        path = os.pathsep.join([str(programs), os.environ["PATH"]])
        self.environment = os.environ | {"PATH": path, "PYTHONPATH": str(self.root), "PYTHONDONTWRITEBYTECODE": "1"}

    def type(self, command: str) -> tuple[int, str]:
        """Exit status and output."""
        done = subprocess.run(
            ["sh", "-c", command], cwd=self.root, env=self.environment, capture_output=True, text=True, check=False
        )
        return done.returncode, done.stdout + done.stderr


@pytest.fixture(scope="module")
def copy(tmp_path_factory: pytest.TempPathFactory) -> Copy:
    return Copy(tmp_path_factory.mktemp("recipe"))


@pytest.fixture(scope="module")
def said(copy: Copy) -> dict[str, str]:
    """What each command of the recipe prints, typed in order."""
    outputs = {}
    for command in commands():
        status, outputs[command] = copy.type(command)
        assert status == (1 if command.startswith(UNTOUCHED_STUBS) else 0), f"{command}\n{outputs[command][-3000:]}"
    return outputs


def output_of(said: dict[str, str], start: str) -> str:
    return next(text for command, text in said.items() if command.startswith(start))


def test_the_skeleton_is_two_files(said: dict[str, str]) -> None:
    assert len(re.findall("^Wrote ", output_of(said, "autograder new"), re.MULTILINE)) == 2


def test_the_draft_keeps_the_rules_and_says_what_it_lacks(said: dict[str, str]) -> None:
    text = output_of(said, "autograder verify")
    assert "BROKEN" not in text
    assert re.search(r"\[draft\] 07_\w+: 4 of 20 points, 0 of 12 right submissions, 0 of 20 wrong submissions, ", text)


def test_the_solution_gets_full_marks_and_the_stubs_nothing(said: dict[str, str]) -> None:
    assert "4 of 4 points" in output_of(said, "autograder grade solutions/")
    assert "0 of 4 points\nNothing is written yet." in output_of(said, UNTOUCHED_STUBS)


def test_the_tests_of_the_course_find_the_exercise(said: dict[str, str]) -> None:
    text = output_of(said, "python -m pytest")
    assert re.search(r"test_is_recognised\[07_\w+/\w+/bias-left-out\]", text)
    assert not re.search(r"\d errors?", text)


def test_a_wrong_file_loses_points_and_is_told_why(said: dict[str, str], copy: Copy) -> None:
    solution = next(copy.root.glob("solutions/07_*/*.py"))
    wrong = copy.root / "wrong" / solution.name
    wrong.parent.mkdir()
    wrong.write_text(solution.read_text().replace(" + bias ", " "))
    status, text = copy.type(f"autograder grade {wrong} --assignment {solution.parent.name}")
    assert status == 1
    assert "0 of 4 points" in text
    assert "The equation has two terms" in text
