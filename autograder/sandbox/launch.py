"""Start a zygote and talk to it over its control socket. For the private root see `bubblewrap.py`."""

from __future__ import annotations

import array
import base64
import contextlib
import json
import os
import resource
import select
import signal
import socket
import subprocess
import tempfile
from dataclasses import dataclass
from typing import IO, Any

from . import cgroup
from .cpu_affinity import SharedProcessor
from .environment import zygote_environment
from .errors import SandboxLost
from .exit_status import Exit
from .idle_time import TICK_S, Waiting
from .paths import Paths

READY_S = 120.0  # importing torch on a cold, busy machine
REPLY_S = 60.0  # a fork on an overloaded machine
PACKET = 1 << 18
# Loads the two exposed folders as packages of an empty parent, so that nothing beside them can be imported.
BOOTSTRAP = """
import sys, types, importlib.util
control, child, protocol, *packages = sys.argv[1:]
sys.argv[:] = [""]
sys.path += packages
sys.modules["exposed"] = exposed = types.ModuleType("exposed")
exposed.__path__ = []
for name, folder in ("exposed.protocol", protocol), ("exposed.child", child):
    spec = importlib.util.spec_from_file_location(name, folder + "/__init__.py", submodule_search_locations=[folder])
    sys.modules[name] = module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
from exposed.child.zygote import serve
serve(int(control))
"""


def _maps_one_user() -> bool:
    """Whether this is a user namespace with a single user, as `unshare -Ur` makes: there is no other uid to change to."""
    try:
        with open("/proc/self/uid_map") as mapped:
            return [line.split()[2] for line in mapped] == ["1"]
    except (OSError, IndexError):
        return False


@dataclass(frozen=True)
class Plan:
    """How to start a zygote, decided once per Sandbox."""

    paths: Paths
    prefix: tuple[str, ...] = ()  # the bubblewrap command, if any
    exposed: tuple[str, ...] = ()  # the paths of the folders `child` and `protocol` as the zygote sees them
    layers: frozenset[str] = frozenset()
    own_user_namespace: bool = False
    readable: tuple[str, ...] = ()
    listable: tuple[str, ...] = ()
    filter: bytes = b""


def command(plan: Plan, control: int) -> list[str]:
    python = [plan.paths.python, "-P", "-s", "-S", "-B", "-c", BOOTSTRAP]  # not -I: it ignores our environment
    return [*plan.prefix, *python, str(control), *plan.exposed, *plan.paths.packages]


def _offer_to_the_kernel() -> None:
    """When memory runs out, let the kernel kill the zygote before the judge; a child's score is higher still.

    The judge's own limit on its address space does not apply to them.
    """
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    resource.setrlimit(resource.RLIMIT_AS, (hard, hard))
    with contextlib.suppress(OSError):
        fd = os.open("/proc/self/oom_score_adj", os.O_WRONLY)
        os.write(fd, b"500")
        os.close(fd)


def start(plan: Plan) -> Zygote:
    """Start a zygote, which warms up in the background. The thread that starts it must outlive it."""
    cgroup.find()  # first: where this process moves to another cgroup, the zygote belongs there too
    control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    errors = tempfile.TemporaryFile()
    with theirs:
        process = subprocess.Popen(
            command(plan, theirs.fileno()),
            pass_fds=[theirs.fileno()],
            env=zygote_environment(),
            cwd="/",
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
            preexec_fn=_offer_to_the_kernel,
        )
    zygote = Zygote(control, errors, process)
    config = {
        "layers": sorted(plan.layers),
        "readable": plan.readable,
        "listable": plan.listable,
        "filter": base64.b64encode(plan.filter).decode(),
        "own_user_namespace": plan.own_user_namespace or _maps_one_user(),
    }
    zygote._send({"config": config})
    return zygote


class Zygote:
    """A connection to a running zygote. Not thread-safe.

    process: the zygote's, when this process started it and has to end it; None when another process of ours did.
    """

    def __init__(self, control: socket.socket, errors: IO[bytes], process: subprocess.Popen[bytes] | None = None) -> None:
        self.control, self._errors, self.process = control, errors, process
        self._exits: dict[int, Exit] = {}
        self._started: dict[int, int] = {}  # id -> pidfd
        self.pidfd = -1
        self.ready: dict[str, Any] = {}
        self.address_space = self.resident = 0
        self.processor = SharedProcessor()

    def joined(self) -> Zygote:
        """Replace this connection by a new one, in a process forked from the one that started the zygote."""
        control, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        with self.control, theirs:
            self._send({"join": True}, [theirs.fileno()])
        return Zygote(control, self._errors)

    def _lost(self, what: str) -> SandboxLost:
        if self.control.fileno() < 0:
            return SandboxLost("the sandbox is closed")
        self._errors.seek(0)
        last = self._errors.read()[-2000:].decode(errors="replace").strip().splitlines()[-1:]
        return SandboxLost(": ".join([what, *last]))

    def _send(self, message: dict[str, Any], fds: list[int] | None = None) -> None:
        rights = [(socket.SOL_SOCKET, socket.SCM_RIGHTS, array.array("i", fds))] if fds else []
        try:
            self.control.sendmsg([json.dumps(message).encode()], rights, socket.MSG_DONTWAIT)
        except OSError as error:
            raise self._lost("the zygote does not listen") from error

    def pump(self, timeout_s: float = 0.0) -> None:
        """Handle one message, if one arrives within `timeout_s`."""
        if self.control.fileno() < 0:
            raise self._lost("")
        poll = select.poll()
        poll.register(self.control, select.POLLIN)
        if not poll.poll(max(0.0, timeout_s) * 1000):
            return
        try:
            packet, fds, *_ = socket.recv_fds(self.control, PACKET, 1)
        except OSError:
            packet = b""
        if not packet:
            raise self._lost("the zygote has ended")
        message = json.loads(packet)
        if "ready" in message:
            self.ready, self.pidfd = message, fds[0]
            try:
                self.address_space, self.resident = _memory(self.pidfd)
                threads = thread_count(process_id(self.pidfd))
            except (OSError, StopIteration):
                raise self._lost("the zygote has ended") from None
            if threads != 1:
                raise self._lost(f"the zygote has {threads} threads, and a fork of it would hang")
        elif "started" in message:
            self._started[message["started"]] = fds[0]
        else:
            self._exits[message["exit"]] = Exit(message["code"], message["cpu_s"], message["maxrss_bytes"])

    def _await(self, table: dict[int, Any], key: int, timeout_s: float) -> Any:
        waiting = Waiting(timeout_s)
        while key not in table:
            if waiting.over:
                raise self._lost("the zygote does not answer")
            self.pump(TICK_S)
        return table.pop(key)

    def wait_ready(self) -> None:
        waiting = Waiting(READY_S)
        while not self.ready:
            if waiting.over:
                raise self._lost("the zygote does not start")
            self.pump(TICK_S)

    def start(self, job: dict[str, Any], wire: socket.socket, output: int) -> int:
        """Fork a child and return its pidfd."""
        self._send(job, [wire.fileno(), output])
        pidfd: int = self._await(self._started, job["id"], REPLY_S)
        return pidfd

    def exit(self, id: int) -> Exit | None:
        """How a child ended; None while it runs."""
        return self._exits.get(id)

    def wait_exit(self, id: int) -> Exit:
        exit: Exit = self._await(self._exits, id, REPLY_S)
        return exit

    def close(self) -> None:
        """End our children, and the zygote when this process started it."""
        self.control.close()  # the zygote does the rest
        if self.process is not None:
            self._end(self.process)
        for pidfd in [*self._started.values(), self.pidfd]:
            if pidfd >= 0:
                os.close(pidfd)
        self._started.clear()
        self.pidfd = -1
        self._errors.close()

    def _end(self, process: subprocess.Popen[bytes]) -> None:
        try:
            process.wait(2.0)
        except subprocess.TimeoutExpired:
            if self.pidfd >= 0:
                _kill(self.pidfd)
            process.kill()
            process.wait()


def _kill(pidfd: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        signal.pidfd_send_signal(pidfd, signal.SIGKILL)


def process_id(pidfd: int) -> int:
    """The pid in our namespace; the process may have another one in its own."""
    with open(f"/proc/self/fdinfo/{pidfd}") as info:
        return next(int(line.split()[1]) for line in info if line.startswith("Pid:"))


def thread_count(pid: int) -> int:
    with open(f"/proc/{pid}/stat") as stat:
        return int(stat.read().rpartition(")")[2].split()[17])


def _memory(pidfd: int) -> tuple[int, int]:
    """Bytes of virtual memory the zygote has mapped, where a child's allowance starts, and of memory it holds."""
    with open(f"/proc/{process_id(pidfd)}/statm") as statm:
        mapped, resident = statm.read().split()[:2]
    return int(mapped) * os.sysconf("SC_PAGESIZE"), int(resident) * os.sysconf("SC_PAGESIZE")
