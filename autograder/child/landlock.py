"""Landlock: the child may read the libraries and nothing else, write only to /dev/null, and reach no network.

The ruleset is built once, in the zygote; a child only applies it. Landlock does not cover stat, chmod, chown, utime
and setxattr: seccomp and the private root do.
"""

from __future__ import annotations

import ctypes
import os
import stat
import struct

from . import libc

CREATE, ADD_RULE, RESTRICT_SELF = 444, 445, 446  # the same numbers on every architecture
WRITE_FILE, READ_FILE, READ_DIR = 1 << 1, 1 << 2, 1 << 3
# The number of file rights in each ABI: 1 has 13; 2 adds REFER, 3 TRUNCATE, 4 only network rights, 5 IOCTL_DEV.
FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15}
NETWORK = 3  # bind and connect TCP, from ABI 4
SCOPES = 3  # abstract sockets and signals, from ABI 6

# (the last version without it, what it is): what seccomp refuses where Landlock does not know it yet.
ADDED_LATER = ((2, "truncation"), (3, "TCP"), (4, "ioctl on devices"), (5, "signals and abstract sockets"))


def abi() -> int:
    """The version of this kernel's Landlock; 0 for none."""
    try:
        return libc.syscall(CREATE, None, 0, 1)
    except OSError:
        return 0


def _attributes(version: int) -> bytes:
    files = (1 << FILE_RIGHTS.get(version, 16)) - 1
    attributes = struct.pack("=QQQ", files, NETWORK if version >= 4 else 0, SCOPES if version >= 6 else 0)
    return attributes[: 8 if version < 4 else 16 if version < 6 else 24]


def _allow(ruleset: int, path: str, rights: int) -> None:
    try:
        fd = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # this machine lacks the path
    try:
        if not stat.S_ISDIR(os.fstat(fd).st_mode):
            rights &= READ_FILE | WRITE_FILE
        if rights:
            rule = ctypes.create_string_buffer(struct.pack("=Qi", rights, fd), 12)
            libc.syscall(ADD_RULE, ruleset, 1, rule, 0)
    finally:
        os.close(fd)


def build(readable: list[str], listable: list[str]) -> int:
    """Build a ruleset and return its descriptor. Files below `readable` can be read, folders below `listable` only listed."""
    version = abi()
    if version < 1:
        raise OSError("Landlock is not available")
    attributes = _attributes(version)
    ruleset = libc.syscall(CREATE, ctypes.create_string_buffer(attributes, len(attributes)), len(attributes), 0)
    for path in readable:
        _allow(ruleset, path, READ_FILE | READ_DIR)
    for path in listable:
        _allow(ruleset, path, READ_DIR)
    if os.path.exists(os.devnull) and stat.S_ISCHR(os.stat(os.devnull).st_mode):  # programs write unwanted output there
        _allow(ruleset, os.devnull, READ_FILE | WRITE_FILE)
    return ruleset


def restrict(ruleset: int) -> None:
    libc.syscall(RESTRICT_SELF, ruleset, 0)
