"""The system calls a child may make, compiled to a seccomp program.

This is an allow-list: any other call fails with EPERM. It uses names, not numbers, so that it works on every architecture that
libseccomp knows; a name that an architecture lacks is skipped. It is compiled once, in the judge; the child only loads the bytes.
Left out on purpose: everything that makes a process, a socket, a file or a mount, or that reaches another process (kill included:
even `abort` works without it), and memfd_create, which escapes RLIMIT_AS.

What older versions of Landlock allow is refused here on every kernel: truncation (Landlock has it from Linux 6.2 on), TCP (6.7),
ioctl on devices (6.10), signals and abstract sockets (6.12).
"""

from __future__ import annotations

import errno
import functools
import os
import tempfile
from typing import Any

MEMORY = "brk madvise mmap mprotect mremap munmap"
FILES = """access close close_range dup dup2 dup3 faccessat faccessat2 fadvise64 fstat getcwd getdents64 lseek lstat
    newfstatat pread64 preadv read readlink readlinkat readv stat statx write writev"""
WAITING = """alarm epoll_create1 epoll_ctl epoll_pwait epoll_wait eventfd2 futex futex_waitv getitimer nanosleep pipe poll
    ppoll pselect6 restart_syscall select setitimer"""
THREADS = """arch_prctl exit exit_group gettid membarrier rseq rt_sigaction rt_sigprocmask rt_sigreturn set_robust_list
    set_tid_address sigaltstack"""
QUESTIONS = """getcpu getegid geteuid getgid getgroups getpgrp getpid getppid getrandom getresgid getresuid getrlimit
    getrusage gettimeofday getuid sched_get_priority_max sched_get_priority_min sysinfo time times uname"""
ALLOWED = " ".join((MEMORY, FILES, WAITING, THREADS, QUESTIONS)).split()

# Allowed only when this argument (0 is the first) has one of these values.
BY_ARGUMENT: dict[str, tuple[int, tuple[int, ...]]] = {
    "fcntl": (1, (0, 1, 2, 3, 4, 1030)),  # DUPFD, GETFD, SETFD, GETFL, SETFL, DUPFD_CLOEXEC
    "ioctl": (1, (0x5401, 0x541B, 0x5421, 0x5450, 0x5451)),  # TCGETS, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX
    "prctl": (0, (15, 16, 39)),  # SET_NAME, GET_NAME, GET_NO_NEW_PRIVS
    "sched_getaffinity": (0, (0,)),  # only of itself, here and below: those of others would show which processes exist
    "sched_setaffinity": (0, (0,)),
    "getpgid": (0, (0,)),
    "getsid": (0, (0,)),
    "get_robust_list": (0, (0,)),
}
# Allowed only when none of these bits of the argument is set. Landlock decides about opening for writing, which it allows for
# /dev/null; creating and truncating are refused here, since a kernel before 6.2 truncates a file that is opened for reading.
MAKES_OR_EMPTIES = os.O_CREAT | os.O_TRUNC | (os.O_TMPFILE & ~os.O_DIRECTORY)
WITHOUT_BITS: dict[str, tuple[int, int]] = {
    "open": (1, MAKES_OR_EMPTIES),
    "openat": (2, MAKES_OR_EMPTIES),
    "pipe2": (1, 0xFFFFFFFF & ~(os.O_CLOEXEC | os.O_NONBLOCK)),
}
# Allowed only when this argument is at most this value: the system's clocks, not those of other processes.
AT_MOST: dict[str, tuple[int, int]] = {name: (0, 11) for name in ("clock_getres", "clock_gettime", "clock_nanosleep")}
CLONE_THREAD = 0x10000
NAMESPACES = 0x7E020000 | 0x80  # no thread asks for one of these


class FilterUnavailable(Exception):
    """libseccomp or its Python binding is missing, or refuses the program."""


def _rules(seccomp: Any) -> list[tuple[int, str, tuple[Any, ...]]]:
    argument, equal, masked_equal, at_most = seccomp.Arg, seccomp.EQ, seccomp.MASKED_EQ, seccomp.LE
    rules: list[tuple[int, str, tuple[Any, ...]]] = [(seccomp.ALLOW, name, ()) for name in ALLOWED]
    for name, (position, values) in BY_ARGUMENT.items():
        rules += [(seccomp.ALLOW, name, (argument(position, equal, value),)) for value in values]
    rules += [(seccomp.ALLOW, name, (argument(at, masked_equal, bits, 0),)) for name, (at, bits) in WITHOUT_BITS.items()]
    rules += [(seccomp.ALLOW, name, (argument(at, at_most, most),)) for name, (at, most) in AT_MOST.items()]
    only_threads = argument(0, masked_equal, CLONE_THREAD | NAMESPACES, CLONE_THREAD)
    rules.append((seccomp.ALLOW, "clone", (only_threads,)))
    rules.append((seccomp.ERRNO(errno.ENOSYS), "clone3", ()))  # glibc falls back to clone
    # It succeeds and does nothing: waiting for a processor counts against nobody, so a child may not ask for it.
    rules.append((seccomp.ERRNO(0), "sched_yield", ()))
    rules.append((seccomp.ALLOW, "prlimit64", (argument(0, equal, 0), argument(2, equal, 0))))  # its own, and only to read
    return rules


@functools.lru_cache(maxsize=1)
def program() -> bytes:
    """The compiled filter for this machine. Raises FilterUnavailable."""
    try:
        import pyseccomp as seccomp
    except (ImportError, OSError, RuntimeError) as error:
        raise FilterUnavailable(f"{error}") from None
    try:
        rules = seccomp.SyscallFilter(defaction=seccomp.ERRNO(errno.EPERM))
        rules.set_attr(seccomp.Attr.ACT_BADARCH, seccomp.KILL_PROCESS)
        rules.set_attr(seccomp.Attr.CTL_OPTIMIZE, 2)  # a binary tree of comparisons
        for action, name, arguments in _rules(seccomp):
            number = seccomp.resolve_syscall(seccomp.Arch.NATIVE, name)
            if number >= 0:
                rules.add_rule(action, number, *arguments)
        with tempfile.TemporaryFile() as file:
            rules.export_bpf(file)
            file.seek(0)
            return file.read()
    except OSError as error:
        raise FilterUnavailable(f"libseccomp refuses the program: {error}") from None
