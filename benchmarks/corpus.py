"""The submissions of tests/submissions with their expected results."""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from autograder.course import Assignment


@dataclass(frozen=True)
class Case:
    """A submission as a learner writes it. loses: for each task that loses points, the misconception to name, or None."""

    path: Path

    @property
    def name(self) -> str:
        return self.path.name

    @cached_property
    def expected(self) -> dict:
        return json.loads((self.path / "expected.json").read_text())

    @property
    def loses(self) -> dict[str, str | None]:
        return self.expected["loses"]

    @property
    def says(self) -> dict[str, str]:
        """Words that the message must contain when no misconception names the mistake."""
        return self.expected.get("says", {})


def cases(assignment: Assignment, prefix: str) -> list[Case]:
    """The cases of an assignment whose names start with `right_` or `wrong_`; folders still being written are left out."""
    folder = assignment.root / "tests" / "submissions" / assignment.name
    return [Case(path) for path in sorted(folder.glob(f"{prefix}*")) if (path / "expected.json").is_file()]
