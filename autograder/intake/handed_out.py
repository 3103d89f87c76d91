"""What students were given, to tell an untouched file from one that was worked on."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache

from autograder.course import Assignment
from autograder.course.cells import is_stub


@dataclass(frozen=True)
class HandedOut:
    """The names of the tasks, and the text of each stub as it was released."""

    tasks: tuple[str, ...] = ()
    stubs: tuple[str, ...] = ()

    def is_untouched(self, code: str) -> bool:
        """Whether every stub still stands as it was given."""
        plain = _without_blanks_at_ends(code)
        return bool(self.stubs) and all(stub in plain for stub in self.stubs)

    def defines_a_task(self, code: str) -> bool:
        return not self.tasks or any(defines(code, task) for task in self.tasks)


def defines(code: str, task: str) -> bool:
    """Whether the text gives `task` a meaning, as far as can be seen without running it."""
    pattern = rf"^\s*(?:(?:async )?def|class) {re.escape(task)}\b|^{re.escape(task)}\s*="
    return task in code and re.search(pattern, code, re.MULTILINE) is not None


@lru_cache
def handed_out(assignment: Assignment) -> HandedOut:
    """Read from release/; without it nothing counts as untouched."""
    names = tuple(task.name for task in assignment.tasks)
    try:
        cells = json.loads(assignment.notebook_in("release").read_bytes())["cells"]
        return HandedOut(names, tuple(_without_blanks_at_ends("".join(c["source"])) for c in cells if is_stub(c)))
    except (OSError, ValueError, LookupError, TypeError):
        return HandedOut(names)


def _without_blanks_at_ends(code: str) -> str:
    return "\n".join(line.rstrip() for line in code.strip().splitlines())
