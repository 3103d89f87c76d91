"""The paths of Python and its libraries on this machine. A child sees only these, at the same paths.

Hidden folders inside a library folder are excluded; for instance, a grader installed with pip is in site-packages.
"""

from __future__ import annotations

import importlib.util
import os
import sys
import sysconfig
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

SYSTEM_LIBRARIES = ("/lib", "/lib64", "/usr/lib", "/usr/lib64", "/usr/local/lib")
SMALL_FILES = (
    "/etc/ld.so.cache",
    "/etc/localtime",
    "/usr/share/zoneinfo",
    "/proc/cpuinfo",
    "/sys/devices/system/cpu",
    "/sys/kernel/mm/transparent_hugepage",  # glibc looks here before it asks for huge pages
)
DEVICES = ("/dev/null", "/dev/urandom", "/dev/random", "/dev/zero")
PACKAGE = Path(__file__).resolve().parent.parent
CHILD = PACKAGE / "child"
PROTOCOL = PACKAGE / "protocol"
# Everything of ours that a child must not see: the package with the hidden graders in it.
HIDDEN = (str(PACKAGE),)


@dataclass(frozen=True)
class Paths:
    python: str  # the interpreter itself, not the venv's link to it
    packages: tuple[str, ...]  # site-packages folders, in the order of sys.path
    libraries: tuple[str, ...]  # every readable folder or file, packages included
    exposed: tuple[str, ...]  # our folders `child` and `protocol`, the only ones of ours that a child sees
    hidden: tuple[str, ...] = HIDDEN


def _package_folders() -> list[str]:
    folders = [p for p in sys.path if os.path.basename(p) in ("site-packages", "dist-packages") and os.path.isdir(p)]
    torch = importlib.util.find_spec("torch")
    if torch and torch.origin:
        folders.append(os.path.dirname(os.path.dirname(torch.origin)))
    return list(dict.fromkeys(map(os.path.realpath, folders)))


def find(child: Path | None = None) -> Paths:
    """The paths of the running interpreter. child: a folder to use instead of our `child`, for tests."""
    packages = _package_folders()
    standard = {
        os.path.realpath(sysconfig.get_path(name, vars={"base": sys.base_prefix, "platbase": sys.base_prefix}))
        for name in ("stdlib", "platstdlib")
    }
    own = [] if sys.base_prefix in ("/usr", "/usr/local") else [os.path.join(os.path.realpath(sys.base_prefix), "lib")]
    python = os.path.realpath(getattr(sys, "_base_executable", sys.executable))
    libraries = [python, *own, *sorted(standard), *packages, *SYSTEM_LIBRARIES, *SMALL_FILES]
    exposed = tuple(str(folder.resolve()) for folder in (child or CHILD, PROTOCOL))
    return Paths(python, tuple(packages), tuple(dict.fromkeys(p for p in libraries if os.path.exists(p))), exposed)


def _within(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")


def split_around(path: str, hidden: tuple[str, ...]) -> tuple[list[str], list[str]]:
    """(readable, listable) paths that cover `path` without the hidden folders. Folders above a hidden one are only listable."""
    if any(_within(path, secret) for secret in hidden):
        return [], []
    if not any(_within(secret, path) for secret in hidden):
        return [path], []
    readable, listable = [], [path]
    for name in sorted(os.listdir(path)):
        below, listed = split_around(os.path.join(path, name), hidden)
        readable += below
        listable += listed
    return readable, listable


def readable_paths(paths: Paths, exposed: Sequence[str]) -> tuple[list[str], list[str]]:
    """What Landlock allows: (readable, listable). exposed: the paths of our own folders as the child sees them."""
    readable, listable = [*exposed, *DEVICES], []
    for path in paths.libraries:
        below, listed = split_around(os.path.realpath(path), paths.hidden)
        readable += below
        listable += listed
    return list(dict.fromkeys(readable)), list(dict.fromkeys(listable))
