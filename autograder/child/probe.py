"""Forbidden acts, tried inside a confined child for the self-test and the tests.

Each act returns "done", "absent" (no such path), "refused", or the name of any other error.
"""

from __future__ import annotations

import errno
import os
import resource
import socket
from collections.abc import Callable
from typing import Any

from . import libc

REFUSALS = {errno.EPERM, errno.EACCES, errno.EROFS}


def _read(path: str) -> None:
    with open(path, "rb") as file:
        file.read(1)


def _write(path: str) -> None:
    os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))


def _overwrite(path: str) -> None:
    os.close(os.open(path, os.O_WRONLY))


def _truncate(path: str) -> None:
    """Before Linux 6.2 Landlock lets this empty any file that may be read. Of a folder it is an error of another kind."""
    os.close(os.open(path, os.O_RDONLY | os.O_TRUNC))


def _fork(_: str) -> None:
    pid = os.fork()
    if pid == 0:
        os._exit(0)
    os.waitpid(pid, 0)


def _socket(family: str) -> None:
    socket.socket(getattr(socket, family)).close()


def _find_unbounded(_: str) -> None:
    for name in ("RLIMIT_AS", "RLIMIT_CPU", "RLIMIT_NOFILE"):
        if resource.getrlimit(getattr(resource, name))[1] == resource.RLIM_INFINITY:
            return  # never set
    raise PermissionError(errno.EPERM, "bounded")


def _chmod(path: str) -> None:
    os.chmod(path, os.stat(path).st_mode & 0o7777)


def _kill(pid: str) -> None:
    os.kill(int(pid), 0)


def _list(path: str) -> None:
    os.listdir(path)


def _gain(_: str) -> None:
    if libc.prctl(libc.PR_GET_NO_NEW_PRIVS) == 1:
        raise PermissionError(errno.EPERM, "no new privileges")


def _memory_file(_: str) -> None:
    os.close(os.memfd_create("probe"))


def _stat(path: str) -> None:
    os.stat(path)


ACTS: dict[str, Callable[[str], None]] = {
    "read": _read,
    "write": _write,
    "overwrite": _overwrite,
    "truncate": _truncate,
    "stat": _stat,
    "chmod": _chmod,
    "fork": _fork,
    "socket": _socket,
    "kill": _kill,
    "unbounded": _find_unbounded,
    "list": _list,
    "gain": _gain,
    "memfd": _memory_file,
}


def attempt(act: str, subject: str) -> str:
    try:
        ACTS[act](subject)
    except OSError as error:
        if error.errno in REFUSALS:
            return "refused"
        return "absent" if error.errno == errno.ENOENT else errno.errorcode.get(error.errno or 0, "OSError")
    return "done"


class Prober:
    def execute(self, header: dict[str, Any], blobs: list[bytes]) -> tuple[dict[str, Any], list[bytes]]:
        """{"acts": [[act, subject], ...]} -> {"outcomes": [...]}"""
        return {"outcomes": [attempt(act, subject) for act, subject in header["acts"]], "uid": os.getuid()}, []
