"""Gradescope's image and Classroom 50's runner, set up from nothing: `python -m pytest tests/ci/hosts.py` (some minutes).

As root, on Debian or Ubuntu; packages are downloaded. Each runs in its own root file system: this
machine's with an overlay on top, which is removed after the test. The commands are read from docs/ci.md.
"""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pyseccomp

from autograder.cli import main
from tests.ci.test_classroom50 import ABOUT, RUNNER
from tests.ci.test_gradescope import CHEATS, CONTAINER, EMBEDS_NOTHING, PAGE, RIGHT, ROOT
from tests.reports.test_formats import classroom50_score, gradescope_score

HIDDEN = ("/root", "/srv", "/work")  # where this checkout may lie: not in the new root, and what is written there is not kept
ENTER = """set -eu
cd "$1"; shift
mount -t overlay overlay -o lowerdir=/,upperdir=changes/upper,workdir=changes/work root
mount --rbind /proc root/proc; mount --rbind /dev root/dev; mount --rbind /sys root/sys
mount -t tmpfs tmpfs root/tmp
for hidden in {hidden}; do [ ! -d "root$hidden" ] || mount -t tmpfs tmpfs "root$hidden"; done
mkdir -p root/handover; mount --rbind handover root/handover
cd root; mkdir -p .old; pivot_root . .old; cd /; umount -l /.old; rmdir /.old
exec "$@"
"""
DOCKER = (
    "chown,dac_override,fowner,fsetid,kill,setgid,setuid,setpcap,net_bind_service,net_raw,sys_chroot,mknod,audit_write,setfcap"
)
READS = "import pathlib; print(pathlib.Path('/opt/rnn-course/solutions/04_embedding/embedding.py').read_text())"


class Machine:
    """A machine of its own: what a command changes stays for the next one. `handover` is a folder that both can see."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.handover = folder / "handover"

    def run(self, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        enter = ENTER.format(hidden=" ".join(HIDDEN))
        kept = {name: os.environ[name] for name in os.environ if name.startswith(("PIP_", "LANG", "http", "HTTP"))}
        whole = ["unshare", "--mount", "--propagation", "private", "bash", "-c", enter, "enter", str(self.folder), *command]
        path = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin", "HOME": "/root"}
        return subprocess.run(whole, env=kept | path | environment, capture_output=True, text=True)

    def bash(self, script: str, **environment: str) -> subprocess.CompletedProcess[str]:
        done = self.run("bash", "-euo", "pipefail", "-c", script, **environment)
        assert done.returncode == 0, done.stdout + done.stderr
        return done


@contextmanager
def machine(folder: Path) -> Iterator[Machine]:
    assert os.geteuid() == 0, "run this as root: it makes a root file system of its own"
    subprocess.run(["mount", "-t", "tmpfs", "tmpfs", folder], check=True)
    try:
        for name in ("changes/upper", "changes/work", "root", "handover"):
            (folder / name).mkdir(parents=True)
        yield Machine(folder)
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def container(there: Machine, *command: str) -> subprocess.CompletedProcess[str]:
    """The command as Docker starts it: few capabilities, no namespaces and no mounts."""
    (there.handover / "container.py").write_text(CONTAINER)
    shutil.copy(str(pyseccomp.__file__), there.handover / "pyseccomp.py")
    capabilities = "-all," + ",".join(f"+{name}" for name in DOCKER.split(","))
    privileges = ["setpriv", "--bounding-set", capabilities, "--inh-caps", capabilities]
    return there.run(*privileges, "python3", "/handover/container.py", "", *command)


def test_gradescope(tmp_path: Path) -> None:
    with machine(tmp_path) as there:
        made = re.search(r"\.venv/bin/autograder (gradescope .* --output) autograder\.zip\n", PAGE)
        assert made
        assert main([*made[1].split(), str(there.handover / "autograder.zip")]) == 0
        there.bash(
            "mkdir -p /autograder/source /autograder/submission /autograder/results && cd /autograder/source"
            " && python3 -m zipfile -e /handover/autograder.zip . && chmod +x setup.sh run_autograder && cp run_autograder .."
        )
        built = container(there, "/autograder/source/setup.sh")
        assert built.returncode == 0, built.stdout + built.stderr
        print(built.stdout)
        assert "grading: possible; seen to refuse what it must: landlock, privileges, rlimits, seccomp" in built.stdout
        cheats = CHEATS.format(root="/autograder")
        for ending, score in (("", 20), (EMBEDS_NOTHING, 15), (EMBEDS_NOTHING + cheats, 15), ("\nimport os\nos._exit(0)\n", 0)):
            (there.handover / "embedding.py").write_text(RIGHT + ending)
            there.bash("cp /handover/embedding.py /autograder/submission/")
            graded = container(there, "/autograder/run_autograder")
            assert (graded.returncode, graded.stdout) == (0, ""), graded.stderr
            written = there.bash("cat /autograder/results/results.json").stdout
            assert gradescope_score(written) == score, written


def setup_of_the_page() -> str:
    """The commands that the page gives the owner of the runner, to run as root."""
    block = re.search(r"On the runner, as root:\n\n```bash\n(.*?)```", PAGE, re.DOTALL)
    assert block
    return block[1]


def test_classroom_50(tmp_path: Path) -> None:
    with machine(tmp_path) as there:
        clone = there.handover / "clone"
        subprocess.run(["git", "clone", "--quiet", "--no-hardlinks", ROOT, clone], check=True)
        shutil.copytree(ROOT / "examples" / "ci", clone / "examples" / "ci", dirs_exist_ok=True)
        there.bash("command -v sudo || { apt-get update -q; apt-get install -qy --no-install-recommends sudo; }")
        there.bash("useradd --create-home runner; cp -r /handover/clone /course")
        there.bash(f"cd /course\n{setup_of_the_page()}")

        as_runner = ("runuser", "-u", "runner", "--")
        assert "PermissionError" in there.run(*as_runner, "python3", "-c", READS).stderr
        assert there.run(*as_runner, "sudo", "-n", "-u", "rnn-grader", "cat", "/opt/rnn-course/README.md").returncode != 0

        autograder = "/handover/clone/examples/ci/classroom50/autograder.py"
        script = f"cp -r /handover/checkout ~/checkout && cd ~/checkout && python3 -I {autograder}"
        for ending, score in (("", 2000), (EMBEDS_NOTHING, 1500), (CHEATS.format(root="/opt/rnn-course") + EMBEDS_NOTHING, 1500)):
            checkout = there.handover / "checkout"
            checkout.mkdir(exist_ok=True)
            (checkout / "embedding.py").write_text(RIGHT + ending)
            environment = [f"{name}={value}" for name, value in (RUNNER | {"HOME": "/home/runner"}).items()]
            graded = there.run(*as_runner, "env", *environment, "bash", "-c", script)
            assert graded.returncode == 0, graded.stdout + graded.stderr
            written = json.loads(there.bash("cat /home/runner/checkout/result.json; rm -rf /home/runner/checkout").stdout)
            assert classroom50_score(json.dumps({key: written[key] for key in written if key not in ABOUT})) == score, written
