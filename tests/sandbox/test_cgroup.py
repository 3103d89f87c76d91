"""Cgroups for children, on a folder that stands in for a cgroup; test_cgroup_kernel.py uses real ones."""

from __future__ import annotations

import contextlib
import errno
import os
import shutil
import signal
from pathlib import Path

import pytest

from autograder.sandbox import ChildEnded, ChildLost, Limits, Sandbox, SandboxLost, cgroup, doctor
from autograder.sandbox.cgroup import Cgroup, Leaf, NotDelegated, own_folder, take

PURE = "41 31 0:38 / /sys/fs/cgroup rw,relatime - cgroup2 cgroup2 rw"
OLD = "40 31 0:37 / /sys/fs/cgroup/memory rw - cgroup cgroup rw,memory"
HYBRID = f"{OLD}\n41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw"
BOUND = "41 31 0:38 /docker/ab /sys/fs/cgroup rw - cgroup2 cgroup rw"
NOBODY = 2**22 + 1  # above the highest process id there can be


@pytest.mark.parametrize(
    ("mounts", "membership", "wanted"),
    [
        (PURE, "0::/user.slice/run.scope\n", "/sys/fs/cgroup/user.slice/run.scope"),
        (PURE, "0::/\n", "/sys/fs/cgroup"),
        (HYBRID, "4:memory:/a\n0::/b\n", "/sys/fs/cgroup/unified/b"),
        (BOUND, "0::/docker/ab/run\n", "/sys/fs/cgroup/run"),
        (BOUND, "0::/docker/other\n", None),
        (OLD, "4:memory:/a\n", None),
        ("", "0::/\n", None),
    ],
    ids=["version 2", "its root", "hybrid", "a container's part", "not in the mounted part", "version 1", "not mounted"],
)
def test_where_a_process_is(mounts: str, membership: str, wanted: str | None) -> None:
    if wanted is None:
        with pytest.raises(NotDelegated, match="in no cgroup of version 2"):
            own_folder(mounts, membership)
    else:
        assert own_folder(mounts, membership) == Path(wanted)


def put(folder: Path, **files: str) -> None:
    for name, text in files.items():
        (folder / name.replace("__", ".")).write_text(text)


def make(folder: Path) -> None:
    folder.mkdir(exist_ok=True)
    put(folder, cgroup__procs="", cgroup__kill="", cgroup__type="domain\n")
    put(folder, memory__max="max", memory__oom__group="0", pids__max="max", memory__events="low 0\noom 0\noom_kill 0\n")


def remove(folder: Path) -> None:
    if (folder / "cgroup.procs").read_text() and not (folder / "cgroup.kill").read_text():
        raise OSError(errno.EBUSY, "it has processes")
    shutil.rmtree(folder)


@pytest.fixture
def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder in the place of a delegated cgroup, with this process in it."""
    monkeypatch.setattr(cgroup, "_make", make)
    monkeypatch.setattr(cgroup, "_remove", remove)
    monkeypatch.setattr(cgroup, "SYSTEMD", tmp_path / "no systemd")
    folder = tmp_path / "run.scope"
    make(folder)
    put(folder, cgroup__procs=f"{os.getpid()}\n", cgroup__controllers="cpu memory pids\n", cgroup__subtree_control="")
    return folder


def test_this_process_moves_down_and_hands_the_controllers_on(played: Path) -> None:
    assert take(played) == Cgroup(played, frozenset({"memory", "pids"}))
    judge = played / f"autograder-{os.getpid()}-judge"
    assert (judge / "cgroup.procs").read_text() == str(os.getpid())
    assert (played / "cgroup.subtree_control").read_text() == "+memory +pids"


def test_a_command_started_by_one_of_ours_uses_the_same_cgroup(played: Path) -> None:
    put(played, cgroup__subtree_control="memory pids\n")
    assert take(played / "autograder-1-judge") == Cgroup(played, frozenset({"memory", "pids"}))
    assert not list(played.glob("autograder-*"))


@pytest.mark.parametrize(
    ("files", "reason"),
    [
        ({"cgroup__controllers": "cpu io\n"}, "no memory and no pids controller"),
        ({"cgroup__procs": f"1\n{os.getpid()}\n"}, "other processes are in the cgroup"),
        ({"cgroup__procs": None}, "may not write to its own cgroup"),
    ],
    ids=["without controllers", "beside a shell", "not ours"],
)
def test_what_cannot_be_used_is_left_alone(played: Path, files: dict[str, str | None], reason: str) -> None:
    for name, text in files.items():
        put(played, **{name: text or ""})
        if text is None:
            (played / name.replace("__", ".")).unlink()
    with pytest.raises(NotDelegated, match=reason):
        take(played)
    assert not list(played.glob("autograder-*"))
    assert (played / "cgroup.subtree_control").read_text() == ""


@pytest.mark.parametrize("mark", [None, b"0", b"1"], ids=["no mark", "marked as kept", "marked as delegated"])
def test_systemd_must_have_delegated(played: Path, monkeypatch: pytest.MonkeyPatch, mark: bytes | None) -> None:
    def getxattr(_: Path, name: str) -> bytes:
        if mark is None or name != "trusted.delegate":
            raise OSError(errno.ENODATA, "no such attribute")
        return mark

    monkeypatch.setattr(cgroup, "SYSTEMD", played)
    monkeypatch.setattr(cgroup.os, "getxattr", getxattr)
    with contextlib.nullcontext() if mark == b"1" else pytest.raises(NotDelegated, match="systemd has not delegated"):
        take(played)


def test_controllers_that_are_refused_leave_everything_as_it_was(played: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def write(file: Path, text: str, kernel: object = cgroup._write) -> None:
        if file.name == "cgroup.subtree_control":
            raise OSError(errno.EBUSY, "refused for the test")
        if file.name == "cgroup.procs":  # a process is in one cgroup
            put(file.parent.parent if file.parent != played else next(played.glob("*-judge")), cgroup__procs="")
        kernel(file, text)

    monkeypatch.setattr(cgroup, "_write", write)
    with pytest.raises(NotDelegated, match="refused for the test"):
        take(played)
    assert (played / "cgroup.procs").read_text() == str(os.getpid())
    assert not list(played.glob("autograder-*"))


def test_leftovers_of_dead_runs_are_removed_and_nothing_else(played: Path) -> None:
    dead, own = f"autograder-{NOBODY}", f"autograder-{os.getpid()}"
    names = {f"{dead}-7", f"{dead}-judge", f"{dead}-8", f"{own}-1", "other"}
    for name in names:
        make(played / name)
    put(played / f"{dead}-8", cgroup__procs="77\n")  # a child that has yet to die
    take(played)
    left = {path.name for path in played.iterdir() if path.is_dir()}
    assert left == {f"{dead}-8", f"{own}-1", f"{own}-judge", "other"}


@pytest.mark.parametrize(
    ("events", "own"),
    [
        ("max 9\noom 1\noom_kill 1\n", True),
        ("max 0\noom 0\noom_kill 1\n", False),
        ("max 9\noom 1\noom_kill 0\n", False),
        (None, False),
    ],
    ids=["its own limit", "the machine was out of memory", "nobody was ended", "no memory controller"],
)
def test_whose_memory_ran_out(tmp_path: Path, events: str | None, own: bool) -> None:
    if events is not None:
        put(tmp_path, memory__events=events)
    assert Leaf(tmp_path).out_of_memory() is own


def test_limits_of_a_controller_that_is_not_there_are_left_out(played: Path) -> None:
    leaf = Cgroup(played, frozenset({"pids"})).child(3, 77, Limits(threads=5), 1 << 20)
    assert (leaf.folder / "memory.max").read_text() == "max"
    assert (leaf.folder / "pids.max").read_text() == "6"
    leaf.remove()  # with the process in it
    assert not leaf.folder.exists()


def test_a_limit_that_is_refused_is_our_accident(played: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cgroup, "_make", Path.mkdir)  # without a file in it
    monkeypatch.setattr(cgroup, "_remove", Path.rmdir)
    with pytest.raises(SandboxLost, match="could not be put into a cgroup"):
        Cgroup(played, cgroup.CONTROLLERS).child(3, 77, Limits(), 0)
    assert not list(played.glob("autograder-*"))


@pytest.mark.parametrize(
    ("events", "ending"),
    [("oom 1\noom_kill 1\n", "memory_limit: more than 1024 MB of its own"), ("oom 0\noom_kill 1\n", "killed from outside")],
    ids=["its own limit", "the machine's memory"],
)
def test_a_child_in_a_played_cgroup(
    sandbox: Sandbox, played: Path, monkeypatch: pytest.MonkeyPatch, events: str, ending: str
) -> None:
    monkeypatch.setattr(cgroup, "find", lambda: (Cgroup(played, cgroup.CONTROLLERS), ""))
    with sandbox.child(0) as child:
        leaf = next(played.glob("autograder-*"))
        assert (leaf / "cgroup.procs").read_text() == str(child._pid)
        assert int((leaf / "memory.max").read_text()) == (1 << 30) + child._zygote.resident > (1 << 30) + (50 << 20)
        assert [(leaf / name).read_text() for name in ("memory.oom.group", "pids.max")] == ["1", "33"]
        put(leaf, memory__events=events, cgroup__procs="")
        os.kill(child._pid, signal.SIGKILL)
        with pytest.raises((ChildEnded, ChildLost), match=ending):
            child.request({"echo": 1})
    assert not list(played.glob("autograder-*"))


def test_the_doctor_says_what_there_is_and_what_follows(played: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for found, wanted in (
        (
            (Cgroup(played, cgroup.CONTROLLERS), ""),
            f"ok      cgroup: {played} is delegated: the kernel bounds all memory and the threads",
        ),
        ((None, "why not"), "absent  cgroup: why not. A submission's address space is limited all the same"),
    ):
        monkeypatch.setattr(cgroup, "find", lambda found=found: found)
        line = next(finding.line() for finding in doctor.report(trial=False) if finding.name == "cgroup")
        assert line.startswith(wanted)
