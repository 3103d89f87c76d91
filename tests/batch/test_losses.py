"""Accidents during a class lose no results: one line says what to do, the status is 2, and `--resume` continues."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autograder.batch import SubmissionRef, durable, grade, grading, journal, pool
from autograder.batch.pool import Work, find_submissions, grade_class, unknown_assignments
from autograder.course import Course
from autograder.results import GRADER_ERROR, Result
from autograder.sandbox import Sandbox

COURSE = Course()
NAME = "04_embedding"
SOLUTION = COURSE.root / "solutions" / NAME / "embedding.py"


def hand_in(folder: Path, *students: str) -> Path:
    for student in students:
        place = folder / student / NAME
        place.mkdir(parents=True)
        (place / "embedding.py").write_text(SOLUTION.read_text())
    return folder


def command(
    submitted: Path, *more: str | Path, prefix: tuple[str, ...] = (), **environment: str
) -> subprocess.CompletedProcess[str]:
    argv = [*prefix, sys.executable, "-m", "autograder", "class", submitted, "--jobs", "1", *more]
    return subprocess.run(
        [str(word) for word in argv], env=os.environ | environment, capture_output=True, text=True, timeout=120, check=False
    )


def lines_of_failure(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What it said, without the bar that shows progress."""
    return [line for line in done.stderr.splitlines() if line.startswith(("autograder:", "Traceback", "  File"))]


# ---- a worker that dies


@pytest.fixture
def deadly(monkeypatch: pytest.MonkeyPatch) -> set[str]:
    """Students at whose submission the worker is killed. A worker that tries again sees a marker file."""
    students: set[str] = set()
    original = pool.grade_many

    def grade_or_die(assignment: object, entries: Iterator[SubmissionRef], *more: object) -> None:
        def watched() -> Iterator[SubmissionRef]:
            for entry in entries:
                if entry.student in students:
                    os.kill(os.getpid(), signal.SIGKILL)
                if entry.student.startswith("once") and entry.path is not None and not (entry.path / "tried").exists():
                    (entry.path / "tried").touch()
                    os._exit(pool.OUT_OF_MEMORY)
                yield entry

        original(assignment, watched(), *more)  # type: ignore[arg-type]

    monkeypatch.setattr(pool, "grade_many", grade_or_die)
    return students


Graded = Callable[[list[Work], int], dict[str, Result]]


@pytest.fixture(scope="module")
def graded() -> Iterator[Graded]:
    """graded(work, workers) -> results by student, all in one warm sandbox."""
    with Sandbox(bubblewrap="off") as sandbox:
        yield lambda work, workers: _graded(sandbox, work, workers)


def _graded(sandbox: Sandbox, work: list[Work], workers: int) -> dict[str, Result]:
    found: list[Result] = []
    grade_class(COURSE, pool.with_shared_seed(work, 5), workers, found.append, sandbox)
    assert len(found) == len({result.student for result in found}) == len(work)
    return {result.student: result for result in found}


@pytest.mark.parametrize("workers", [1, 2])
def test_a_worker_that_dies_is_a_result_without_a_score_and_the_class_goes_on(
    graded: Graded, deadly: set[str], tmp_path: Path, workers: int
) -> None:
    deadly.add("b")
    found = graded(find_submissions(hand_in(tmp_path, "a", "b", "c", "once-d"), COURSE), workers)
    assert {student: result.score for student, result in found.items()} == {"a": 20, "b": None, "c": 20, "once-d": 20}
    assert found["b"].verdict == GRADER_ERROR
    assert "SIGKILL" in found["b"].message


def test_a_worker_has_a_bound_of_memory_and_the_submission_that_meets_it_has_no_score(
    graded: Graded, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    original = grading.Grading.scan

    def scan(self: grading.Grading, names: object) -> None:
        if self.ref.student == "b":
            bytearray(pool.WORKER_BYTES + (1 << 30))
        original(self, names)  # type: ignore[arg-type]

    monkeypatch.setattr(grading.Grading, "scan", scan)
    found = graded(find_submissions(hand_in(tmp_path, "a", "b", "c"), COURSE), 1)
    assert {student: result.score for student, result in found.items()} == {"a": 20, "b": None, "c": 20}
    assert "out of memory" in found["b"].message


# ---- submissions that we cannot read


def test_a_file_that_we_may_not_read_is_no_fault_of_the_student(
    sandbox: Sandbox, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = hand_in(tmp_path, "a") / "a" / NAME
    original = os.open

    def refuse(path: object, *more: object, **named: object) -> int:
        if str(path).endswith("embedding.py"):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return original(path, *more, **named)  # type: ignore[arg-type]

    monkeypatch.setattr(os, "open", refuse)
    result = grade(COURSE[NAME], SubmissionRef("a", folder), sandbox)
    assert (result.verdict, result.score) == (GRADER_ERROR, None)
    assert "Permission denied" in result.message


def test_a_folder_that_is_taken_away_during_the_run_stops_nobody(graded: Graded, tmp_path: Path) -> None:
    work = find_submissions(hand_in(tmp_path, "a", "b", "c"), COURSE)
    shutil.rmtree(tmp_path / "b")
    found = graded(work, 1)
    assert {student: result.score for student, result in found.items()} == {"a": 20, "b": None, "c": 20}
    assert "no longer there" in found["b"].message


def test_a_student_whose_folder_cannot_be_entered_is_in_the_table(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    hand_in(tmp_path, "a", "b")
    original = Path.lstat

    def refuse(path: Path) -> os.stat_result:
        if "/b/" in str(path):
            raise PermissionError(errno.EACCES, "Permission denied", str(path))
        return original(path)

    monkeypatch.setattr(Path, "lstat", refuse)
    assert [(name, entry.student) for name, entry in find_submissions(tmp_path, COURSE)] == [(NAME, "a"), (NAME, "b")]


def test_folders_of_unknown_assignments_are_told(tmp_path: Path) -> None:
    hand_in(tmp_path, "a", "b")
    for student in "ab":
        (tmp_path / student / "hw7").mkdir()
    (tmp_path / "a" / ".git").mkdir()
    assert unknown_assignments(tmp_path, COURSE) == {"hw7": 2}


# ---- the results folder


def test_a_second_run_on_one_folder_is_refused_until_the_first_is_gone(tmp_path: Path) -> None:
    hold = "import sys, time\nfrom pathlib import Path\nfrom autograder.batch.durable import only_run\n"
    hold += "with only_run(Path(sys.argv[1])):\n    print('held', flush=True); time.sleep(600)"
    with subprocess.Popen([sys.executable, "-c", hold, str(tmp_path)], stdout=subprocess.PIPE, cwd=COURSE.root) as first:
        assert first.stdout is not None
        first.stdout.readline()
        with pytest.raises(BlockingIOError, match="another run"), durable.only_run(tmp_path):
            pass
        first.kill()
    with durable.only_run(tmp_path):
        pass


def test_a_name_as_long_as_a_name_may_be(tmp_path: Path) -> None:
    names = ["n" * 251, "n" * 254 + "a", "n" * 254 + "b", "é" * 127]
    places = [journal.document_path(tmp_path, NAME, name) for name in names]
    assert len(set(places)) == len(names)
    for place in places:
        place.parent.mkdir(exist_ok=True)
        durable.write_whole(place, "text")
    assert journal.document_path(tmp_path, NAME, "ada").name == "ada.json"


def full(folder: Path) -> tuple[str, ...]:
    return ("sh", "-c", f'mount -t tmpfs -o size=4k,nr_inodes=3 none {folder} && exec "$@"', "sh")


def read_only(folder: Path) -> tuple[str, ...]:
    return ("sh", "-c", f'mount -t tmpfs -o ro none {folder} && exec "$@"', "sh")


MOUNTS: dict[str, Callable[[Path], tuple[str, ...]]] = {"a full disk": full, "a read-only folder": read_only}


@pytest.mark.skipif(os.geteuid() != 0, reason="mounts a small disk, so it needs root")
@pytest.mark.parametrize("mount", MOUNTS.values(), ids=MOUNTS.keys())
def test_results_that_cannot_be_written_end_in_one_line(tmp_path: Path, mount: Callable[[Path], tuple[str, ...]]) -> None:
    submitted, results = hand_in(tmp_path / "submitted", "a"), tmp_path / "results"
    results.mkdir()
    done = command(submitted, "--results", results, prefix=("unshare", "-m", *mount(results)))
    assert done.returncode == 2, done.stderr
    (line,) = lines_of_failure(done)
    assert str(results) in line
    assert not list(results.rglob("*.new"))
    assert "--resume" in line


def test_a_file_where_the_folder_should_be_ends_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "results").write_text("in the way")
    done = command(hand_in(tmp_path / "submitted", "a"), "--results", tmp_path / "results")
    assert done.returncode == 2
    assert lines_of_failure(done) == [line for line in done.stderr.splitlines() if line.startswith("autograder:")]


def test_without_descriptors_the_reason_is_told_once(tmp_path: Path) -> None:
    submitted = hand_in(tmp_path, "a", "b", "c")
    done = command(submitted, prefix=("sh", "-c", 'ulimit -n 24; exec "$@"', "sh"))
    assert done.returncode == 2, done.stderr
    assert "Traceback" not in done.stderr
    assert "ulimit -n 1024" in done.stderr


def test_a_terminal_that_cannot_print_a_name(tmp_path: Path) -> None:
    submitted = hand_in(tmp_path, "ada-\N{SNAKE}")
    (submitted / "ada-\N{SNAKE}" / NAME / "embedding.py").write_text("")
    done = command(submitted, PYTHONIOENCODING="ascii", LC_ALL="C.UTF-8")
    assert done.returncode == 0, done.stderr
    assert r"ada-\U0001f40d" in done.stdout


@pytest.mark.parametrize("seconds", [0.3, 0.8, 2.0])
def test_ctrl_c_is_one_line(tmp_path: Path, seconds: float) -> None:
    argv = [sys.executable, "-m", "autograder", "class", str(hand_in(tmp_path, "a", "b")), "--jobs", "2"]
    with subprocess.Popen(argv, stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, start_new_session=True) as run:
        time.sleep(seconds)
        os.killpg(run.pid, signal.SIGINT)
        _, err = run.communicate(timeout=60)
    if run.returncode != 0 and "autograder: stopped" in err:
        assert "Traceback" not in err, err
        assert run.returncode == 130
    else:  # too early for any line of ours
        assert seconds == 0.3 or run.returncode == 0, err
