"""What students were given, to distinguish an untouched file from an edited one."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

from autograder.course import Assignment
from autograder.course.cells import grade_id, is_stub


@dataclass(frozen=True)
class HandedOut:
    """The names of the tasks, and the text of each stub as it was released.

    others: tasks of other assignments alone. shared: tasks that others have too, such as `train`. modules: the text of the
    modules that came with the notebook.
    """

    tasks: tuple[str, ...] = ()
    stubs: tuple[str, ...] = ()
    others: tuple[str, ...] = ()
    shared: tuple[str, ...] = ()
    modules: frozenset[str] = frozenset()

    def is_untouched(self, code: str) -> bool:
        """Whether no stub has been changed."""
        plain = _without_blanks_at_ends(code)
        return bool(self.stubs) and all(stub in plain for stub in self.stubs)

    def defines_a_task(self, code: str) -> bool:
        return not self.tasks or any(defines(code, task) for task in self.tasks)

    def of_another_assignment(self, code: str) -> list[str]:
        """Tasks of other assignments that the code defines, if it mentions no task that only this assignment has."""
        words = set(re.findall(r"\w+", code))
        own = [task for task in self.tasks if task not in self.shared]
        return [] if not own or words & set(own) else [task for task in self.others if defines(code, task)]

    def without_untouched_copies(self, cells: tuple[str, ...]) -> tuple[tuple[str, ...], list[str]]:
        """The cells without untouched copies of stubs that another cell defines, and the tasks of those copies."""
        untouched = {n: cell for n, cell in enumerate(cells) if _without_blanks_at_ends(cell) in self.stubs}
        written = "\n".join(cell for n, cell in enumerate(cells) if n not in untouched)
        done = [task for task in self.tasks if defines(written, task)]
        again = {n: task for n, cell in untouched.items() for task in done if defines(cell, task)}
        return tuple("" if n in again else cell for n, cell in enumerate(cells)), list(dict.fromkeys(again.values()))


def defines(code: str, task: str) -> bool:
    """Whether the text defines `task`, as far as can be seen without running it."""
    pattern = rf"^\s*(?:(?:async )?def|class) {re.escape(task)}\b|^{re.escape(task)}\s*="
    return task in code and re.search(pattern, code, re.MULTILINE) is not None


@lru_cache
def handed_out(assignment: Assignment) -> HandedOut:
    """What students were given, read from release/; without that folder nothing counts as untouched."""
    names = tuple(task.name for task in assignment.tasks)
    released = assignment.notebook_in("release")
    stubs = _stubs_in(released)
    elsewhere = [name for path in sorted(released.parents[1].glob("*/*.ipynb")) if path != released for name in _stubs_in(path)]
    others = tuple(name for name in dict.fromkeys(elsewhere) if name not in names)
    shared = tuple(name for name in names if name in elsewhere)
    modules = frozenset(path.read_text(encoding="utf-8") for path in released.parent.glob("*.py"))
    return HandedOut(names, tuple(stubs.values()), others, shared, modules)


def _stubs_in(released: Path) -> dict[str, str]:
    """The stubs of a released notebook by task; empty when it cannot be read."""
    try:
        cells = json.loads(released.read_bytes())["cells"]
        return {grade_id(c) or "": _without_blanks_at_ends("".join(c["source"])) for c in cells if is_stub(c)}
    except (OSError, ValueError, LookupError, TypeError):
        return {}


def _without_blanks_at_ends(code: str) -> str:
    return "\n".join(line.rstrip() for line in code.strip().splitlines())
