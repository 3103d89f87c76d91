"""A submission on its way to another machine, as JSON: its text, whose it is, and how it is to be graded. No pickle of ours."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.results import Flag

if TYPE_CHECKING:
    from .pool import Work

COURSE_ERROR = b"!"  # what starts an answer that is no document: the course's own files are at fault


@dataclasses.dataclass(frozen=True)
class Judging:
    """How a judge is started. course: None for the one that its own autograder stands in."""

    course: str | None = None
    unconfined: bool = False
    bubblewrap: str = "auto"

    def json(self) -> str:
        return json.dumps(dataclasses.asdict(self))

    @classmethod
    def from_json(cls, text: str) -> Judging:
        return cls(**json.loads(text))

    @property
    def root(self) -> Path | None:
        return None if self.course is None else Path(self.course)


def pack(work: Work) -> bytes:
    """The submission must have been read: a path says nothing to another machine."""
    name, ref = work
    if ref.source is None:
        raise ValueError(f"the submission of {ref.student} has not been read")
    source = dataclasses.asdict(ref.source)
    return json.dumps(
        {"assignment": name, "student": ref.student, "seed": ref.seed, "only": ref.only, "source": source}
    ).encode()


def unpack(parcel: bytes) -> Work:
    from autograder.intake.source import SubmissionSource

    from .grading import SubmissionRef

    found = json.loads(parcel)
    source: dict[str, Any] = found["source"]
    notes = tuple(Flag(**note) for note in source.pop("notes"))
    fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in source.items()}
    ref = SubmissionRef(found["student"], None, SubmissionSource(notes=notes, **fields), found["seed"], found["only"])
    return found["assignment"], ref
