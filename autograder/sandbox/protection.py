"""The layers of protection: which exist, which a machine offers, and which are required. Decides, but enforces nothing."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import asdict, dataclass, field
from typing import Any

from autograder.child import landlock
from autograder.child.confine import LANDLOCK, PRIVILEGES, RLIMITS, SECCOMP

from . import bubblewrap, seccomp
from .errors import SandboxUnavailable
from .launch import Plan
from .paths import Paths, readable_paths

BUBBLEWRAP = "bubblewrap"
ALWAYS = frozenset({RLIMITS, PRIVILEGES, LANDLOCK, SECCOMP})
LEVELS = {"none": frozenset(), "standard": ALWAYS, "full": ALWAYS | {BUBBLEWRAP}}
REMEDIES = {
    BUBBLEWRAP: "apt-get install bubblewrap or pip install -e '.[bubblewrap]', and allow unprivileged user namespaces",
    LANDLOCK: "a Linux kernel 5.13 or newer with Landlock among its security modules (lsm=landlock,...)",
    SECCOMP: "apt-get install libseccomp2, and pip install pyseccomp",
}


@dataclass(frozen=True)
class Protection:
    """The layers in force; after the self-test, only those that passed it (see selftest.py)."""

    layers: frozenset[str]
    landlock_abi: int = 0
    namespaces: tuple[str, ...] = ()
    own_uid: bool = False  # each child has a uid of its own
    unconfined: bool = False
    missing: dict[str, str] = field(default_factory=dict)  # layer -> why

    def as_record(self) -> dict[str, Any]:
        """The record in JSON types, for the result document."""
        return {**asdict(self), "layers": sorted(self.layers), "namespaces": list(self.namespaces)}


def required(minimum: str | Collection[str], bubblewrap_mode: str) -> frozenset[str]:
    """The required layers. Raises ValueError for an unknown level, layer or mode."""
    if isinstance(minimum, str):
        if minimum not in LEVELS:
            raise ValueError(f"minimum is {minimum!r}, expected one of {', '.join(LEVELS)} or a set of layers")
        minimum = LEVELS[minimum]
    if bubblewrap_mode not in ("auto", "off", "required"):
        raise ValueError(f"bubblewrap is {bubblewrap_mode!r}, expected auto, off or required")
    unknown = frozenset(minimum) - LEVELS["full"]
    if unknown:
        raise ValueError(f"unknown layers: {', '.join(sorted(unknown))}")
    return frozenset(minimum) | ({BUBBLEWRAP} if bubblewrap_mode == "required" else frozenset())


def demand(needed: frozenset[str], missing: dict[str, str]) -> None:
    """Raise SandboxUnavailable, with remedies, when a needed layer is missing."""
    lacking = sorted(needed & missing.keys())
    if lacking:
        raise SandboxUnavailable(
            "; ".join(
                f"{layer}: {missing[layer]}" + (f" (needs {REMEDIES[layer]})" if layer in REMEDIES else "") for layer in lacking
            )
        )


def plan(paths: Paths, *, unconfined: bool, bubblewrap_mode: str, without: frozenset[str]) -> tuple[Plan, Protection]:
    """How to start a zygote with every layer this machine offers, and the record of it before the self-test."""
    wanted = frozenset({RLIMITS}) if unconfined else ALWAYS - without
    missing = {layer: "switched off" for layer in LEVELS["full"] - wanted - {BUBBLEWRAP}}
    abi = landlock.abi()
    if LANDLOCK in wanted and abi < 1:
        missing[LANDLOCK] = "this kernel does not offer it"
    program = b""
    if SECCOMP in wanted:
        try:
            program = seccomp.program()
        except seccomp.FilterUnavailable as error:
            missing[SECCOMP] = str(error)
    wrapping = bubblewrap.Wrapping(refusal="switched off")
    if not unconfined and bubblewrap_mode != "off" and BUBBLEWRAP not in without:
        wrapping = bubblewrap.find(paths)
    if wrapping.refusal:
        missing[BUBBLEWRAP] = wrapping.refusal
    layers = wanted - missing.keys()
    exposed = bubblewrap.EXPOSED if wrapping.prefix else paths.exposed
    readable, listable = readable_paths(paths, exposed)
    started = Plan(
        paths,
        wrapping.prefix,
        exposed,
        layers,
        wrapping.own_user_namespace,
        tuple(readable),
        tuple(listable),
        program if SECCOMP in layers else b"",
    )
    in_force = layers | ({BUBBLEWRAP} if wrapping.prefix else frozenset())
    return started, Protection(
        in_force, abi if LANDLOCK in layers else 0, wrapping.namespaces, unconfined=unconfined, missing=missing
    )
