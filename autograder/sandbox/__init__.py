"""Confined warm child processes. Everything else uses these names and none of the files behind them."""

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
