"""The locks hold on the kernels that people have: a child as each version of Landlock sees it.

The whole suite runs so with `pytest --landlock-abi N tests/redteam tests/sandbox`.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.child import landlock
from autograder.sandbox import Sandbox, doctor

STANDARD = {"rlimits", "privileges", "landlock", "seccomp"}
OLDER = (1, 2, 4, 5)  # the last before REFER, before TRUNCATE, before IOCTL_DEV, before the scopes
CODE = """
import errno, os, signal, socket
def outcome(act):
    try:
        act()
    except OSError as error:
        return errno.errorcode[error.errno]
    return "done"
answer = {{
    "truncate": outcome(lambda: os.open("{victim}", os.O_RDONLY | os.O_TRUNC)),
    "os.truncate": outcome(lambda: os.truncate("{victim}", 0)),
    "overwrite": outcome(lambda: os.open("{victim}", os.O_WRONLY)),
    "create": outcome(lambda: os.open("{victim}.new", os.O_WRONLY | os.O_CREAT)),
    "rename": outcome(lambda: os.rename("{victim}", "{victim}.moved")),
    "link": outcome(lambda: os.link("{victim}", "{victim}.link")),
    "chmod": outcome(lambda: os.chmod("{victim}", 0o777)),
    "socket": outcome(lambda: socket.socket()),
    "signal": outcome(lambda: os.kill({pid}, 0)),
}}
"""

Tried = Callable[..., dict[str, str]]


@pytest.fixture
def victim(stub_child: Path, tmp_path: Path) -> str:
    """A file that the child may read, as it may the libraries' files, and that its user may write."""
    return str(tmp_path / "child" / "victim.txt")


@pytest.fixture
def tried(
    older_landlock: Callable[[int, Path, Path], Path],
    stub_child: Path,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    victim: str,
) -> Tried:
    def run(version: int, **options: object) -> dict[str, str]:
        offered = landlock.abi()
        if version > offered:
            pytest.skip(f"needs version {version} of Landlock, and there is only {offered} here")
        monkeypatch.setattr(landlock, "abi", lambda: min(version, offered))
        folder = older_landlock(version, stub_child, tmp_path / "child")
        Path(victim).write_text("content")
        Path(victim).chmod(0o666)
        with Sandbox(_child=folder, bubblewrap="off", **options) as sandbox, sandbox.child(0) as child:
            assert sandbox.protection.landlock_abi == version
            return child.request({"code": CODE.format(victim=victim, pid=os.getpid())})[0]["answer"]

    return run


@pytest.mark.parametrize("version", OLDER)
def test_what_the_newest_landlock_refuses_is_refused_on_an_older_one(tried: Tried, victim: str, version: int) -> None:
    outcomes = tried(version)
    assert set(outcomes.values()) <= {"EPERM", "EACCES"}, outcomes
    assert Path(victim).read_text() == "content"


def test_without_the_filter_landlock_2_lets_a_file_be_emptied(tried: Tried, victim: str) -> None:
    outcomes = tried(2, minimum="none", _without=("seccomp",))
    assert outcomes["truncate"] == "done"
    assert Path(victim).read_text() == ""


def test_the_doctor_says_which_version_there_is_and_what_follows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(landlock, "abi", lambda: 2)
    line = next(finding.line() for finding in doctor.report(trial=False) if finding.name == "landlock")
    assert "version 2" in line
    assert "partially enforced" in line
    assert "truncat" in line
    monkeypatch.setattr(landlock, "abi", lambda: 7)
    line = next(finding.line() for finding in doctor.report(trial=False) if finding.name == "landlock")
    assert "fully enforced" in line
