"""The system calls a child may make, compiled to a seccomp program.

An allow-list: what is not named here is refused with EPERM. Names, not numbers, so that it holds on every
architecture libseccomp knows; a name that an architecture lacks is skipped. Compiled once, in the judge; the child
only loads the bytes. Left out on purpose: everything that makes a process, a socket, a file or a mount, or that
reaches another process (kill included: even `abort` ends without it), and memfd_create, which escapes RLIMIT_AS.
"""

from __future__ import annotations

import errno
import functools
import tempfile
from typing import Any

MEMORY = "brk madvise mmap mprotect mremap munmap"
FILES = """access close close_range dup dup2 dup3 faccessat faccessat2 fadvise64 fstat getcwd getdents64 lseek lstat
    newfstatat open openat pread64 preadv read readlink readlinkat readv stat statx write writev"""
WAITING = """alarm clock_nanosleep epoll_create1 epoll_ctl epoll_pwait epoll_wait eventfd2 futex futex_waitv getitimer
    nanosleep pipe pipe2 poll ppoll pselect6 restart_syscall sched_yield select setitimer"""
THREADS = """arch_prctl exit exit_group get_robust_list gettid membarrier rseq rt_sigaction rt_sigprocmask rt_sigreturn
    set_robust_list set_tid_address sigaltstack"""
QUESTIONS = """clock_getres clock_gettime getcpu getegid geteuid getgid getgroups getpgid getpgrp getpid getppid
    getrandom getresgid getresuid getrlimit getrusage getsid gettimeofday getuid sched_get_priority_max
    sched_get_priority_min sysinfo time times uname"""
ALLOWED = " ".join((MEMORY, FILES, WAITING, THREADS, QUESTIONS)).split()

# Allowed only when this argument (0 is the first) has one of these values.
BY_ARGUMENT: dict[str, tuple[int, tuple[int, ...]]] = {
    "fcntl": (1, (0, 1, 2, 3, 4, 1030)),  # DUPFD, GETFD, SETFD, GETFL, SETFL, DUPFD_CLOEXEC
    "ioctl": (1, (0x5401, 0x541B, 0x5421, 0x5450, 0x5451)),  # TCGETS, FIONREAD, FIONBIO, FIONCLEX, FIOCLEX
    "prctl": (0, (15, 16, 39)),  # SET_NAME, GET_NAME, GET_NO_NEW_PRIVS
    "sched_getaffinity": (0, (0,)),  # its own
    "sched_setaffinity": (0, (0,)),
}
CLONE_THREAD = 0x10000
NAMESPACES = 0x7E020000 | 0x80  # no thread asks for one of these


class FilterUnavailable(Exception):
    """libseccomp or its Python binding is not there, or refuses the program."""


def _rules(seccomp: Any) -> list[tuple[int, str, tuple]]:
    argument, equal, masked_equal = seccomp.Arg, seccomp.EQ, seccomp.MASKED_EQ
    rules: list[tuple[int, str, tuple]] = [(seccomp.ALLOW, name, ()) for name in ALLOWED]
    for name, (position, values) in BY_ARGUMENT.items():
        rules += [(seccomp.ALLOW, name, (argument(position, equal, value),)) for value in values]
    only_threads = argument(0, masked_equal, CLONE_THREAD | NAMESPACES, CLONE_THREAD)
    rules.append((seccomp.ALLOW, "clone", (only_threads,)))
    rules.append((seccomp.ERRNO(errno.ENOSYS), "clone3", ()))  # glibc falls back to clone
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
