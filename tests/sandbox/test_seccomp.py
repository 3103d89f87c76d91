"""The list of allowed system calls, as names: the compiled program is tried out in test_denials.py."""

from __future__ import annotations

import pytest

from autograder.sandbox import seccomp

RESTRICTED = seccomp.BY_ARGUMENT | seccomp.WITHOUT_BITS | seccomp.AT_MOST
FORBIDDEN = """bind bpf chmod chown chroot connect creat execve execveat fork ftruncate init_module io_uring_setup keyctl kill
    memfd_create mknod mount open_by_handle_at openat2 perf_event_open pidfd_getfd pidfd_open pidfd_send_signal
    process_vm_readv ptrace rename rt_sigqueueinfo sendto setns setpriority setrlimit setuid setxattr shmget
    socket socketpair tgkill tkill truncate unlink unshare userfaultfd utimensat vfork""".split()
ESSENTIAL = "clone exit_group futex getrandom mmap newfstatat openat ppoll prlimit64 read rt_sigreturn write".split()


@pytest.mark.parametrize("name", FORBIDDEN)
def test_not_on_the_list(name: str) -> None:
    assert name not in seccomp.ALLOWED
    assert name not in RESTRICTED


def test_no_name_twice_and_none_misspelt() -> None:
    pyseccomp = pytest.importorskip("pyseccomp", reason="needs libseccomp: apt-get install libseccomp2", exc_type=Exception)
    names = [*seccomp.ALLOWED, *seccomp.BY_ARGUMENT, *seccomp.WITHOUT_BITS, *seccomp.AT_MOST]
    assert len(names) == len(set(names))
    unknown = [name for name in names if pyseccomp.resolve_syscall(pyseccomp.Arch.X86_64, name) == -1]
    assert unknown in ([], ["futex_waitv"])  # an older libseccomp does not know the newest


@pytest.mark.parametrize("name", ESSENTIAL)
def test_what_every_child_needs_exists_on_arm_too(name: str) -> None:
    pyseccomp = pytest.importorskip("pyseccomp", reason="needs libseccomp: apt-get install libseccomp2", exc_type=Exception)
    assert pyseccomp.resolve_syscall(pyseccomp.Arch.AARCH64, name) >= 0


def test_the_program_is_whole_instructions_and_compiled_once() -> None:
    program = seccomp.program()
    assert program
    assert len(program) % 8 == 0
    assert seccomp.program() is program
