"""`run.json` in a results folder says how its documents were made. It is written when a run starts and when it ends."""

from __future__ import annotations

import dataclasses
import json
import platform
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from autograder import __version__
from autograder.course import Assignment

from .durable import write_whole
from .fingerprint import graders_sha256, torch_version

NAME = "run.json"
SCHEMA = 1


@dataclass(frozen=True)
class RunRecord:
    """seed: that of everybody's inputs. graders: a hash for each assignment. end: None while it runs, or when it was killed.

    graded, reused: numbers of results. controls: messages of the control runs; empty when every first seed passed.
    """

    seed: int
    confined: bool
    start: str
    graders: Mapping[str, str]
    end: str | None = None
    graded: int = 0
    reused: int = 0
    controls: tuple[str, ...] = ()
    autograder: str = __version__
    torch: str = ""
    python: str = ""
    schema: int = SCHEMA

    @classmethod
    def of_now(
        cls, seed: int, assignments: Iterable[Assignment], confined: bool, reused: int = 0, controls: tuple[str, ...] = ()
    ) -> RunRecord:
        graders = {assignment.name: graders_sha256(assignment) for assignment in assignments}
        python = platform.python_version()
        return cls(seed, confined, now(), graders, reused=reused, controls=controls, torch=torch_version(), python=python)

    def ended(self, graded: int) -> RunRecord:
        return dataclasses.replace(self, end=now(), graded=graded)

    def write(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        write_whole(folder / NAME, json.dumps(dataclasses.asdict(self), indent=2) + "\n")

    @classmethod
    def read(cls, folder: Path) -> RunRecord | None:
        """The record in `folder`; None when there is none that this version can read."""
        try:
            found = json.loads((folder / NAME).read_text(encoding="utf-8"))
            return cls(**found) if found["schema"] == SCHEMA and isinstance(found["seed"], int) else None
        except (OSError, ValueError, LookupError, TypeError):
            return None


def now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
