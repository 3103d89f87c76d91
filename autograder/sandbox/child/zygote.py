"""The warm server: imports torch once, then forks a child for each request. It knows no secret and runs no student code.

Started by exec in a clean environment, with one SEQPACKET control socket. Each packet is one JSON object:

    judge -> zygote   {"config": ...}                                first, once
    zygote -> judge   {"ready": ...}                 + pidfd of the zygote
    judge -> zygote   {"id", "serve", "seed", "bounds"}  + wire, output pipe
    zygote -> judge   {"started": id}                + pidfd of the child
    zygote -> judge   {"exit": id, "code", "cpu_s", "maxrss_bytes"}

End of file on the control socket ends the zygote and every child of it.
"""
from __future__ import annotations

import base64
import fcntl
import gc
import json
import os
import select
import signal
import socket
import sys
from dataclasses import dataclass

from . import confine, kernel, landlock, main, warmup

PACKET = 1 << 18


@dataclass
class Live:
    id: int
    pid: int


def _thread_count() -> int:
    """The thread ids of a process are files under /proc, which the private root does not have."""
    import threading

    try:
        return len(os.listdir("/proc/self/task"))
    except OSError:
        return threading.active_count()


def _readable_to_others(path: str) -> bool:
    """Whether a stranger may read `path`, all the way down from the root."""
    path = os.path.realpath(path)
    if not os.stat(path).st_mode & 0o004:
        return False
    while path != "/":
        path = os.path.dirname(path)
        if not os.stat(path).st_mode & 0o001:
            return False
    return True


def _configure(config: dict) -> confine.Config:
    import torch

    layers = frozenset(config["layers"])
    libraries = [os.__file__, torch.__file__, __file__]
    ruleset = -1
    if confine.LANDLOCK in layers:
        built = landlock.build(config["readable"], config["listable"])
        ruleset = fcntl.fcntl(built, fcntl.F_DUPFD_CLOEXEC, 128)    # out of the way of the child's own descriptors
        os.close(built)
    return confine.Config(
        layers=layers, zygote_pid=os.getpid(), ruleset=ruleset, filter=base64.b64decode(config["filter"]),
        change_uid=os.geteuid() == 0 and not config["own_user_namespace"] and all(map(_readable_to_others, libraries)),
        own_user_namespace=config["own_user_namespace"])


def _kill_strays(live: dict[int, Live]) -> None:
    """Whatever a dead child left behind has become our child. Seccomp lets none arise; this is for --unconfined."""
    known = {child.pid for child in live.values()}
    try:
        with open(f"/proc/self/task/{os.getpid()}/children") as listing:
            strays = {int(pid) for pid in listing.read().split()} - known
    except OSError:
        strays = {-1} if os.getpid() == 1 and not known else set()
    for pid in strays:
        try:
            os.kill(pid, signal.SIGKILL)
        except ProcessLookupError:
            continue


def _reap_strays(live: dict[int, Live]) -> None:
    """Collect what is dead and not one of `live`; those are collected with their usage, by their pidfd."""
    known = {child.pid for child in live.values()}
    while True:
        try:
            dead = os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)
        except ChildProcessError:
            return
        if dead is None or dead.si_pid in known:
            return
        os.waitpid(dead.si_pid, 0)


class Zygote:
    def __init__(self, control: socket.socket, config: confine.Config) -> None:
        self.control, self.config = control, config
        self.live: dict[int, Live] = {}                         # by pidfd
        self.poll = select.poll()
        self.poll.register(control, select.POLLIN)

    def fork(self, job: dict, wire_fd: int, output_fd: int) -> None:
        job["bounds"]["others"] = len(self.live)
        pid = os.fork()
        if pid == 0:
            main.run(job, self.config, wire_fd, output_fd)
        os.close(wire_fd)
        os.close(output_fd)
        pidfd = os.pidfd_open(pid)
        self.live[pidfd] = Live(job["id"], pid)
        self.poll.register(pidfd, select.POLLIN)
        socket.send_fds(self.control, [json.dumps({"started": job["id"]}).encode()], [pidfd])

    def reap(self, pidfd: int) -> None:
        child = self.live.pop(pidfd)
        self.poll.unregister(pidfd)
        os.close(pidfd)
        _, status, usage = os.wait4(child.pid, 0)
        try:
            os.killpg(child.pid, signal.SIGKILL)
        except (ProcessLookupError, PermissionError):
            pass
        _kill_strays(self.live)
        _reap_strays(self.live)
        self.control.send(json.dumps({
            "exit": child.id, "code": os.waitstatus_to_exitcode(status),
            "cpu_s": usage.ru_utime + usage.ru_stime, "maxrss_bytes": usage.ru_maxrss * 1024}).encode())

    def end(self) -> None:
        for child in self.live.values():
            for kill in (os.killpg, os.kill):
                try:
                    kill(child.pid, signal.SIGKILL)
                except OSError:
                    continue
            os.waitpid(child.pid, 0)
        self.live.clear()
        _kill_strays(self.live)

    def serve(self) -> None:
        while True:
            for fd, _ in self.poll.poll(1000 if self.live else None):
                if fd != self.control.fileno():
                    self.reap(fd)
                    continue
                packet, fds, *_ = socket.recv_fds(self.control, PACKET, 2)
                if not packet:
                    return self.end()
                self.fork(json.loads(packet), *fds)
            _reap_strays(self.live)


def serve(control_fd: int) -> None:
    """The zygote's whole life."""
    control = socket.socket(fileno=control_fd)
    config = json.loads(control.recv(PACKET))["config"]
    warmup.warm_up()
    if confine.PRIVILEGES in config["layers"]:
        kernel.prctl(kernel.PR_SET_DUMPABLE, 0)
    kernel.prctl(kernel.PR_SET_CHILD_SUBREAPER, 1)
    zygote = Zygote(control, _configure(config))
    from . import runner  # noqa: F401  so that no child imports it anew
    threads = _thread_count()
    if threads != 1:
        sys.exit(f"the zygote has {threads} threads; a fork of it would hang")
    gc.collect()
    gc.disable()
    gc.freeze()
    ready = {"ready": True, "landlock_abi": landlock.abi(), "changes_uid": zygote.config.change_uid}
    socket.send_fds(control, [json.dumps(ready).encode()], [os.pidfd_open(os.getpid())])
    try:
        zygote.serve()
    except BrokenPipeError:                                     # the judge is gone
        zygote.end()
    os._exit(0)
