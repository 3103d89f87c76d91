"""The zip for Gradescope, unpacked as Gradescope does, as in a container without privileges: no namespaces, no mounts.

`AUTOGRADER_ROOT` stands for /autograder. The environment is the one that these tests run in; what setup.sh would install is read.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
import zipfile
from importlib.metadata import version
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from autograder.cli import main
from tests.reports.test_formats import gradescope_score

ROOT = Path(__file__).parents[2]
PAGE = (ROOT / "docs" / "ci.md").read_text()
NAME = "04_embedding"
RIGHT = (ROOT / "tests" / "submissions" / NAME / "right_lecture_style" / "embedding.py").read_text()
EMBEDS_NOTHING = "\n\ndef embed(indices, weight):\n    return None\n"
# Has full marks if it can read the solution, and a score of its own if it can write one.
CHEATS = """
import os
root = {root!r}
print("::set-output name=score::20")
for path in "source/course/solutions/04_embedding/embedding.py", "source/course/autograder/graders/04_embedding/test_embed.py":
    try:
        exec(open(os.path.join(root, path)).read())
    except Exception:
        pass
try:
    open(os.path.join(root, "results", "results.json"), "w").write('{{"score": 20}}')
except Exception:
    pass
"""
# What Docker's own filter refuses in a container without CAP_SYS_ADMIN; then, if asked for, a kernel without Landlock.
CONTAINER = """
import errno, os, sys
import pyseccomp as seccomp
filter = seccomp.SyscallFilter(seccomp.ALLOW)
for name in ("unshare", "setns", "mount", "umount2", "pivot_root"):
    filter.add_rule(seccomp.ERRNO(errno.EPERM), name)
filter.add_rule(seccomp.ERRNO(errno.ENOSYS), "clone3")
for bit in (0x10000000, 0x20000000, 0x00020000, 0x40000000):
    filter.add_rule(seccomp.ERRNO(errno.EPERM), "clone", seccomp.Arg(0, seccomp.MASKED_EQ, bit, bit))
for name in sys.argv[1].split():
    filter.add_rule(seccomp.ERRNO(errno.ENOSYS), name)
filter.load()
os.execv(sys.argv[2], sys.argv[2:])
"""
LANDLOCK = "landlock_create_ruleset landlock_add_rule landlock_restrict_self"


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> zipfile.ZipFile:
    """Made by the command on the page."""
    target = tmp_path_factory.mktemp("zip") / "autograder.zip"
    command = re.search(r"\.venv/bin/autograder (gradescope .* --output) autograder\.zip\n", PAGE)
    assert command
    assert main([*command[1].split(), str(target)]) == 0
    return zipfile.ZipFile(target)


@pytest.fixture
def image(packed: zipfile.ZipFile, tmp_path: Path) -> Path:
    """As Gradescope lays it out, after setup.sh."""
    for folder in ("source", "submission", "results"):
        (tmp_path / folder).mkdir()
    for info in packed.infolist():
        path = Path(packed.extract(info, tmp_path / "source"))
        path.chmod(info.external_attr >> 16)
    (tmp_path / "run_autograder").write_bytes((tmp_path / "source" / "run_autograder").read_bytes())
    (tmp_path / "run_autograder").chmod(0o755)
    (tmp_path / "venv").symlink_to(sys.prefix)
    users = [{"id": 7, "email": "ada@example.org", "name": "Ada <b>Ünal</b>"}]
    (tmp_path / "submission_metadata.json").write_text(json.dumps({"id": 1, "users": users}))
    return tmp_path


def run(image: Path, submission: str, refused: str = "") -> subprocess.CompletedProcess[str]:
    (image / "submission" / "embedding.py").write_text(submission)
    command = [sys.executable, "-I", "-c", CONTAINER, refused, str(image / "run_autograder")]
    return subprocess.run(command, capture_output=True, text=True, env=os.environ | {"AUTOGRADER_ROOT": str(image)})


def test_nothing_is_in_the_zip_that_grading_does_not_need(packed: zipfile.ZipFile) -> None:
    names = packed.namelist()
    assert {name for name in names if "/" not in name} == {"setup.sh", "run_autograder", "requirements.txt", "constraints.txt"}
    assert {name for name in names if name.startswith("course/solutions/")} == {f"course/solutions/{NAME}/embedding.py"}
    packages = {name.split("/")[2] for name in names if name.startswith("course/autograder/")}
    assert not packages & {"nbgrader", "verify", "student", "class_report"}
    assert {name.split("/")[3] for name in names if name.startswith("course/autograder/graders/")} == {NAME, "__init__.py"}
    assert not [name for name in names if "__pycache__" in name or "/." in name]
    assert sum(info.compress_size for info in packed.infolist()) < 1 << 20


def test_what_is_installed_is_what_this_course_pins(packed: zipfile.ZipFile) -> None:
    lines = packed.read("requirements.txt").decode().splitlines()
    for requirement in map(Requirement, lines):
        assert version(requirement.name).split("+")[0] in requirement.specifier, requirement
    assert packed.read("constraints.txt") == (ROOT / "constraints.txt").read_bytes()
    setup = packed.read("setup.sh").decode()
    assert 'pip install --quiet --no-cache-dir --requirement "$root/source/requirements.txt"' in setup


def test_an_index_for_a_smaller_torch(tmp_path: Path) -> None:
    assert main(["gradescope", NAME, "--output", str(tmp_path / "a.zip"), "--index", "https://example.org/cpu"]) == 0
    assert b"--extra-index-url https://example.org/cpu\n" in zipfile.ZipFile(tmp_path / "a.zip").read("requirements.txt")


@pytest.mark.parametrize("script", ["setup.sh", "run_autograder"])
def test_a_script_is_one_that_bash_runs(image: Path, script: str) -> None:
    path = image / "source" / script
    assert path.read_text().startswith("#!/usr/bin/env bash\n")
    assert os.access(path, os.X_OK)
    assert not re.search(r"\{\w+\}", re.sub(r"\$\{[^}]*\}", "", path.read_text()))
    subprocess.run(["bash", "-n", path], check=True)


ENDINGS = {"right": ("", 20), "half right, and hostile": (EMBEDS_NOTHING + CHEATS, 15)}


@pytest.mark.parametrize(("ending", "score"), ENDINGS.values(), ids=ENDINGS.keys())
def test_a_submission_is_graded_in_a_container(image: Path, ending: str, score: float) -> None:
    done = run(image, RIGHT + ending.format(root=str(image)))
    assert done.returncode == 0, done.stderr
    assert done.stdout == ""
    written = (image / "results" / "results.json").read_text()
    assert gradescope_score(written) == score, written
    document = json.loads(written)
    assert document["output"].startswith("Ada <b>Ünal</b>  04_embedding: ")
    assert {test["name"]: test["visibility"] for test in document["tests"]} == dict.fromkeys(
        ("embed", "EmbeddingModel", "train"), "visible"
    )
    assert all(test["output"] for test in document["tests"])


def test_without_landlock_nothing_runs_and_there_is_no_score(image: Path) -> None:
    done = run(image, RIGHT, refused=LANDLOCK)
    assert done.returncode != 0
    written = (image / "results" / "results.json").read_text()
    assert gradescope_score(written) is None
    assert "landlock" in json.loads(written)["output"]


APT = """#!/bin/sh
echo "apt-get $*" >>"$ASKED"
case "$*" in *python3.12*) [ -e "$ASKED.ppa" ] || exit 100; ln -sf python "$(dirname "$0")/python3.12" ;; esac
"""
OTHERS = {
    "id": "#!/bin/sh\necho 0\n",
    "apt-get": APT,
    "add-apt-repository": '#!/bin/sh\necho "add-apt-repository $*" >>"$ASKED"\ntouch "$ASKED.ppa"\n',
    "python3": "#!/bin/sh\nexit 1\n",  # 3.10
    "python": """#!/bin/sh
echo "python $*" >>"$ASKED"
if [ "$1 $2" = "-m venv" ]; then mkdir -p "$3/bin"; cp "$0" "$3/bin/python"; fi
""",
}


def test_an_image_with_an_old_python_gets_a_newer_one(image: Path) -> None:
    """Ubuntu 22.04: its own Python is 3.10, and 3.12 comes from another archive."""
    (image / "venv").unlink()
    (image / "bin").mkdir()
    for name, text in OTHERS.items():
        (image / "bin" / name).write_text(text)
        (image / "bin" / name).chmod(0o755)
    for name in ("bash", "env", "chmod", "ln", "dirname", "touch", "mkdir", "cp", "sh"):
        (image / "bin" / name).symlink_to(str(shutil.which(name)))
    environment = {"PATH": str(image / "bin"), "ASKED": str(image / "asked"), "AUTOGRADER_ROOT": str(image)}
    done = subprocess.run([image / "source" / "setup.sh"], env=environment, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    asked = (image / "asked").read_text().splitlines()
    wanted = ("libseccomp2", "python3.12", "software-properties-common", "ppa:deadsnakes/ppa", "python3.12", "-m venv", "-m pip")
    position = -1
    for word in wanted:
        position = next(index for index in range(position + 1, len(asked)) if word in asked[index])
    assert asked[-1] == "python -sP -m autograder doctor"
