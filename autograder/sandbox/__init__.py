"""Confined child processes, forked from a warm zygote. Other packages use only these names, not the modules behind them."""

from .errors import ChildEnded, ChildLost, SandboxLost, SandboxUnavailable, Verdict
from .limits import Limits, Usage
from .process import Child
from .protection import Protection
from .sandbox import Sandbox

__all__ = [
    "Child",
    "ChildEnded",
    "ChildLost",
    "Limits",
    "Protection",
    "Sandbox",
    "SandboxLost",
    "SandboxUnavailable",
    "Usage",
    "Verdict",
]
