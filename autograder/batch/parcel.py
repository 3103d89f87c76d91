"""A submission as JSON for another machine: its text, its student, and how to grade it. We never pickle one."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

from autograder.results import Flag

if TYPE_CHECKING:
    from .pool import Work

COURSE_ERROR = b"!"  # starts an answer that is a CourseError instead of a document


@dataclasses.dataclass(frozen=True)
class Judging:
    """How to start a judge. course: None for the one that contains the judge's autograder."""

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
    """Encode a submission. Raises ValueError when it has not been read: a path means nothing on another machine."""
    name, ref = work
    if ref.source is None:
        raise ValueError(f"the submission of {ref.student} has not been read")
    source = dataclasses.asdict(ref.source)
    return json.dumps({"assignment": name, "student": ref.student, "seed": ref.seed, "only": ref.only, "source": source}).encode()


def unpack(parcel: bytes) -> Work:
    from autograder.intake.source import SubmissionSource

    from .grading import SubmissionRef

    found = json.loads(parcel)
    source: dict[str, Any] = found["source"]
    notes = tuple(Flag(**note) for note in source.pop("notes"))
    fields: dict[str, Any] = {name: tuple(value) if isinstance(value, list) else value for name, value in source.items()}
    ref = SubmissionRef(found["student"], None, SubmissionSource(notes=notes, **fields), found["seed"], found["only"])
    return found["assignment"], ref
