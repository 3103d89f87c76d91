"""The commands of START_HERE.md, in the unpacked zip, with a new environment: `python -m pytest tests/student/start_here.py`.

Installs torch and JupyterLab again, which takes some minutes and the network (or pip's cache).
"""

from __future__ import annotations

import os
import re
import subprocess
import zipfile
from pathlib import Path

import pytest

from autograder.cli import main
from autograder.course import Course

PLAIN = {"PATH": "/usr/local/bin:/usr/bin:/bin"}
ENVIRONMENT = {name: os.environ[name] for name in ("HOME", "LANG", "TMPDIR") if name in os.environ} | PLAIN


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    target = tmp_path_factory.mktemp("downloads") / "rnn-course.zip"
    assert main(["bundle", "--output", str(target)]) == 0
    with zipfile.ZipFile(target) as archive:
        archive.extractall(target.parent)
    return target.parent / "rnn-course"


def typed(lines: list[str], folder: Path, keys: str = "") -> subprocess.CompletedProcess[str]:
    """What a person types in one terminal, in an environment that knows nothing of ours."""
    script = "\n".join(["set -e", *lines])
    return subprocess.run(
        ["bash", "-c", script], cwd=folder, env=ENVIRONMENT, input=keys, capture_output=True, text=True, timeout=1500, check=False
    )


def test_the_first_page_leads_to_the_first_check(folder: Path) -> None:
    page = (folder / "START_HERE.md").read_text(encoding="utf-8")
    python = re.search(r"\(`(python3 --version)`", page)
    install = re.findall(r"^\| `([^`]+)` \| `[^`]+` \|$", page, re.MULTILINE)
    (watch,) = re.findall(r"^    (python .+)$", page, re.MULTILINE)
    assert python is not None
    assert (len(install), watch) == (3, "python watch.py")
    done = typed([python[1], *install], folder)
    assert done.returncode == 0, done.stderr[-3000:]

    activate = install[1]
    shown = typed([activate, watch], folder, keys="q")
    assert "> 01_rnn_cell      [      ] 0 of 6 tasks" in shown.stdout, shown.stderr

    module = re.search(r"`(assignments/01_rnn_cell/rnn_cell\.py)`", page)
    notebook = re.search(r"`jupyter lab (release/01_rnn_cell/rnn_cell\.ipynb)`", page)
    assert module is not None
    assert notebook is not None
    checked = typed([activate, f"cd {Path(module[1]).parent}", "pytest"], folder)
    assert "encode               not written yet" in checked.stdout, checked.stdout + checked.stderr

    assignment = Course()["01_rnn_cell"]
    (folder / module[1]).write_text(assignment.solution_module, encoding="utf-8")
    checked = typed([activate, f"cd {Path(module[1]).parent}", "pytest"], folder)
    assert checked.returncode == 0, checked.stdout

    run_all = f"jupyter nbconvert --to notebook --execute --output ran.ipynb {notebook[1]}"
    ran = typed([activate, run_all, "jupyter lab --version"], folder)
    assert ran.returncode == 0, ran.stderr[-3000:]
    assert "encode               not written yet" in (folder / notebook[1]).with_name("ran.ipynb").read_text(encoding="utf-8")
