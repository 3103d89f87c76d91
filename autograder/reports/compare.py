"""Compare two gradings of a class: what changed, per student and test, and why. Pure: results in, changes and text out.

A change has a cause when something that decides on a result is not the same: the submission, the graders, torch, the seed of
the inputs, the confinement. A change without one is `unexplained`, and a defect of ours.
"""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from autograder.results import Result, TestResult
from autograder.sanitize import one_line

UNEXPLAINED = "unexplained"
HANDED_IN, TAKEN_AWAY = "handed in", "taken away"  # a result on one side only
CAUSES: Mapping[str, Callable[[Result], object]] = {
    "submission": lambda result: (result.submission_sha256, result.submission_files),
    "graders": lambda result: (result.graders_sha256, result.grader_version),
    "torch": lambda result: result.torch_version,
    "seed": lambda result: result.seed,
    "confinement": lambda result: result.confined,
}
Key = tuple[str, str]  # student, assignment


@dataclass(frozen=True)
class Change:
    """One change. test: '' when it concerns the whole task. task: '' when it concerns the whole submission.

    what: verdict, score, message, flags, outcome, misconception, feedback, or which side has the test or the result at all.
    """

    student: str
    assignment: str
    task: str
    test: str
    what: str
    old: str
    new: str
    causes: tuple[str, ...]

    @property
    def explained(self) -> bool:
        return self.causes != (UNEXPLAINED,)

    @property
    def key(self) -> Key:
        return self.student, self.assignment


@dataclass(frozen=True)
class Comparison:
    """The changes. compared: the number of results that both sides have."""

    compared: int
    changes: tuple[Change, ...]

    @property
    def unexplained(self) -> tuple[Change, ...]:
        return tuple(change for change in self.changes if not change.explained)


def compare(old: Iterable[Result], new: Iterable[Result], *, part: bool = False) -> Comparison:
    """Compare by student and assignment. part: the old ones are only some of the class, as in an archive."""
    before = {(result.student, result.assignment): result for result in old}
    changes: list[Change] = []
    compared = 0
    for result in new:
        key = (result.student, result.assignment)
        earlier = before.pop(key, None)
        if earlier is not None:
            compared += 1
            changes += _changes(earlier, result)
        elif not part:
            changes.append(Change(*key, "", "", HANDED_IN, "", _score(result), ("submission",)))
    for key, earlier in before.items():
        changes.append(Change(*key, "", "", TAKEN_AWAY, _score(earlier), "", ("submission",)))
    return Comparison(compared, tuple(sorted(changes, key=lambda change: (change.assignment, change.student))))


def causes_of(old: Result, new: Result) -> tuple[str, ...]:
    """The causes: everything that a result depends on and that differs."""
    return tuple(cause for cause, identity in CAUSES.items() if identity(old) != identity(new))


def _changes(old: Result, new: Result) -> Iterator[Change]:
    causes = causes_of(old, new) or (UNEXPLAINED,)

    def change(task: str, test: str, what: str, before: object, after: object) -> Iterator[Change]:
        if before != after:
            yield Change(new.student, new.assignment, task, test, what, _shown(before), _shown(after), causes)

    yield from change("", "", "verdict", old.verdict, new.verdict)
    yield from change("", "", "score", _score(old), _score(new))
    yield from change("", "", "message", old.message, new.message)
    yield from change("", "", "flags", tuple(map(str, old.flags)), tuple(map(str, new.flags)))
    tests, earlier = _tests(new), _tests(old)
    for place in dict.fromkeys([*earlier, *tests]):
        before, after = earlier.get(place), tests.get(place)
        if before is None or after is None:
            yield from change(*place, "test", "absent" if before is None else "present", "absent" if after is None else "present")
            continue
        yield from change(*place, "outcome", _outcome(before), _outcome(after))
        yield from change(*place, "misconception", before.misconception or "none", after.misconception or "none")
        yield from change(*place, "feedback", _feedback(before), _feedback(after))


def _tests(result: Result) -> dict[tuple[str, str], TestResult]:
    return {(task.task, test.name): test for task in result.tasks for test in task.tests}


def _outcome(test: TestResult) -> str:
    return f"{test.outcome}, {test.points:g} points"


def _feedback(test: TestResult) -> tuple[str, str, str]:
    return test.behaviour, test.finding, test.advice


def _score(result: Result) -> str:
    return "no score" if result.score is None else f"{result.score:g} of {result.max_score:g}"


def _shown(value: object) -> str:
    return value if isinstance(value, str) else " / ".join(map(str, value)) if isinstance(value, tuple) else str(value)


# ---- layout


def comparison_text(comparison: Comparison) -> str:
    """For a terminal: a heading per submission, a line per change, and a summary."""
    lines: list[str] = []
    heading: tuple[Key, tuple[str, ...]] | None = None
    for change in comparison.changes:
        if heading != (change.key, change.causes):
            heading = (change.key, change.causes)
            lines.append(f"{one_line(change.student, 60)}  {change.assignment}  because of: {', '.join(change.causes)}")
        where = ".".join(part for part in (change.task, change.test) if part)
        old, new = one_line(change.old, 100), one_line(change.new, 100)
        lines.append(f"  {where + ': ' if where else ''}{change.what}: {old} -> {new}")
    return "\n".join([*lines, *_summary(comparison)]) + "\n"


def _summary(comparison: Comparison) -> Iterator[str]:
    one_sided = {change.key: change.what for change in comparison.changes if change.what in (HANDED_IN, TAKEN_AWAY)}
    changed = {change.key: change.causes for change in comparison.changes if change.key not in one_sided}
    yield f"{comparison.compared} results compared, {len(changed) or 'none'} changed."
    for causes, count in sorted(Counter(changed.values()).items()):
        yield f"  {count} because of {', '.join(causes)}" if causes != (UNEXPLAINED,) else f"  {count} UNEXPLAINED"
    for what, count in sorted(Counter(one_sided.values()).items()):
        yield f"  {count} more {what}"


def comparison_json(comparison: Comparison) -> str:
    document: dict[str, Any] = {
        "compared": comparison.compared,
        "unexplained": len(comparison.unexplained),
        "changes": [dataclasses.asdict(change) for change in comparison.changes],
    }
    return json.dumps(document, indent=2)
