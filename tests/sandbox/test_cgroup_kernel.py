"""A whole run in a real cgroup, with the version 2 controllers that the kernel has."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from autograder.sandbox import cgroup

ROOT = Path(__file__).parents[2]


def real_mount() -> tuple[Path | None, list[str]]:
    """Where cgroup v2 is mounted and may be written to, and its controllers that serve for a trial."""
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        if " - cgroup2 " in line and os.access(folder := Path(line.split()[4]), os.W_OK):
            there = (folder / "cgroup.controllers").read_text().split()
            return folder, sorted(cgroup.CONTROLLERS.intersection(there) or {"hugetlb"}.intersection(there))
    return None, []


MOUNT, CONTROLLERS = real_mount()
REAL = """
import json, os, signal, sys
from pathlib import Path
from autograder.sandbox import ChildEnded, Limits, Sandbox, cgroup
cgroup.CONTROLLERS = frozenset(sys.argv[2:])
ours, reason = cgroup.find()
print(json.dumps(reason or str(ours.folder)), flush=True)
own = lambda pid: Path(f"/proc/{pid}/cgroup").read_text().split("0::")[1].split()[0]
limits = Limits(memory_bytes=64 << 20, threads=8)
with Sandbox(_child=Path(sys.argv[1]), bubblewrap="off", minimum="none", _without={"rlimits"}) as sandbox:
    with sandbox.child(0, limits) as child:
        print(json.dumps([own("self"), own(child._zygote.process.pid), own(child._pid)]), flush=True)
    print(json.dumps(sorted(path.name for path in ours.folder.glob("autograder-*"))), flush=True)
    said = []
    threads = "import threading, time\\nfor _ in range(40): threading.Thread(target=time.sleep, args=(5,)).start()"
    for code in ("x = bytearray(2 << 30)", threads):
        if len(sys.argv) == 4: break
        try:
            with sandbox.child(0, limits) as child:
                said.append(child.request({"code": code})[0].get("text"))
        except ChildEnded as end:
            said.append(str(end))
    print(json.dumps(said), flush=True)
    with sandbox.child(0, limits):
        os.kill(os.getpid(), signal.SIGKILL)
"""
AGAIN = """
import sys
from autograder.sandbox import cgroup
cgroup.CONTROLLERS = frozenset(sys.argv[1:])
ours, reason = cgroup.find()
print(reason or [path.name for path in ours.folder.glob("autograder-*")])
"""


def wait_until_empty(folder: Path) -> None:
    deadline = time.monotonic() + 5
    while "populated 1" in (folder / "cgroup.events").read_text() and time.monotonic() < deadline:
        time.sleep(0.02)


@pytest.fixture
def delegated() -> Iterator[Path]:
    """A cgroup of this machine's kernel that has the controllers, as systemd would hand one over."""
    if MOUNT is None or not CONTROLLERS:
        pytest.skip("needs a cgroup v2 that may be written to")
    control, folder = MOUNT / "cgroup.subtree_control", MOUNT / f"test-autograder-{os.getpid()}"
    before = set(control.read_text().split())
    folder.mkdir()
    try:
        control.write_text(" ".join(f"+{name}" for name in CONTROLLERS))
        yield folder
    finally:
        (folder / "cgroup.kill").write_text("1")
        for left in [*folder.glob("*/"), folder]:
            wait_until_empty(left)
            left.rmdir()
        for name in set(CONTROLLERS) - before:
            control.write_text(f"-{name}")


@pytest.mark.skipif(cgroup.SYSTEMD.exists(), reason="needs a tree of cgroups that systemd does not own")
@pytest.mark.parametrize("kernel", [f"the kernel's, with {' and '.join(CONTROLLERS)}"])
def test_a_run_in_a_real_cgroup_that_is_killed(delegated: Path, stub_child: Path, kernel: str) -> None:
    """Only memory and pids bound anything; another controller shows the way of the files, and the rule about processes."""

    def run(folder: Path, code: str, *arguments: str) -> subprocess.CompletedProcess[str]:
        enter = f'echo $$ > {folder}/cgroup.procs && exec "$@"'
        command = ["/bin/sh", "-c", enter, "sh", sys.executable, "-c", code, *arguments, *CONTROLLERS]
        return subprocess.run(command, capture_output=True, text=True, timeout=300, cwd=ROOT)

    done = run(delegated, REAL, str(stub_child))
    assert done.returncode == -signal.SIGKILL, done.stderr
    found, (judge, zygote, child), between, said = map(json.loads, done.stdout.splitlines())
    assert found == str(delegated)
    assert judge == zygote == f"/{delegated.name}/{between[0]}"
    assert child.startswith(f"/{delegated.name}/autograder-")
    assert child != judge
    assert len(between) == 1  # the child's has gone with it
    if {"memory", "pids"} <= set(CONTROLLERS):
        assert said == ["memory_limit: more than 64 MB of its own", "can't start new thread"]
    assert len(list(delegated.glob("autograder-*"))) == 2  # the judge's and the last child's
    again = run(delegated / between[0], AGAIN)
    assert again.stdout == f"{between}\n", again.stderr  # what a process is in cannot be removed
