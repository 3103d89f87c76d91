"""The locks that a child puts on itself, in the only order that works. Each layer has a name, so that a test can omit it."""

from __future__ import annotations

import ctypes
import os
import resource
import signal
import struct
from dataclasses import dataclass

from . import landlock, libc

PRIVILEGES, RLIMITS, LANDLOCK, SECCOMP = "privileges", "rlimits", "landlock", "seccomp"
NOBODY = 65534


@dataclass(frozen=True)
class Config:
    """What the zygote knows about confinement before it forks a child."""

    layers: frozenset[str]
    zygote_pid: int
    change_uid: bool = False  # root, and the libraries are readable to others
    own_user_namespace: bool = False
    ruleset: int = -1  # Landlock ruleset, an open descriptor
    filter: bytes = b""  # compiled seccomp program


@dataclass(frozen=True)
class Bounds:
    """The limits of one child."""

    address_space: int  # bytes, for the whole process
    cpu_s: int
    open_files: int
    threads: int
    uid: int  # used by no one else; applies when root grades
    others: int = 0  # the number of other children that this zygote may have at the same time


def _set(limit: int, soft: int, hard: int | None = None) -> None:
    resource.setrlimit(limit, (soft, soft if hard is None else hard))


def _limit_resources(bounds: Bounds) -> None:
    _set(resource.RLIMIT_AS, bounds.address_space)
    _set(resource.RLIMIT_CPU, bounds.cpu_s, bounds.cpu_s + 1)
    _set(resource.RLIMIT_CORE, 0)
    _set(resource.RLIMIT_FSIZE, 0)
    _set(resource.RLIMIT_NOFILE, bounds.open_files)
    _set(resource.RLIMIT_MEMLOCK, 0)
    _set(resource.RLIMIT_MSGQUEUE, 0)
    _set(resource.RLIMIT_SIGPENDING, 64)


def _limit_threads(config: Config, uid: int | None, bounds: Bounds) -> None:
    """RLIMIT_NPROC counts all processes of a uid (within a user namespace), so it is set only for a uid of the child's own."""
    if uid is not None and uid != NOBODY:
        _set(resource.RLIMIT_NPROC, bounds.threads)
    elif uid is None and config.own_user_namespace:
        _set(resource.RLIMIT_NPROC, (bounds.others + 1) * bounds.threads + 4)


def _change_uid(wanted: int) -> int:
    """Change to a uid that no other process has, or to `nobody` where the container maps too few; return the uid."""
    os.setgroups([])
    for uid in (wanted, NOBODY):
        try:
            os.setresgid(uid, uid, uid)
            os.setresuid(uid, uid, uid)
            return uid
        except OSError:
            continue
    raise OSError("no unprivileged uid to change to")


def _drop_capabilities() -> None:
    for capability in range(64):
        try:
            libc.prctl(libc.PR_CAPBSET_DROP, capability)
        except OSError:
            break  # past the last one, or we may not drop it: exec is refused anyway
    libc.prctl(libc.PR_CAP_AMBIENT, libc.PR_CAP_AMBIENT_CLEAR_ALL)
    version_3 = ctypes.create_string_buffer(struct.pack("=Ii", 0x20080522, 0))
    if libc.libc.capset(version_3, ctypes.create_string_buffer(24)) < 0:
        raise OSError(ctypes.get_errno(), "capset")


def _die_with(zygote_pid: int) -> None:
    """Die with the zygote. Must come after the change of credentials, which clears this setting."""
    libc.prctl(libc.PR_SET_PDEATHSIG, signal.SIGKILL)
    if os.getppid() != zygote_pid:
        raise OSError("the zygote has ended")


def _load_filter(program: bytes) -> None:
    class Program(ctypes.Structure):
        _fields_ = [("length", ctypes.c_ushort), ("filter", ctypes.c_char_p)]

    loaded = Program(len(program) // 8, program)
    libc.prctl(libc.PR_SET_SECCOMP, 2, ctypes.addressof(loaded))


def confine(config: Config, bounds: Bounds) -> None:
    """Lock this process in. Raises OSError when the kernel refuses a layer of `config`."""
    uid = None
    if RLIMITS in config.layers:
        _limit_resources(bounds)
    if PRIVILEGES in config.layers:
        if config.change_uid:
            uid = _change_uid(bounds.uid)
        _drop_capabilities()
        libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
    if RLIMITS in config.layers:
        _limit_threads(config, uid, bounds)
    _die_with(config.zygote_pid)
    if LANDLOCK in config.layers:
        libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
        landlock.restrict(config.ruleset)
    if config.ruleset >= 0:
        os.close(config.ruleset)
    libc.prctl(libc.PR_SET_DUMPABLE, 0)
    if SECCOMP in config.layers:
        libc.prctl(libc.PR_SET_NO_NEW_PRIVS, 1)
        _load_filter(config.filter)
