"""The self-test: before any code of a student runs, a throw-away child tries forbidden acts, and each must be refused.

Each layer has acts that only this layer refuses (or, for the private root, that show a path to be absent), so a layer without
effect is noticed. Pure, except for the canary file; the child is asked through `ask`.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from autograder.child.confine import LANDLOCK, PRIVILEGES, RLIMITS, SECCOMP

from .paths import Paths
from .protection import BUBBLEWRAP

Ask = Callable[[list[list[str]]], list[str]]


@dataclass(frozen=True)
class Act:
    layer: str  # the one that must stop it
    act: str  # a name in child/probe.py
    subject: str
    wanted: tuple[str, ...]


def _hidden_file(folder: str) -> str:
    """A file the child must not see: a hidden grader if there is one."""
    graders = sorted(Path(folder).glob("graders/*/*.py"))
    return str(graders[0]) if graders else os.path.join(folder, "__init__.py")


def acts(layers: frozenset[str], canary: str, paths: Paths) -> list[Act]:
    """The acts to try for the layers that should be in force."""
    secrets = [canary, *map(_hidden_file, paths.hidden)]
    everything = [
        Act(RLIMITS, "unbounded", "", ("refused",)),
        Act(PRIVILEGES, "gain", "", ("refused",)),
        Act(LANDLOCK, "list", "/", ("refused",)),
        Act(LANDLOCK, "overwrite", canary, ("refused", "absent")),
        *(Act(LANDLOCK, "read", path, ("refused", "absent")) for path in secrets),
        Act(SECCOMP, "truncate", "/", ("refused",)),  # whoever owns it: without the filter this is EISDIR
        Act(SECCOMP, "truncate", canary, ("refused",)),
        Act(SECCOMP, "fork", "", ("refused",)),
        Act(SECCOMP, "socket", "AF_INET", ("refused",)),
        Act(SECCOMP, "socket", "AF_UNIX", ("refused",)),
        *(Act(BUBBLEWRAP, "stat", path, ("absent",)) for path in secrets),
    ]
    return [act for act in everything if act.layer in layers]


def failures(tried: list[Act], outcomes: list[str]) -> dict[str, str]:
    """What each failing layer did not stop, by layer."""
    if len(outcomes) != len(tried):
        return {act.layer: "the self-test did not finish" for act in tried}
    return {
        act.layer: f"the self-test could do what it forbids: {act.act} {act.subject}".rstrip() + f" ({outcome})"
        for act, outcome in zip(tried, outcomes, strict=True)
        if outcome not in act.wanted
    }


def run(layers: frozenset[str], paths: Paths, ask: Ask) -> dict[str, str]:
    """The layers that are not in force, each with what it did not stop."""
    with tempfile.NamedTemporaryFile(prefix="autograder-canary-") as canary:
        canary.write(b"canary")
        canary.flush()
        os.chmod(canary.name, 0o666)  # so that only the sandbox can refuse it
        tried = acts(layers, canary.name, paths)
        return failures(tried, ask([[act.act, act.subject] for act in tried]))
