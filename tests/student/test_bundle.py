"""The zip that students get: what is in it, that nothing secret can get in, and that the README's commands work in it."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from autograder.cli import main
from autograder.course import Course
from autograder.course.build import AT_THE_ROOT, STUDENT, WITH_MODULE, WITH_NOTEBOOK

COURSE = Course()
README = (COURSE.root / "README.md").read_text(encoding="utf-8")
SECTION = README[README.index("## For students") : README.index("## For instructors")]


@pytest.fixture(scope="module")
def bundle(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("bundle") / "course.zip"
    assert main(["bundle", "--output", str(target)]) == 0
    with zipfile.ZipFile(target) as archive:
        archive.extractall(target.parent)
    return target.parent / "rnn-course"


def test_it_holds_what_students_need_and_nothing_else(bundle: Path) -> None:
    expected = {*AT_THE_ROOT, "START_HERE.md"}
    for a in (a for a in COURSE.assignments if not a.draft):
        figures = [f"figures/{path.name}" for path in (a.solution.parent / "figures").glob("*.svg")]
        module = [*WITH_MODULE, "hints.json", f"{a.stem}.py", f"test_{a.stem}.py", *figures]
        expected |= {f"assignments/{a.name}/{name}" for name in module}
        expected |= {f"release/{a.name}/{name}" for name in [*WITH_NOTEBOOK, f"{a.stem}.ipynb", *figures]}
    assert {path.relative_to(bundle).as_posix() for path in bundle.rglob("*") if path.is_file()} == expected


def test_the_same_trees_give_the_same_bytes(tmp_path: Path) -> None:
    for name in ("a.zip", "b.zip"):
        assert main(["bundle", "04_embedding", "--output", str(tmp_path / name)]) == 0
    assert (tmp_path / "a.zip").read_bytes() == (tmp_path / "b.zip").read_bytes()


def test_a_draft_stays_at_home_unless_it_is_named(tmp_path: Path) -> None:
    for tree in ("solutions", "release", "assignments", "autograder/graders"):
        shutil.copytree(COURSE.root / tree / "04_embedding", tmp_path / tree / "04_embedding")
    course = ("--course", str(tmp_path))
    assert main([*course, "new", "07_words"]) == 0
    assert main([*course, "bundle", "--output", str(tmp_path / "all.zip")]) == 0
    with zipfile.ZipFile(tmp_path / "all.zip") as archive:
        names = archive.namelist()
    assert any("04_embedding" in name for name in names)
    assert not any("07_words" in name for name in names)
    assert main([*course, "build", "07_words"]) == 0
    assert main([*course, "bundle", "07_words", "--output", str(tmp_path / "draft.zip")]) == 0


def test_a_leak_stops_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for tree in ("solutions", "release", "assignments", "autograder/graders"):
        shutil.copytree(COURSE.root / tree / "04_embedding", tmp_path / tree / "04_embedding")
    module = tmp_path / "assignments" / "04_embedding" / "embedding.py"
    module.write_text(COURSE["04_embedding"].solution_module)
    assert main(["--course", str(tmp_path), "bundle", "--output", str(tmp_path / "course.zip")]) == 1
    assert "holds a line of the solution" in capsys.readouterr().out
    assert not (tmp_path / "course.zip").exists()


def test_the_pins_are_those_that_the_course_is_tested_with() -> None:
    pins = (COURSE.root / "constraints.txt").read_text().splitlines()
    wanted = [line for line in (STUDENT / "requirements.txt").read_text().splitlines() if not line.startswith("#")]
    assert set(wanted) <= set(pins)
    assert {line.partition("==")[0] for line in wanted} == {"torch", "pytest", "jupyterlab", "matplotlib"}


def blocks() -> list[list[str]]:
    return [block.strip().splitlines() for block in re.findall(r"```bash\n(.*?)```", SECTION, re.DOTALL)]


def run(lines: list[str], folder: Path) -> subprocess.CompletedProcess[str]:
    """The lines in one shell, in this environment, which has what requirements.txt asks for; `q` is pressed at once."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("PYTEST_")}
    environment["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ["PATH"]])
    script = "set -e\n" + "\n".join(lines)
    return subprocess.run(
        ["bash", "-c", script], cwd=folder, env=environment, input="q", capture_output=True, text=True, timeout=500, check=False
    )


def test_the_commands_of_the_readme_work_in_the_bundle(bundle: Path) -> None:
    install, watch, check = blocks()
    assert install[0] == "python3 -m venv .venv"
    assert install[-1] == "python -m pip install -r requirements.txt"
    assert run(["python -m pip install --dry-run --no-index --no-deps -q -r requirements.txt"], bundle).returncode == 0
    shown = run(watch, bundle)
    assert shown.returncode == 0, shown.stderr
    assert "> 01_rnn_cell      [      ] 0 of 6 tasks" in shown.stdout
    checked = run(check, bundle)
    assert checked.returncode == 1
    assert "encode               not written yet" in checked.stdout


def test_the_commands_of_the_readme_work_in_a_clone(tmp_path: Path) -> None:
    clone = tmp_path / "clone"
    subprocess.run(["git", "clone", "-q", "--shared", str(COURSE.root), str(clone)], check=True)
    _, watch, check = blocks()
    shown = run(watch, clone / "assignments")
    assert shown.returncode == 0, shown.stderr
    assert "06_gru           [     ] 0 of 5 tasks" in shown.stdout
    assert "encode               not written yet" in run(check, clone).stdout
