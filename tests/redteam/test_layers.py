"""Each denial again with the layer that stops it switched off, where it must succeed: a test that cannot fail proves nothing.

tests/sandbox/test_denials.py does this for acts by name; here it is done for raw system calls, for what Landlock adds to
seccomp (TCP ports, signals, abstract sockets), for capabilities and for sizes and existence of files. Where two layers stop
the same act, the rows say so: it is tried with each of them alone, and succeeds only when both are off.

Every call is aimed at the calling process itself or at a socket of ours, so that nothing is harmed when it succeeds.
"""

# ruff: noqa: E501  (tables: one row, one line)

from __future__ import annotations

import os
import socket
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from autograder.child import landlock
from autograder.sandbox import Limits, Sandbox

ALL = frozenset({"seccomp", "landlock"})
BARE = frozenset({"seccomp", "privileges", "rlimits"})
X86 = os.uname().machine == "x86_64"
PRELUDE = """
import ctypes, errno, os, socket, struct, signal, fcntl
libc = ctypes.CDLL(None, use_errno=True)
buffer = ctypes.create_string_buffer(4096)
def call(result):
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
try:
    {act}
    answer = "done"
except OSError as error:
    answer = errno.errorcode.get(error.errno, "OSError")
"""

# act -> the code; the layers that stop it, each alone; what is seen with all of them off
ACTS: dict[str, tuple[str, frozenset[str], str]] = {
    "ptrace": ("call(libc.ptrace(0, 0, 0, 0))", frozenset({"seccomp"}), "done"),
    "process_vm_readv": ("call(libc.process_vm_readv(os.getpid(), None, 0, None, 0, 0))", frozenset({"seccomp"}), "done"),
    "kcmp": ("call(libc.syscall(312, os.getpid(), os.getpid(), 0, 0, 0))", frozenset({"seccomp"}), "done"),
    "pidfd_open": ("call(libc.syscall(434, os.getpid(), 0))", frozenset({"seccomp"}), "done"),
    "memfd_create": ("os.memfd_create('x')", frozenset({"seccomp"}), "done"),
    "shmget": ("call(libc.shmget(0, 4096, 0o1600))", frozenset({"seccomp"}), "done"),
    "prlimit64 to change a limit": ("call(libc.syscall(302, 0, 4, struct.pack('QQ', 0, 0), None))", frozenset({"seccomp"}), "done"),
    "F_SETOWN": ("fcntl.fcntl(3, 8, os.getpid())", frozenset({"seccomp"}), "done"),
    "sched_setscheduler": ("call(libc.sched_setscheduler(0, 3, struct.pack('i', 0)))", frozenset({"seccomp"}), "done"),
    "PR_SET_DUMPABLE": ("call(libc.prctl(4, 0))", frozenset({"seccomp"}), "done"),
    "a UDP socket": ("socket.socket(socket.AF_INET, socket.SOCK_DGRAM)", frozenset({"seccomp"}), "done"),
    "a netlink socket": ("socket.socket(socket.AF_NETLINK, socket.SOCK_RAW)", frozenset({"seccomp"}), "done"),
    "a signal to itself": ("os.kill(os.getpid(), 0)", frozenset({"seccomp"}), "done"),
    "utime on a foreign file": ("os.utime('{canary}')", frozenset({"seccomp"}), "EACCES"),
    "setxattr on a foreign file": ("os.setxattr('{canary}', 'user.x', b'y')", frozenset({"seccomp"}), "EACCES"),
    "fork by raw clone": ("pid = libc.syscall(56, 17, 0, 0, 0, 0)\n    if pid == 0: os._exit(0)\n    call(pid)", frozenset({"seccomp"}), "done"),
    "a TCP connection": ("socket.create_connection(('127.0.0.1', {port}), 2)", ALL, "done"),
    "a TCP server": ("socket.create_server(('127.0.0.1', 0))", frozenset({"seccomp", "landlock"}), "done"),
    "an abstract socket of the judge": (
        "s = socket.socket(socket.AF_UNIX); s.connect(chr(0) + '{abstract}')",
        ALL,
        "done",
    ),
    "a signal to the judge": ("os.kill({pid}, 0)", ALL, "EPERM"),
    "a file that anybody may read": ("open('{canary}')", frozenset({"landlock"}), "done"),
    "a file in /dev/shm": ("os.close(os.open('/dev/shm/autograder-redteam', os.O_CREAT | os.O_RDWR)); os.unlink('/dev/shm/autograder-redteam')", ALL, "done"),
}  # fmt: skip
# The first version of Landlock that knows the act, where that is not 1.
LANDLOCK_SINCE = {"a TCP connection": 4, "a TCP server": 4, "an abstract socket of the judge": 6, "a signal to the judge": 6}
# With every layer off, the child's own uid still refuses these, where it has one.
OWN_UID = {"utime on a foreign file", "setxattr on a foreign file", "a signal to the judge"}


@pytest.fixture(scope="module")
def subjects(secrets: Path) -> Iterator[dict[str, object]]:
    name = f"autograder-redteam-{os.getpid()}"
    with socket.create_server(("127.0.0.1", 0)) as server, socket.socket(socket.AF_UNIX) as abstract:
        abstract.bind("\0" + name)
        abstract.listen()
        yield {"canary": secrets / "secret.txt", "port": server.getsockname()[1], "abstract": name, "pid": os.getpid()}


@pytest.fixture(scope="module")
def tried(sandbox_like: Callable[..., Sandbox], stub_child: Path, subjects: dict[str, object]) -> Callable[[str, frozenset], str]:
    """tried(act, layers off) -> what came of it, without bubblewrap."""

    def run(act: str, off: frozenset[str]) -> str:
        sandbox = sandbox_like(_child=stub_child, bubblewrap="off", minimum="none", _without=off)
        with sandbox.child(0, Limits()) as child:
            return child.request({"code": PRELUDE.replace("{act}", act.format(**subjects))})[0]["answer"]

    return run


@pytest.mark.skipif(not X86, reason="the numbers are those of x86-64")
@pytest.mark.parametrize("name", ACTS)
def test_an_act_is_refused_by_each_of_its_layers_and_by_no_other(tried: Callable[[str, frozenset], str], name: str) -> None:
    act, layers, without = ACTS[name]
    if landlock.abi() < LANDLOCK_SINCE.get(name, 1):
        layers = layers - {"landlock"}
    assert tried(act, frozenset()) in ("EPERM", "EACCES")
    if len(layers) > 1:
        for layer in layers:
            assert tried(act, ALL - {layer}) in ("EPERM", "EACCES"), f"{layer} alone does not stop it"
    off = tried(act, layers)
    assert off == without or (name in OWN_UID and off == "done")  # a uid of its own is not given everywhere


CAPABILITIES = """
with_status = ctypes.create_string_buffer(24)
header = ctypes.create_string_buffer(struct.pack("=Ii", 0x20080522, 0))
call(libc.capget(header, with_status))
effective = struct.unpack("=6I", with_status.raw[:24])
answer = [effective[0] | effective[3], effective[1] | effective[4], os.getuid()]
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="an ordinary user has no capabilities to drop: run as root to see them dropped")
def test_capabilities_and_the_uid_are_gone_and_are_there_without_the_layer(
    sandbox_like: Callable[..., Sandbox], stub_child: Path
) -> None:
    code = PRELUDE.replace("{act}", "pass") + CAPABILITIES
    found, own_uid = {}, False
    for off in (frozenset({"seccomp"}), BARE):
        sandbox = sandbox_like(_child=stub_child, bubblewrap="off", minimum="none", _without=off)
        own_uid = sandbox.protection.own_uid if off != BARE else own_uid
        with sandbox.child(0) as child:
            found[off] = child.request({"code": code})[0]["answer"]
    confined, bare = found.values()
    assert confined[:2] == [0, 0]
    assert (confined[2] != 0) == own_uid
    assert bare[0] != 0
    assert bare[2] == 0


SIZE = "import os\ntry: answer = os.stat('{path}').st_size\nexcept OSError as error: answer = type(error).__name__"


def test_the_private_root_hides_that_a_file_exists_and_how_large_it_is(
    sandbox_like: Callable[..., Sandbox], stub_child: Path, secrets: Path
) -> None:
    """Landlock hides neither. The gap without bubblewrap is documented: no secret may be in a file's name or size."""
    code = SIZE.format(path=secrets / "secret.txt")
    answers = {}
    for mode, options in (("off", {"minimum": "none", "_without": frozenset()}), ("required", {})):
        with sandbox_like(_child=stub_child, bubblewrap=mode, **options).child(0) as child:
            answers[mode] = child.request({"code": code})[0]["answer"]
    assert answers == {"off": (secrets / "secret.txt").stat().st_size, "required": "FileNotFoundError"}


MEMORY = "import mmap\ntry: mmap.mmap(-1, 3 << 30); answer = 'done'\nexcept (OSError, MemoryError): answer = 'refused'"


def test_memory_is_bounded_by_rlimits_alone(sandbox_like: Callable[..., Sandbox], stub_child: Path) -> None:
    for off, wanted in ((frozenset({"seccomp"}), "refused"), (BARE, "done")):
        with sandbox_like(_child=stub_child, bubblewrap="off", minimum="none", _without=off).child(0) as child:
            assert child.request({"code": MEMORY})[0]["answer"] == wanted
