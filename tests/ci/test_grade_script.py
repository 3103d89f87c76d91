"""The script that every CI job runs, as the page about CI shows it, with a right, a half-right and a hostile submission."""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path

import junitparser
import pytest

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "ci.md").read_text()
EMBEDS_NOTHING = "\n\ndef embed(indices, weight):\n    return None\n"
HOSTILE = 'print("::set-output name=score::20")\nprint("##[error]leak")\nimport os\nos._exit(0)\n'


def commands_of_the_page() -> list[str]:
    """The commands on the page, except those for the environment, which exists already."""
    block = re.search(r"```bash\n(.*?)```", PAGE, re.DOTALL)
    assert block
    lines = block[1].splitlines()
    assert lines[0] == "make .venv/.installed"
    return lines[1:]


def run(course: Path, command: str, **environment: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(["bash", "-c", command], cwd=course, capture_output=True, text=True, env=os.environ | environment)


def test_the_commands_of_the_page_work(course: Path, tmp_path: Path) -> None:
    grade, show = commands_of_the_page()
    done = run(course, grade, GITHUB_STEP_SUMMARY=str(tmp_path / "summary.md"))
    result = json.loads((course / "results" / "result.json").read_text())
    assert done.returncode == (0 if result["score"] == result["max_score"] else 1), done.stderr
    assert done.stdout.startswith("::notice title=" if done.returncode == 0 else "::warning title=")
    assert run(course, show).stdout == (course / "results" / "summary.txt").read_text()
    assert (tmp_path / "summary.md").read_text().startswith("~~~~text\n")


ENDINGS = {"right": ("", 0, 20), "half right": (EMBEDS_NOTHING, 1, 15), "hostile": (HOSTILE, 1, 0)}


@pytest.mark.parametrize(("ending", "status", "score"), ENDINGS.values(), ids=ENDINGS.keys())
def test_a_submission_ends_in_a_verdict(course: Path, tmp_path: Path, ending: str, status: int, score: int) -> None:
    submission = tmp_path / "embedding.py"
    text = (ROOT / "tests" / "submissions" / "04_embedding" / "right_lecture_style" / "embedding.py").read_text()
    submission.write_text(text + ending)
    done = run(course, f"bash examples/ci/grade.sh {submission} 04_embedding {tmp_path}/results", STUDENT="ada")
    assert done.returncode == status, done.stdout + done.stderr
    document = json.loads((tmp_path / "results" / "result.json").read_text())
    assert document["student"] == "ada"
    assert document["score"] == score, document
    assert "set-output" not in done.stdout + done.stderr
    assert junitparser.JUnitXml.fromfile(str(tmp_path / "results" / "junit.xml")).tests > 5


@pytest.mark.parametrize("arguments", ["", "nowhere 01_rnn_cell", "examples/submitted/ada 99_nothing"])
def test_what_cannot_be_done_is_our_fault(course: Path, tmp_path: Path, arguments: str) -> None:
    done = run(course, f"bash examples/ci/grade.sh {arguments}")
    assert done.returncode != 0
    assert done.stderr
    if arguments:
        assert done.returncode == 2
