"""Data that nbgrader's gradebook cannot hold: the seed of an assignment's grading, and who needs attention and why.

One file for each assignment, `grading/<assignment>.json` in the course directory.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path

from autograder.batch.durable import write_whole

FOLDER = "grading"


@dataclass(frozen=True)
class Record:
    """seed: for everybody's inputs. needs_attention: the reason in plain words, by student."""

    seed: int | None = None
    needs_attention: Mapping[str, str] = field(default_factory=dict)

    def with_attention(self, reasons: Mapping[str, str], settled: set[str], seed: int | None) -> Record:
        """The record with new reasons added, and without the reasons of students who have been graded or are gone."""
        kept = {student: reason for student, reason in self.needs_attention.items() if student not in settled}
        return Record(seed, dict(sorted({**kept, **reasons}.items())))


def read(root: Path, assignment: str) -> Record:
    try:
        document = json.loads(_place(root, assignment).read_text(encoding="utf-8"))
        return Record(document["seed"], {str(k): str(v) for k, v in document["needs_attention"].items()})
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return Record()


def write(root: Path, assignment: str, record: Record) -> None:
    path = _place(root, assignment)
    path.parent.mkdir(parents=True, exist_ok=True)
    write_whole(path, json.dumps(asdict(record), indent=2) + "\n")


def needs_attention(root: Path, assignment: str) -> Mapping[str, str]:
    return read(root, assignment).needs_attention


def _place(root: Path, assignment: str) -> Path:
    return root / FOLDER / f"{assignment}.json"
