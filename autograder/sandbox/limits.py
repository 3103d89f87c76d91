"""What a child may use, and what it used."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Limits:
    idle_s: float = 30.0  # in total, without computing or waiting for a processor while the judge waits for an answer
    cpu_s: int = 30  # fifty times what the reference needs for its longest task
    memory_bytes: int = 1 << 30  # on top of the libraries, which all children share
    output_bytes: int = 1 << 20
    reply_bytes: int = 64 << 20  # of all answers together: the judge keeps them until the task is graded
    threads: int = 32
    open_files: int = 64


@dataclass(frozen=True)
class Usage:
    cpu_s: float
    wall_s: float  # time spent waiting for answers
    maxrss_bytes: int  # including the shared libraries
