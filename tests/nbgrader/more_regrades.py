"""More tests of what nbgrader's users expect, with a command of their own: `python -m pytest tests/nbgrader/more_regrades.py`."""

from __future__ import annotations

import shutil
import socket
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.nbgrader import records
from tests.nbgrader.commands import run
from tests.nbgrader.test_regrades import CONFIG, hand_in, make_course, scores
from tests.nbgrader.troubled import FULL, NAME, SOLVED, UNTOUCHED


def test_a_resubmission_replaces_the_score_and_a_broken_one_takes_it_away(tmp_path: Path) -> None:
    course = make_course(tmp_path)
    hand_in(course, "cleo", UNTOUCHED, "2026-11-01 10:00:00 UTC")
    run(course, "autograde", NAME)
    assert scores(course)["cleo"] == 0
    hand_in(course, "cleo", SOLVED, "2026-11-02 10:00:00 UTC")
    run(course, "autograde", NAME)
    assert scores(course)["cleo"] == FULL
    hand_in(course, "cleo", SOLVED[:-9], "2026-11-03 10:00:00 UTC")
    assert run(course, "autograde", NAME, check=False).returncode == 1  # nothing that is new could be graded
    assert scores(course)["cleo"] is None
    hand_in(course, "cleo", SOLVED, "2026-11-04 10:00:00 UTC")
    run(course, "autograde", NAME)
    assert scores(course)["cleo"] == FULL
    assert "cleo" not in records.needs_attention(course, NAME)


def test_late_work_costs_what_the_plugin_says_in_a_course_of_another_name(tmp_path: Path) -> None:
    config = f'{CONFIG}\nc.CourseDirectory.course_id = "other"\nc.LateSubmissionPlugin.penalty_method = "zero"\n'
    place = make_course(tmp_path, config)
    hand_in(place, "ada", SOLVED, "2026-11-01 10:00:00 UTC")
    hand_in(place, "bob", SOLVED, "2026-11-03 10:00:00 UTC")
    run(place, "db", "assignment", "add", NAME, "--duedate", "2026-11-02 00:00:00 UTC")
    run(place, "autograde", NAME)
    assert scores(place) == {"ada": FULL, "bob": 0.0}


def test_a_student_whose_name_is_also_a_pattern_is_served_alone(tmp_path: Path) -> None:
    """As Formgrader's buttons do it: each command with the student's name, which nbgrader takes for a pattern."""
    place = make_course(tmp_path, **{"[abc]": SOLVED, "a": UNTOUCHED})
    secret = place / "submitted/[abc]" / NAME / "submission_secret.txt"
    secret.write_text("secret")
    secret.with_name("timestamp.txt").write_text("2026-11-01 10:00:00 UTC")
    for command in ("autograde", "generate_feedback", "release_feedback"):
        run(place, command, NAME, "--student", "[abc]")
    assert scores(place) == {"[abc]": FULL}
    assert len(list((place / "exchange/rnn-course/feedback").glob("*.html"))) == 1


def test_a_folder_that_nbgrader_cannot_name_stops_nobody_else(tmp_path: Path) -> None:
    place = make_course(tmp_path, **{"ada": SOLVED, "new\nline": SOLVED, "zoe": SOLVED})
    done = run(place, "autograde", NAME)
    assert "1 of 3 need attention" in done.stderr
    assert "new line: The name of the student's folder has a line break" in done.stderr
    assert scores(place) == {"ada": FULL, "new line": None, "zoe": FULL}
    run(place, "generate_feedback", NAME)
    assert {page.parts[-3] for page in place.glob("feedback/*/*/*.html")} >= {"ada", "zoe"}


@pytest.fixture
def postgresql(tmp_path: Path) -> Iterator[str]:
    """A server of its own, as the user postgres; its URL."""
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin"))
    assert programs, "needs a PostgreSQL server: apt-get install postgresql"
    data = tmp_path / "postgresql"
    data.mkdir()
    shutil.chown(data, "postgres")
    for folder in tmp_path.parents:
        if folder.owner() == "root" and folder != Path("/") and folder != Path("/tmp"):
            folder.chmod(0o755)
    tmp_path.chmod(0o755)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]

    def as_postgres(program: str, *arguments: str) -> None:
        command = ["runuser", "-u", "postgres", "--", str(programs[-1] / program), *arguments]
        done = subprocess.run(command, check=False, capture_output=True, text=True, cwd="/")
        assert done.returncode == 0, done.stdout + done.stderr

    as_postgres("initdb", "-D", str(data / "db"), "-A", "trust", "--no-sync")
    options = f"-p {port} -k {data} -c listen_addresses=127.0.0.1 -c fsync=off"
    as_postgres("pg_ctl", "-D", str(data / "db"), "-o", options, "-l", str(data / "log"), "-t", "300", "-w", "start")
    try:
        as_postgres("createdb", "-h", "127.0.0.1", "-p", str(port), "gradebook")
        yield f"postgresql://postgres@127.0.0.1:{port}/gradebook"
    finally:
        as_postgres("pg_ctl", "-D", str(data / "db"), "-t", "300", "-m", "immediate", "stop")


def test_a_gradebook_in_postgresql(tmp_path: Path, postgresql: str) -> None:
    config = f'{CONFIG}\nc.CourseDirectory.db_url = "{postgresql}"\n'
    place = make_course(tmp_path / "course", config, ada=SOLVED, bob=UNTOUCHED, cleo=b"{")
    run(place, "autograde", NAME)
    run(place, "autograde", NAME, "--force")
    assert scores(place) == {"ada": FULL, "bob": 0.0, "cleo": None}
    assert not (place / "gradebook.db").exists()
