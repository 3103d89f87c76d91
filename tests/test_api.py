"""The Python API: the examples on its page run, and importing it is cheap."""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

import autograder
from autograder.course import Course

COURSE = Course()
PAGE = (COURSE.root / "docs/api.md").read_text()


def test_the_page_runs_as_it_stands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]) -> None:
    for student in ("ada", "bob"):
        folder = tmp_path / "submitted" / student / "04_embedding"
        folder.mkdir(parents=True)
        shutil.copy(COURSE["04_embedding"].solution if student == "ada" else COURSE["04_embedding"].module, folder)
    monkeypatch.chdir(tmp_path)
    names: dict[str, object] = {}
    for block in re.findall(r"```python\n(.*?)```", PAGE, re.DOTALL):
        exec(compile(block, "docs/api.md", "exec"), names)
    printed = capfd.readouterr().out.splitlines()
    assert printed == ["graded 20.0 of 20.0", "{'ada': 20.0, 'bob': 0}", "ada 20.0", "bob 0"]
    assert (tmp_path / "scores.csv").read_text().startswith("student,assignment,verdict")
    assert "What to re-teach on Monday" in (tmp_path / "class.html").read_text()
    assert (tmp_path / "results/run.json").exists()


def test_every_name_is_on_the_page_or_is_a_type() -> None:
    assert all(getattr(autograder, name) is not None for name in autograder.__all__)
    assert {name for name in autograder.__all__ if name not in PAGE} == set()


def test_importing_it_is_cheap() -> None:
    code = "import sys, autograder; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout.split()
    assert not {"torch", "numpy", "jupytext", "matplotlib", "autograder.api"} & set(loaded)


WRONG = {
    "a task that is not there": lambda: autograder.grade_submission("x.py", "04_embedding", task="train_all"),
    "a format that is not there": lambda: autograder.report([], "pdf"),
    "to resume from nothing": lambda: autograder.grade_class("submitted", resume=True),
}


@pytest.mark.parametrize("call", WRONG.values(), ids=WRONG.keys())
def test_what_makes_no_sense_is_a_value_error(call) -> None:
    with pytest.raises(ValueError, match=r"has no task|no format|need a folder"):
        call()
