"""The errors of a sandbox: caused by the submission, by the machine, or by an accident that says nothing about either."""

from __future__ import annotations

from typing import Literal

Verdict = Literal["crashed", "time_limit", "memory_limit", "output_limit", "protocol_violation"]


class ChildEnded(Exception):
    """The submission's process has ended. `detail` says why; it is our text, never the student's.

    idle: it was ended because it neither computed nor answered for too long; its processor time was within the limit.
    """

    def __init__(self, verdict: Verdict, detail: str, *, idle: bool = False) -> None:
        super().__init__(f"{verdict}: {detail}")
        self.verdict = verdict
        self.detail = detail
        self.idle = idle


class SandboxUnavailable(Exception):
    """A required protection is not in force on this machine. No code of the student has run."""


class SandboxLost(Exception):
    """The zygote ended or hung. This says nothing about the submission: run it again in a new child."""


class ChildLost(SandboxLost):
    """A child was killed from outside, for instance by the kernel for lack of memory. Its zygote still works."""
