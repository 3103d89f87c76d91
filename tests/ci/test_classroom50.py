"""Classroom 50's autograder for this course: what its runner finds in the checkout, and what a student's job can access.

`sudo` is a stand-in that lets through only the command that the page's sudoers line allows.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.reports.test_formats import classroom50_score

ROOT = Path(__file__).parents[2]
EXAMPLE = ROOT / "examples" / "ci" / "classroom50"
PAGE = (ROOT / "docs" / "ci.md").read_text()
RIGHT = (ROOT / "tests" / "submissions" / "04_embedding" / "right_lecture_style" / "embedding.py").read_text()
EMBEDS_NOTHING = "\n\ndef embed(indices, weight):\n    return None\n"
SUDO = """#!/bin/sh
[ "$1 $2 $3 $4" = "-n -u rnn-grader /usr/local/bin/grade-rnn-course" ] || exit 99
shift 4
exec bash '{script}' "$@"
"""
ABOUT = ("classroom", "assignment", "submission", "commit", "release", "review", "datetime")
RUNNER = {
    "CLASSROOM": "rnn", "ASSIGNMENT": "04-embedding", "OWNER": "ada", "SUBMISSION_TAG": "submit/2026-11-28T10-00-00Z-abc1234",
    "COMMIT_URL": "https://example.org/c", "RELEASE_URL": "https://example.org/r", "REVIEW_URL": "",
}  # fmt: skip


@pytest.fixture
def checkout(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A student's checkout; the course is the one that these tests run in."""
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin" / "sudo").write_text(SUDO.format(script=EXAMPLE / "grade-rnn-course"))
    (tmp_path / "bin" / "sudo").chmod(0o755)
    course = tmp_path / "course" / ".venv" / "bin"
    course.mkdir(parents=True)
    (course / "autograder").symlink_to(Path(sys.executable).with_name("autograder"))
    for name, value in {**RUNNER, "RNN_COURSE": str(tmp_path / "course"), "TMPDIR": str(tmp_path / "tmp")}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    (tmp_path / "tmp").mkdir()
    (tmp_path / "checkout").mkdir()
    return tmp_path / "checkout"


def grade(checkout: Path) -> subprocess.CompletedProcess[str]:
    done = subprocess.run([sys.executable, "-I", EXAMPLE / "autograder.py"], cwd=checkout, capture_output=True, text=True)
    assert not list((checkout.parent / "tmp").glob("tmp.*")), "the submission is left on the grader"
    return done


def test_a_submission_becomes_the_document_that_the_runner_reads(checkout: Path) -> None:
    (checkout / "embedding.py").write_text(RIGHT + EMBEDS_NOTHING + 'print("::set-output name=score::20")\n')
    (checkout / "notes.py").symlink_to("/etc/passwd")
    (checkout / "torch.py").write_text("raise SystemExit('not by the grader')")
    done = grade(checkout)
    assert done.returncode == 0, done.stderr
    assert "set-output" not in done.stdout + done.stderr
    document = json.loads((checkout / "result.json").read_text())
    about = {key: document.pop(key) for key in ABOUT}
    assert classroom50_score(json.dumps(document)) == 1500
    assert all(isinstance(value, str) and value for value in about.values())
    assert (about["assignment"], about["review"]) == ("04-embedding", RUNNER["COMMIT_URL"])
    body = (checkout / "release-body.md").read_text()
    assert body.startswith("### 15 of 20 points\n")
    assert all(line.startswith("    ") for line in body.splitlines()[1:] if line)


def test_what_cannot_be_graded_is_an_error_and_no_score(checkout: Path) -> None:
    (checkout / "embedding.ipynb").write_text("{")
    done = grade(checkout)
    assert done.returncode == 2
    assert done.stdout.startswith("::error::Not graded, no score.")
    assert "not valid JSON" in done.stdout
    assert not (checkout / "result.json").exists()


def test_what_students_can_read_holds_no_secret() -> None:
    public = (EXAMPLE / "autograder.py").read_text()
    assert "/opt/rnn-course" not in public
    assert "rnn-grader" in PAGE
    assert "NOPASSWD: /usr/local/bin/grade-rnn-course" in PAGE
