"""The commands of docs/instructors.md, from its own text, in a fresh clone: `python -m pytest tests/nbgrader/guide.py`.

From generating an assignment, through a student's fetch and submit, to returned feedback and marks for an LMS.
"""

from __future__ import annotations

import csv
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.nbgrader.commands import ENVIRONMENT, ROOT, exported, run
from tests.nbgrader.test_readme import fresh_clone, seen_by_git

GUIDE = (ROOT / "docs/instructors.md").read_text(encoding="utf-8")
NAME = "01_rnn_cell"
STUDENT_CONFIG = 'c = get_config()\nc.CourseDirectory.course_id = "rnn-course"\nc.Exchange.root = {root!r}\n'
STEPS = {"release_assignment": "exchange", "collect": "submitted", "autograde": "autograded", "generate_feedback": "feedback"}


def section(title: str) -> str:
    return GUIDE.split(f"## {title}\n")[1].split("\n## ")[0]


def shell(clone: Path, line: str) -> str:
    environment = ENVIRONMENT | {"PYTHONPATH": str(clone)}
    command = ["bash", "-ec", line]
    done = subprocess.run(command, cwd=clone, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode in (0, 1), done.stderr[-3000:]  # 1: `autograder grade` of a submission without full marks
    assert "Traceback" not in done.stderr, done.stderr[-3000:]
    return done.stdout + done.stderr


@pytest.fixture(scope="module")
def clone(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """After every command of the guide's table, with a student who fetched and submitted in between."""
    clone = fresh_clone(tmp_path_factory.mktemp("course"))
    home = tmp_path_factory.mktemp("student")
    (home / "nbgrader_config.py").write_text(STUDENT_CONFIG.format(root=str(clone / "exchange")))
    table = re.findall(r"^\| `(nbgrader [^`]+)` \|", section("What each command reads and writes"), re.MULTILINE)
    assert [line.split()[1] for line in table][-1] == "export"
    for line in table:
        word = line.split()[1]
        if word == "collect":
            run(home, "fetch_assignment", NAME)
            shutil.copy(clone / "source" / NAME / "rnn_cell.ipynb", home / NAME / "rnn_cell.ipynb")
            run(home, "submit", NAME)
        shell(clone, line.replace("NAME", NAME))
        assert any((clone / STEPS.get(word, "release")).rglob("*")), f"{line} wrote nothing"
    run(home, "fetch_feedback", NAME)
    assert list(home.rglob("feedback/**/rnn_cell.html"))
    return clone


def test_a_submission_comes_back_with_its_score(clone: Path) -> None:
    (row,) = [row for row in exported(clone) if row["assignment"] == NAME]
    assert (row["score"], row["note"]) == ("20", "")
    assert seen_by_git(clone) == ""


def test_the_marks_get_out(clone: Path) -> None:
    (block,) = re.findall(r"```bash\n(.*?)```", section("Export the marks"), re.DOTALL)
    shell(clone, block)
    for name in ("grades", "canvas", "moodle", "blackboard"):
        with (clone / f"{name}.csv").open(newline="") as file:
            assert "20" in list(csv.reader(file))[-1] or name == "canvas", name
    with (clone / "canvas.csv").open(newline="") as file:
        head, points, row = csv.reader(file)
    assert [name for name in head if name.startswith(NAME)] == [name for name in head[5:]]  # per task: the last command
    assert sum(map(float, points[5:])) == sum(map(float, row[5:])) == 20


def test_a_disputed_grade_is_asked_again(clone: Path) -> None:
    text = section("A grade is disputed")
    (student,) = [path.name for path in (clone / "submitted").iterdir()]
    page = (clone / "feedback" / student / NAME / "rnn_cell.html").read_text(encoding="utf-8")
    seed = re.search(r"[Ss]eed\D{0,20}(\d+)", page)
    assert seed is not None
    lines = re.findall(r"`([^`]+)`", text)
    (again,) = [line for line in lines if line.startswith("autograder grade")]
    everybody, one = [line for line in lines if line.startswith("nbgrader autograde ")][:2]
    told = shell(clone, again.replace("SEED", seed[1]).replace("submitted/ada", f"submitted/{student}"))
    assert "20 of 20" in told
    for line in (one.replace("--student ada", f"--student {student}"), everybody):
        shell(clone, line)
        run(clone, "export")
        assert [row["score"] for row in exported(clone) if row["assignment"] == NAME] == ["20"]
