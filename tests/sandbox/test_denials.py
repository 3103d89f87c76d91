"""Each forbidden act, with the layer that stops it on and off: a denial that cannot fail proves nothing."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.child import libc
from autograder.sandbox import Child, ChildEnded, Limits, Sandbox, seccomp

# id: act, subject, outcome with every layer, the layers to switch off, outcome then
ROWS: dict[str, tuple[str, str, str, tuple[str, ...], str]] = {
    "reads a file anybody may read": ("read", "{canary}", "refused", ("landlock",), "done"),
    "reads the judge's code": ("read", "{judge}", "refused", ("landlock",), "done"),
    "lists the root": ("list", "/", "refused", ("landlock",), "done"),
    "lists the processes": ("list", "/proc", "refused", ("landlock",), "done"),
    "reads its own memory map": ("read", "/proc/self/maps", "refused", ("landlock",), "done"),
    "creates a file": ("write", "{new}", "refused", ("landlock", "seccomp"), "done"),
    "overwrites a file": ("overwrite", "{canary}", "refused", ("landlock",), "done"),
    "empties a file by opening it": ("truncate", "{canary}", "refused", ("landlock", "seccomp"), "done"),
    "empties a folder, which is another error": ("truncate", "/", "refused", ("seccomp",), "EISDIR"),
    "forks": ("fork", "", "refused", ("seccomp",), "done"),
    "opens a TCP socket": ("socket", "AF_INET", "refused", ("seccomp",), "done"),
    "opens a local socket": ("socket", "AF_UNIX", "refused", ("seccomp",), "done"),
    "makes memory that no limit counts": ("memfd", "", "refused", ("seccomp",), "done"),
    "changes a mode": ("chmod", "{canary}", "refused", ("seccomp",), "done"),
    "signals the judge": ("kill", "{pid}", "refused", ("seccomp", "landlock"), "done"),
    "finds a resource without bound": ("unbounded", "", "refused", ("rlimits",), "done"),
    "may gain privileges by exec": ("gain", "", "refused", ("privileges", "landlock", "seccomp"), "done"),
}


def attempt(sandbox: Sandbox, act: str, subject: str) -> str:
    with Child(sandbox._warm(), seed=0, limits=Limits(), serve="probe") as child:
        return child.request({"acts": [[act, subject]]})[0]["outcomes"][0]


@pytest.mark.parametrize(("act", "subject", "on", "layers", "off"), ROWS.values(), ids=ROWS.keys())
def test_a_layer_refuses_what_is_possible_without_it(
    sandbox_like: Callable[..., Sandbox], canary: Path, act: str, subject: str, on: str, layers: tuple[str, ...], off: str
) -> None:
    if act == "gain" and libc.prctl(libc.PR_GET_NO_NEW_PRIVS) == 1:
        pytest.skip("this process has already given up new privileges, and its children with it")
    new = Path("/tmp") / f"autograder-test-new-{os.getpid()}"
    subject = subject.format(canary=canary, judge=os.path.abspath(__file__), pid=os.getpid(), new=new)
    try:
        assert attempt(sandbox_like(bubblewrap="off"), act, subject) == on
        assert attempt(sandbox_like(bubblewrap="off", minimum="none", _without=layers), act, subject) == off
    finally:
        new.unlink(missing_ok=True)


ABSENT = {
    "a file anybody may read": "{canary}",
    "the judge's code": "{judge}",
    "the home folders": "/home",
    "the accounts": "/etc/passwd",
    "the processes": "/proc/self",
}


@pytest.mark.parametrize("subject", ABSENT.values(), ids=ABSENT.keys())
def test_the_private_root_does_not_even_have_it(sandbox_like: Callable[..., Sandbox], canary: Path, subject: str) -> None:
    subject = subject.format(canary=canary, judge=os.path.abspath(__file__))
    assert attempt(sandbox_like(bubblewrap="required"), "stat", subject) == "absent"
    assert attempt(sandbox_like(bubblewrap="off"), "stat", subject) == "done"


RAW = {
    "prlimit64 on another process": "libc.prlimit(os.getppid(), 7, None, buffer)",
    "prlimit64 with a pointer whose low word is zero": "libc.syscall(302, 0, 7, ctypes.c_void_p(1 << 32), None)",
    "clone without CLONE_THREAD": "libc.syscall(56, 17, 0, 0, 0, 0)",
    "ptrace": "libc.ptrace(16, os.getppid(), 0, 0)",
    "unshare": "libc.unshare(0x10000000)",
    "fcntl F_SETOWN": "libc.fcntl(3, 8, os.getppid())",
    "ioctl TIOCSTI": "libc.ioctl(3, 0x5412, b'x')",
    "io_uring_setup": "libc.syscall(425, 8, buffer)",
    "pidfd_open": "libc.syscall(434, os.getppid(), 0)",
    "setrlimit": "libc.setrlimit(7, buffer)",
    "execve": "libc.execve(b'/bin/true', None, None)",
    "a second filter": "libc.prctl(22, 2, buffer)",
    "PR_SET_DUMPABLE": "libc.prctl(4, 1)",
    "openat2": "libc.syscall(437, -100, b'/dev/null', buffer, 24)",
    "open to create": "libc.open(b'/dev/null', os.O_WRONLY | os.O_CREAT, 0o600)",
    "open to empty": "libc.open(b'/dev/null', os.O_RDONLY | os.O_TRUNC)",
    "openat to empty": "libc.openat(-100, b'/dev/null', os.O_RDONLY | os.O_TRUNC)",
    "openat of a file without a name": "libc.openat(-100, b'/tmp', os.O_RDWR | os.O_TMPFILE, 0o600)",
    "creat": "libc.creat(b'/dev/null', 0o600)",
    "truncate": "libc.truncate(b'/dev/null', 0)",
    "ftruncate": "libc.ftruncate(0, 0)",
    "pipe2 with notifications": "libc.pipe2(buffer, os.O_EXCL)",
    "the clock of another process": "libc.clock_gettime(ctypes.c_long((~os.getppid() << 3) | 2), buffer)",
    "the process group of another": "libc.getpgid(os.getppid())",
    "the session of another": "libc.getsid(os.getppid())",
    "get_robust_list of another": "libc.syscall(274, os.getppid(), buffer, buffer)",
    "sched_getaffinity of another": "libc.sched_getaffinity(os.getppid(), 64, buffer)",
    "sched_setaffinity of another": "libc.sched_setaffinity(os.getppid(), 8, buffer)",
}


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="the numbers are those of x86-64")
@pytest.mark.parametrize("call", RAW.values(), ids=RAW.keys())
def test_a_system_call_that_is_not_on_the_list_is_refused(sandbox: Sandbox, call: str) -> None:
    code = (
        "import ctypes, os, errno\nlibc = ctypes.CDLL(None, use_errno=True)\nbuffer = ctypes.create_string_buffer(64)\n"
        f"result = {call}\nanswer = [result, errno.errorcode.get(ctypes.get_errno())]"
    )
    with sandbox.child(0) as child:
        assert child.request({"code": code})[0] == {"answer": [-1, "EPERM"]}


@pytest.mark.skipif(os.uname().machine != "x86_64", reason="x32 is a second set of numbers on x86-64 only")
def test_the_other_numbering_of_system_calls_kills(sandbox: Sandbox) -> None:
    with sandbox.child(0) as child, pytest.raises(ChildEnded) as raised:
        child.request({"code": "import ctypes; ctypes.CDLL(None).syscall(0x40000000 | 39)"})
    assert (raised.value.verdict, raised.value.detail) == ("crashed", "forbidden system call")


def test_only_its_own_four_descriptors_are_open(sandbox: Sandbox) -> None:
    code = """
import os
answer = []
for fd in range(1024):
    try: os.fstat(fd)
    except OSError: continue
    answer.append(fd)
"""
    with sandbox.child(0) as child:
        assert child.request({"code": code})[0]["answer"] == [0, 1, 2, 3]


def test_nothing_of_the_judge_is_in_its_environment(sandbox: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    with sandbox.child(0) as child:
        found = child.request({"code": "import os, sys; answer = [dict(os.environ), sys.argv, sorted(sys.modules)]"})[0]["answer"]
    environment, arguments, modules = found
    assert "PYTEST_CURRENT_TEST" not in environment
    assert environment["HOME"] == "/nonexistent"
    assert arguments == [""]
    assert not [name for name in modules if name.split(".")[0] in ("autograder", "pytest", "_pytest")]


SWEEP = """
import ctypes
libc = ctypes.CDLL(None, use_errno=True)
answer = []
for number in {numbers}:
    ctypes.set_errno(0)
    if libc.syscall(number, -1, -1, -1, -1, -1, -1) != -1 or ctypes.get_errno() != 1:
        answer.append([number, ctypes.get_errno()])
"""
HIGHEST = 512  # some room above the newest system call of today
OF_THE_KERNEL = {335, 336}  # uretprobe and uprobe: newer kernels pass them by every filter, and end whoever makes them up


def test_every_system_call_that_is_not_on_the_list_is_refused(sandbox: Sandbox) -> None:
    """By number, those that have no name yet as well. Only sched_yield succeeds, and does nothing; test_limits.py shows that."""
    pyseccomp = pytest.importorskip("pyseccomp", reason="needs libseccomp: apt-get install libseccomp2", exc_type=Exception)
    listed = {*seccomp.ALLOWED, *seccomp.BY_ARGUMENT, *seccomp.WITHOUT_BITS, *seccomp.AT_MOST, "clone", "clone3", "prlimit64"}
    numbers = set(range(HIGHEST)) - {pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, name) for name in listed} - OF_THE_KERNEL
    assert len(numbers) > HIGHEST - len(listed) - 3
    does_nothing = pyseccomp.resolve_syscall(pyseccomp.Arch.NATIVE, "sched_yield")
    with sandbox.child(0) as child:
        assert child.request({"code": SWEEP.format(numbers=sorted(numbers))})[0] == {"answer": [[does_nothing, 0]]}
