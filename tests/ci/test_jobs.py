"""The CI jobs for GitHub and GitLab: the tests run each of their commands in clean folders, as the host does.

`gh`, `sudo`, `apt-get` and `make` are stand-ins that record their arguments; git is real.
"""

from __future__ import annotations

import json
import os
import re
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[2]
GITHUB, GITLAB = (yaml.safe_load((ROOT / "examples" / "ci" / name).read_text()) for name in ("github.yml", "gitlab.yml"))
RIGHT = (ROOT / "tests" / "submissions" / "04_embedding" / "right_lecture_style" / "embedding.py").read_text()
HOSTILE = 'print("::set-output name=score::20")\nprint("##[error]leak")\nimport os\nos._exit(0)\n'
GH = """#!/bin/sh
echo "gh $*" >>"$ASKED"
[ "$3" = our-class ] || { echo "GraphQL: Could not resolve to a User or Organization" >&2; exit 1; }
i=0; printf '['
while [ "$i" -lt "${MANY:-3}" ]; do printf '{"nameWithOwner":"Our-Class/rnn-s%s"},' "$i"; i=$((i + 1)); done
printf '{"nameWithOwner":"Our-Class/rnn"},{"nameWithOwner":"Our-Class/website"}]'
"""
ASKED = '#!/bin/sh\necho "$(basename "$0") $*" >>"$ASKED"\n'


@pytest.fixture
def host(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A job's folder; `asked` in it has what the stand-ins were asked."""
    (tmp_path / "bin").mkdir()
    for name, text in {"gh": GH, "sudo": ASKED, "apt-get": ASKED, "make": ASKED}.items():
        (tmp_path / "bin" / name).write_text(text)
        (tmp_path / "bin" / name).chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path / 'bin'}:{os.environ['PATH']}")
    monkeypatch.setenv("ASKED", str(tmp_path / "asked"))
    for name in ("GITHUB_OUTPUT", "GITHUB_STEP_SUMMARY"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))
    return tmp_path


def shell(folder: Path, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """As GitHub and GitLab start a script: bash, which ends at the first command that fails."""
    command = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c", script]
    return subprocess.run(command, cwd=folder, env=os.environ | environment, capture_output=True, text=True)


def steps(job: str) -> list[dict[str, Any]]:
    return list(GITHUB["jobs"][job]["steps"])


def listed(host: Path, course: Path, repositories: str, **environment: str) -> subprocess.CompletedProcess[str]:
    [step] = (step for step in steps("list") if "run" in step)
    assert step["env"]["REPOSITORIES"] == "${{ inputs.repositories }}"  # never in the script, where it would be code
    return shell(course, step["run"], REPOSITORIES=repositories, **environment)


@pytest.mark.parametrize(
    ("words", "repositories"),
    [
        ("our-class/rnn-ada  our-class/rnn-bo our-class/rnn-ada", ["our-class/rnn-ada", "our-class/rnn-bo"]),
        ("our-class/rnn-*", ["Our-Class/rnn-s0", "Our-Class/rnn-s1", "Our-Class/rnn-s2"]),
    ],
    ids=["by name", "all of an organisation"],
)
def test_repositories_become_the_matrix(host: Path, course: Path, words: str, repositories: list[str]) -> None:
    done = listed(host, course, words)
    assert done.returncode == 0, done.stderr
    name, _, value = (host / "github_output").read_text().strip().partition("=")
    assert (name, json.loads(value)) == ("repositories", repositories)
    assert GITHUB["jobs"]["list"]["outputs"] == {"repositories": "${{ steps.list.outputs.repositories }}"}
    assert GITHUB["jobs"]["grade"]["strategy"]["matrix"] == {"repository": "${{ fromJSON(needs.list.outputs.repositories) }}"}


@pytest.mark.parametrize(
    ("words", "why"),
    [
        ("", "Name at least one repository."),
        ("ada", "'ada' is not OWNER/REPOSITORY or OWNER/PATTERN."),
        ("*/rnn", "'*/rnn' is not OWNER/REPOSITORY or OWNER/PATTERN."),
        ("our-class/hw-*", "No repository matches our-class/hw-*."),
        ("their-class/*", "The repositories of their-class could not be listed."),
        ("our-class/rnn-*", "300 repositories match, and one run may have 256 jobs."),
    ],
)
def test_what_makes_no_matrix_stops_the_run(host: Path, course: Path, words: str, why: str) -> None:
    done = listed(host, course, words, MANY="300")
    assert done.returncode == 2
    assert f"::error::{why}" in done.stderr
    assert not (host / "github_output").exists()


def test_github_grades_a_class(host: Path, course: Path) -> None:
    (host / "course").symlink_to(course)
    set_up, grade = (step for step in steps("grade") if "run" in step)
    done = shell(host, set_up["run"])
    assert done.returncode == 0, done.stderr
    assert (host / "asked").read_text().splitlines()[-1] == "make -C course .venv/.installed"
    assert grade["env"] == {"STUDENT": "${{ matrix.repository }}", "ASSIGNMENT": "${{ inputs.assignment }}"}
    downloaded, uploaded = steps("collect")
    assert downloaded["with"] == {"pattern": "results-*", "path": uploaded["with"]["path"]}
    submission = host / "submission" / "04_embedding"
    submission.mkdir(parents=True)
    for index, (student, ending, status) in enumerate([("ada", "", 0), ("bo", HOSTILE, 1)]):
        (submission / "embedding.py").write_text(RIGHT + ending)
        done = shell(host, grade["run"], STUDENT=f"our-class/rnn-{student}", ASSIGNMENT="04_embedding")
        assert done.returncode == status, done.stdout + done.stderr
        assert "set-output" not in done.stdout + done.stderr
        (host / "results").rename(host / f"results-{index}")  # what one job uploads, and the last one downloads
        (host / "class").mkdir(exist_ok=True)
        (host / f"results-{index}").rename(host / "class" / f"results-{index}")
    assert "our-class/rnn-ada" in (host / "github_step_summary").read_text()
    done = shell(host, f"{course}/.venv/bin/autograder report class --format moodle")
    assert done.stdout.splitlines()[1:] == ["our-class/rnn-ada,20", "our-class/rnn-bo,0"]


def test_gitlab_grades_a_project(host: Path, course: Path) -> None:
    project = host / "host" / "our-class" / "rnn-ada.git"
    (project / "04_embedding").mkdir(parents=True)
    (project / "04_embedding" / "embedding.py").write_text(RIGHT)
    git = "git -c user.name=ada -c user.email=ada@example.org"
    assert shell(project, f"git init -q && git add . && {git} commit -qm 'My solution'").returncode == 0
    job = GITLAB["grade"]
    environment = {
        "READ_TOKEN": "secret", "CI_SERVER_HOST": "gitlab.example.org", "STUDENT_PROJECT": "our-class/rnn-ada",
        "ASSIGNMENT": "04_embedding", "GIT_CONFIG_COUNT": "1", "GIT_CONFIG_VALUE_0": "https://token:secret@gitlab.example.org/",
        "GIT_CONFIG_KEY_0": f"url.file://{host / 'host'}/.insteadOf",
    }  # fmt: skip
    checkout = host / "checkout"
    checkout.mkdir()
    for path in course.iterdir():
        (checkout / path.name).symlink_to(path)
    done = shell(checkout, "\n".join([*job["before_script"], *job["script"]]), **environment)
    assert done.returncode == 0, done.stdout + done.stderr
    assert "secret" not in done.stdout + done.stderr
    document = json.loads((checkout / "results" / "result.json").read_text())
    assert (document["student"], document["score"]) == ("our-class/rnn-ada", 20)
    assert (checkout / job["artifacts"]["reports"]["junit"]).is_file()


@pytest.mark.parametrize("name", ["examples/ci/github.yml", "examples/ci/gitlab.yml", ".github/workflows/ci.yml"])
def test_a_workflow_is_what_its_host_reads(name: str) -> None:
    text = (ROOT / name).read_text()
    assert yaml.safe_load(text)
    assert "pull_request_target" not in text
    for path in re.findall(r"examples/ci/\w+\.(?:sh|py)|\.ci/run", text):
        assert (ROOT / path).is_file()


def test_nothing_that_a_person_types_becomes_code_of_a_script() -> None:
    for job in GITHUB["jobs"].values():
        assert not [step for step in job["steps"] if "${{" in step.get("run", "")]
