"""What can go wrong with a sandbox: the submission's doing, the machine's, or an accident that says nothing."""

from __future__ import annotations

from typing import Literal

Verdict = Literal["crashed", "time_limit", "memory_limit", "output_limit", "protocol_violation"]


class ChildEnded(Exception):
    """The submission's process is over, and why. `detail` is written by us, never by the student.

    idle: it was ended because it did nothing for too long, by the clock on the wall; its processor time was within the limit.
    """

    def __init__(self, verdict: Verdict, detail: str, *, idle: bool = False) -> None:
        super().__init__(f"{verdict}: {detail}")
        self.verdict = verdict
        self.detail = detail
        self.idle = idle


class SandboxUnavailable(Exception):
    """A protection that was asked for is not in force on this machine. No student byte has run."""


class SandboxLost(Exception):
    """The zygote ended or hung: our accident, no verdict about the submission. Run it again in a new child."""


class ChildLost(SandboxLost):
    """A child was ended from outside, such as by the kernel for lack of memory: likewise no verdict. Its zygote is well."""
