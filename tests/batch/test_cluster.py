"""`autograder class --cluster`: each submission is graded once, whatever happens to workers, and all graders are the same."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from distributed import Client, Nanny, Scheduler, SpecCluster

from autograder.batch import SubmissionRef, cluster_worker, grade
from autograder.batch.cluster import Cluster, ClusterError
from autograder.batch.parcel import Judging, pack, unpack
from autograder.batch.pool import Work
from autograder.cli import main
from autograder.course import Course
from autograder.intake.source import read_submission
from autograder.results import GRADED, GRADER_ERROR, Result
from autograder.sandbox import Sandbox

COURSE = Course()
NAME = "04_embedding"
QUICK_JUDGE = Path(__file__).parent / "stub" / "quick_judge.py"
OTHER = "\ncluster_worker.graders_sha256 = lambda assignment: 'other'\n"


def preload_of(diary: Path, more: str = "") -> str:
    return f"""
from autograder.batch import cluster_worker
cluster_worker.JUDGE = {(sys.executable, str(QUICK_JUDGE), str(diary))!r}
{more}
"""


def worker(diary: Path, more: str = "") -> dict[str, object]:
    """A worker in a process of its own, started again by its nanny when it is killed."""
    preload = preload_of(diary, more)
    return {"cls": Nanny, "options": {"nthreads": 1, "preload": [preload], "preload_argv": [[]], "memory_limit": 0}}


@pytest.fixture(scope="module")
def diary(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cluster") / "diary"


@pytest.fixture(scope="module")
def dask(diary: Path) -> Iterator[SpecCluster]:
    workers = {"one": worker(diary), "two": worker(diary), "stranger": worker(diary, OTHER)}
    scheduler = {"cls": Scheduler, "options": {"dashboard": False, "port": 0, "host": "127.0.0.1"}}
    with SpecCluster(scheduler=scheduler, workers=workers, silence_logs=50) as cluster:
        yield cluster


def cluster_at(address: str, said: list[str]) -> Cluster:
    return Cluster(address, COURSE, Judging(), Sandbox(warm=False), said.append)


def submissions(folder: Path, *students: str) -> list[Work]:
    for student in students:
        (folder / f"{student}.py").write_text(f"# {student}\n")
    return [(NAME, SubmissionRef(student, folder / f"{student}.py", seed=5)) for student in students]


def test_a_worker_that_is_killed_loses_nothing_and_strangers_are_refused(dask: SpecCluster, diary: Path, tmp_path: Path) -> None:
    said: list[str] = []
    found: list[Result] = []
    students = [f"s{n:02d}" for n in range(24)]
    with Client(dask.scheduler_address, set_as_default=False) as client:
        names = {state["name"]: address for address, state in client.scheduler_info(n_workers=-1)["workers"].items()}
        victim = client.run(os.getpid, workers=[names["one"]])[names["one"]]

        def report(result: Result) -> None:
            found.append(result)
            if len(found) == 4:
                os.kill(victim, signal.SIGKILL)

        cluster_at(dask.scheduler_address, said).grade(submissions(tmp_path, *students), report)
    assert sorted(result.student for result in found) == students
    assert {result.verdict for result in found} == {GRADED}
    assert {result.seed for result in found} == {5}
    tries = Counter(diary.read_text().split())
    assert tries.keys() == {*students}
    assert sum(tries.values()) <= len(students) + 2  # what the victim held, and nothing else, is graded again
    (line,) = said
    assert line.startswith("Worker stranger at tcp://127.0.0.1:")
    assert line.endswith(f"is not used: it has other graders for {NAME}.")


def test_a_submission_that_ends_its_judge_has_no_score_and_others_go_on(dask: SpecCluster, diary: Path, tmp_path: Path) -> None:
    found: list[Result] = []
    work = submissions(tmp_path, "ada", "deadly", "away")
    (tmp_path / "away.py").unlink()
    cluster_at(dask.scheduler_address, []).grade(work, found.append)
    by_name = {result.student: result for result in found}
    assert {name: result.verdict for name, result in by_name.items()} == {
        "ada": GRADED, "deadly": GRADER_ERROR, "away": GRADER_ERROR,
    }  # fmt: skip
    assert "status 9" in by_name["deadly"].message
    assert Counter(diary.read_text().split())["deadly"] == 2


def test_without_a_worker_that_has_our_graders_nothing_is_graded(
    dask: SpecCluster, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cluster_worker, "torch_version", lambda: "2.12.0")
    said: list[str] = []
    with pytest.raises(ClusterError, match="none of the 3 workers"):
        cluster_at(dask.scheduler_address, said).grade(submissions(tmp_path, "ada"), lambda _: None)
    assert len(said) == 3
    assert all("and we have 2.12.0" in line for line in said)


def test_an_address_without_a_scheduler_is_a_usage_error(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "ada" / NAME).mkdir(parents=True)
    (tmp_path / "ada" / NAME / "embedding.py").write_text("x = 1\n")
    assert main(["class", str(tmp_path), "--cluster", "nonsense://127.0.0.1:1"]) == 2
    assert "no Dask scheduler answers at nonsense://127.0.0.1:1" in capsys.readouterr().err


def test_a_judge_process_grades_as_this_process_does(tmp_path: Path, sandbox: Sandbox) -> None:
    path = tmp_path / "embedding.py"
    path.write_text(COURSE[NAME].solution_module.replace("return", "return  2 *", 1) + "\nimport helper\n")
    (tmp_path / "helper.py").write_text("é = '\\ud800'\n")
    entry = SubmissionRef("ada", tmp_path, read_submission(tmp_path, "embedding"), seed=2**100)
    assert unpack(pack((NAME, entry))) == (NAME, replace(entry, path=None))
    there = Result.from_json(cluster_worker.grade(pack((NAME, entry)), Judging().json()))
    here = Result.from_json(grade(COURSE[NAME], entry, sandbox).json())
    assert replace(there, duration_s=0) == replace(here, duration_s=0)
    for judges in cluster_worker._idle.values():
        for judge in judges:
            judge.line.close()
            assert judge.process.wait(30) == 0
    cluster_worker._idle.clear()


def test_the_commands_of_the_page(tmp_path: Path) -> None:
    page = (COURSE.root / "docs" / "cluster.md").read_text()
    block = page.partition("## By hand")[2].partition("```bash\n")[2].partition("```")[0]
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = str(free.getsockname()[1])
    for student in ("ada", "bob"):
        (tmp_path / "submitted" / student / NAME).mkdir(parents=True)
        (tmp_path / "submitted" / student / NAME / "embedding.py").write_text(f"# {student}\n")
    (tmp_path / "preload.py").write_text(preload_of(tmp_path / "diary"))
    environment = os.environ | {
        "PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}",
        "DASK_DISTRIBUTED__WORKER__PRELOAD": str(tmp_path / "preload.py"),
        "DASK_DISTRIBUTED__SCHEDULER__DASHBOARD__ENABLED": "False",
    }
    with (tmp_path / "output").open("wb") as output:
        shell = subprocess.Popen(
            ["bash", "-euc", block.replace("8786", port)],
            cwd=tmp_path, env=environment, stdout=output, stderr=output, start_new_session=True,
        )  # fmt: skip
        try:
            assert shell.wait(120) == 0, (tmp_path / "output").read_text()
        finally:
            os.killpg(shell.pid, signal.SIGTERM)
    assert sorted(path.name for path in (tmp_path / "results" / NAME).iterdir()) == ["ada.json", "bob.json"]
    assert sorted((tmp_path / "diary").read_text().split()) == ["ada", "bob"]
