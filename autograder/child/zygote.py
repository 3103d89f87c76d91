"""The warm server: it imports torch once, then forks a child for each job. It knows no secret and runs no student code.

It is started by exec in a clean environment, with one SEQPACKET control socket. Each packet is one JSON object:

    judge -> zygote   {"config": ...}                                first, once
    zygote -> judge   {"ready": ...}                 + pidfd of the zygote, which the judge checks has one thread
    judge -> zygote   {"join": true}                 + control socket of another judge, which gets its own {"ready": ...}
    judge -> zygote   {"id", "serve", "seed", "processor", "bounds"}  + wire, output pipe
    zygote -> judge   {"started": id}                + pidfd of the child
    zygote -> judge   {"exit": id, "code", "cpu_s", "maxrss_bytes"}

When a judge closes its control socket, its children end; with the first socket, the zygote and all children end.
"""

from __future__ import annotations

import base64
import contextlib
import fcntl
import gc
import json
import os
import select
import signal
import socket
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from . import confine, landlock, libc, main, memory_layout, warmup

PACKET = 1 << 18
STRAY_ROUNDS = 100


@dataclass
class Live:
    id: int
    pid: int
    control: socket.socket  # that of its judge


def _readable_to_others(path: str) -> bool:
    """Whether any user may read `path`, including all folders above it."""
    path = os.path.realpath(path)
    if not os.stat(path).st_mode & 0o004:
        return False
    while path != "/":
        path = os.path.dirname(path)
        if not os.stat(path).st_mode & 0o001:
            return False
    return True


def _configure(config: dict[str, Any]) -> confine.Config:
    import torch

    layers = frozenset(config["layers"])
    libraries = [os.__file__, torch.__file__, __file__]
    ruleset = -1
    if confine.LANDLOCK in layers:
        built = landlock.build(config["readable"], config["listable"])
        ruleset = fcntl.fcntl(built, fcntl.F_DUPFD_CLOEXEC, 128)  # out of the way of the child's own descriptors
        os.close(built)
    return confine.Config(
        layers=layers,
        zygote_pid=os.getpid(),
        ruleset=ruleset,
        filter=base64.b64decode(config["filter"]),
        change_uid=os.geteuid() == 0 and not config["own_user_namespace"] and all(map(_readable_to_others, libraries)),
        own_user_namespace=config["own_user_namespace"],
    )


def _parent(pid: str) -> int:
    with open(f"/proc/{pid}/stat") as stat:
        return int(stat.read().rpartition(")")[2].split()[1])


def _my_children() -> set[int]:
    """Our children, found through /proc; not every kernel lists the children of a process."""
    found = set()
    for name in filter(str.isdigit, os.listdir("/proc")):
        try:
            if _parent(name) == os.getpid():
                found.add(int(name))
        except OSError:  # it has just ended
            continue
    return found


def _kill(pid: int) -> None:
    with contextlib.suppress(OSError):
        os.kill(pid, signal.SIGKILL)


def _kill_strays(known: set[int]) -> None:
    """Kill processes that a dead child left behind, which have become our children, and those that they leave behind.

    Seccomp lets no child fork, so this matters for --unconfined only. Without /proc, in a pid namespace of our own, every process
    is killed once the last child has ended.
    """
    for _ in range(STRAY_ROUNDS):
        if not os.path.exists("/proc/self/stat"):
            if os.getpid() == 1 and not known:
                _kill(-1)
            return
        strays = _my_children() - known
        if not strays:
            return
        for pid in strays:
            _kill(pid)
        for pid in strays:
            try:
                os.waitpid(pid, 0)
            except ChildProcessError:
                continue


def _reap_strays(known: set[int]) -> None:
    """Reap dead processes that are not in `known`; `reap` collects those, with what they used."""
    while True:
        try:
            dead = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if dead is None or dead.si_pid in known:
            return
        os.waitpid(dead.si_pid, 0)


class Zygote:
    def __init__(self, owner: socket.socket, config: confine.Config) -> None:
        self.owner, self.config = owner, config
        self.controls: dict[int, socket.socket] = {}  # by descriptor
        self.live: dict[int, Live] = {}  # by pidfd
        self.poll = select.poll()
        self.welcome(owner)

    def welcome(self, control: socket.socket) -> None:
        self.controls[control.fileno()] = control
        self.poll.register(control, select.POLLIN)
        ready = {"ready": True, "landlock_abi": landlock.abi(), "changes_uid": self.config.change_uid,
                 "can_signal": confine.SECCOMP not in self.config.layers}  # fmt: skip
        pidfd = os.pidfd_open(os.getpid())
        self.tell(control, ready, [pidfd])
        os.close(pidfd)

    def tell(self, control: socket.socket, message: dict[str, Any], fds: Sequence[int] = ()) -> None:
        try:
            socket.send_fds(control, [json.dumps(message).encode()], fds)
        except OSError:  # that judge has ended; the end of its control socket follows
            return

    def dismiss(self, control: socket.socket) -> None:
        """Kill the children of a judge that has ended; they are reaped like any other."""
        self.poll.unregister(control)
        del self.controls[control.fileno()]
        control.close()
        for child in self.live.values():
            if child.control is control:
                _kill(child.pid)

    def fork(self, control: socket.socket, job: dict[str, Any], wire_fd: int, output_fd: int) -> None:
        job["bounds"]["others"] = max(len(self.live), len(self.controls))  # alive now, or possibly before this one ends
        pid = os.fork()
        if pid == 0:
            main.run(job, self.config, wire_fd, output_fd)
        os.close(wire_fd)
        os.close(output_fd)
        pidfd = os.pidfd_open(pid)
        self.live[pidfd] = Live(job["id"], pid, control)
        self.poll.register(pidfd, select.POLLIN)
        self.tell(control, {"started": job["id"]}, [pidfd])

    def reap(self, pidfd: int) -> None:
        child = self.live.pop(pidfd)
        self.poll.unregister(pidfd)
        os.close(pidfd)
        _, status, usage = os.wait4(child.pid, 0)
        self.sweep()
        exit = {
            "exit": child.id,
            "code": os.waitstatus_to_exitcode(status),
            "cpu_s": usage.ru_utime + usage.ru_stime,
            "maxrss_bytes": usage.ru_maxrss * 1024,
        }
        self.tell(child.control, exit)

    def sweep(self) -> None:
        """Remove all descendants except the live children."""
        known = {child.pid for child in self.live.values()}
        if confine.SECCOMP not in self.config.layers:
            _kill_strays(known)
        _reap_strays(known)

    def end(self) -> None:
        for child in self.live.values():
            _kill(child.pid)
            os.waitpid(child.pid, 0)
        self.live.clear()
        self.sweep()

    def serve(self) -> None:
        """Serve until the first judge closes its socket."""
        while True:
            for fd, _ in self.poll.poll():
                if fd in self.live:
                    self.reap(fd)
                elif not self.listen(self.controls[fd]):
                    return self.end()

    def listen(self, control: socket.socket) -> bool:
        """Handle one packet. False when the first judge has closed its socket."""
        try:
            packet, fds, *_ = socket.recv_fds(control, PACKET, 2)
        except ConnectionResetError:  # it ended without reading all our messages
            packet = b""
        if not packet:
            self.dismiss(control)
            return control is not self.owner
        message = json.loads(packet)
        if "join" in message:
            self.welcome(socket.socket(fileno=fds[0]))
        else:
            self.fork(control, message, *fds)
        return True


def _as_children_find_it() -> None:
    """Set signals, environment and arguments for all children, once."""
    for number in (signal.SIGCHLD, signal.SIGINT, signal.SIGTERM):
        signal.signal(number, signal.SIG_DFL)
    os.environ.clear()
    os.environ.update(warmup.ENVIRONMENT)
    sys.argv[:] = [""]


def serve(control_fd: int) -> None:
    """Run the zygote; never returns."""
    control = socket.socket(fileno=control_fd)
    config = json.loads(control.recv(PACKET))["config"]
    gc.disable()  # imported modules are never freed, and the collector would traverse them again and again
    warmup.warm_up()
    if confine.PRIVILEGES in config["layers"]:
        libc.prctl(libc.PR_SET_DUMPABLE, 0)
    libc.prctl(libc.PR_SET_CHILD_SUBREAPER, 1)
    configured = _configure(config)
    _as_children_find_it()
    from . import runner  # noqa: F401  so that no child has to import it

    memory_layout.fill_holes()
    memory_layout.use_huge_pages()
    gc.freeze()
    Zygote(control, configured).serve()
    os._exit(0)
