"""Which protections this machine offers for grading, as text for `autograder doctor`."""

from __future__ import annotations

import platform
from dataclasses import dataclass

from autograder.child import landlock
from autograder.child.confine import LANDLOCK, SECCOMP

from . import cgroup, paths
from .errors import SandboxLost, SandboxUnavailable
from .protection import BUBBLEWRAP, REMEDIES, plan
from .sandbox import Sandbox

WITHOUT_BUBBLEWRAP = (
    "Without it a submission still cannot read, write or connect, but it can see which files and processes exist, "
    "and its threads are counted but not limited, unless root grades"
)
WITHOUT_CGROUP = (
    "A submission's address space is limited all the same, and its threads are limited or counted. Get it: start the command "
    "with systemd-run --scope -p Delegate=yes, and --user unless root grades"
)


@dataclass(frozen=True)
class Finding:
    name: str
    ok: bool
    text: str
    needed: bool = True  # grading is refused without it

    def line(self) -> str:
        mark = "ok     " if self.ok else "MISSING" if self.needed else "absent "
        return f"{mark} {self.name}: {self.text}"


def _landlock_text(version: int) -> str:
    unknown = [what for last_without, what in landlock.ADDED_LATER if version <= last_without]
    rules = f"version {version} of the kernel's file rules"
    if not unknown:
        return f"{rules}, fully enforced"
    return f"{rules}, partially enforced: it does not know {', '.join(unknown)}, which seccomp alone refuses"


def _static() -> list[Finding]:
    """Findings that need no sandbox; only bubblewrap is tried."""
    offered, protection = plan(paths.find(), unconfined=False, bubblewrap_mode="auto", without=frozenset())
    texts = {
        LANDLOCK: _landlock_text(protection.landlock_abi),
        SECCOMP: f"the list of allowed system calls compiles ({len(offered.filter) // 8} instructions)",
        BUBBLEWRAP: f"a private root works, with its own {', '.join(protection.namespaces)} namespaces",
    }
    findings = [
        Finding("system", platform.system() == "Linux", f"{platform.system()} {platform.release()}, {platform.machine()}")
    ]
    for layer, text in texts.items():
        reason = protection.missing.get(layer)
        if reason is not None:
            text = f"{reason.rstrip('.')}. Get it: {REMEDIES[layer]}"
            text += f". {WITHOUT_BUBBLEWRAP}" if layer == BUBBLEWRAP else ""
        findings.append(Finding(layer, reason is None, text, needed=layer != BUBBLEWRAP))
    return findings


def _cgroup() -> Finding:
    ours, reason = cgroup.find()
    if ours is None:
        return Finding("cgroup", False, f"{reason}. {WITHOUT_CGROUP}", needed=False)
    bounds = {"memory": "all memory", "pids": "the threads"}
    text = " and ".join(what for name, what in bounds.items() if name in ours.controllers)
    return Finding("cgroup", True, f"{ours.folder} is delegated: the kernel bounds {text} of each submission", needed=False)


def _trial() -> Finding:
    """Start a sandbox with its self-test."""
    try:
        with Sandbox() as sandbox:
            protection = sandbox.protection
    except (SandboxUnavailable, SandboxLost) as error:
        return Finding("grading", False, f"not possible. {error}")
    return Finding("grading", True, "possible; seen to refuse what it must: " + ", ".join(sorted(protection.layers)))


def report(trial: bool = True) -> list[Finding]:
    """The findings. Grading is possible when every needed one is ok. trial: start a sandbox as well."""
    return [*_static(), _cgroup()] + ([_trial()] if trial else [])
