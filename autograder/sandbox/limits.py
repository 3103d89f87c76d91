"""What a child may use, and what it did use."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    idle_s: float = 30.0  # in which it neither computes nor waits for a processor while we wait for an answer, in total
    cpu_s: int = 30  # fifty times what the reference takes for its longest task
    memory_bytes: int = 1 << 30  # on top of the libraries, which all children share
    output_bytes: int = 1 << 20
    reply_bytes: int = 64 << 20  # of all answers together, which the judge keeps until a task is graded
    threads: int = 32
    open_files: int = 64


@dataclass(frozen=True)
class Usage:
    cpu_s: float
    wall_s: float  # time spent waiting for answers
    maxrss_bytes: int  # with the shared libraries
