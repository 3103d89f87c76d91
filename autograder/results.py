"""The result document: what grading one submission says. Frozen records, written as one JSON object.

A score exists only for a verdict about the submission. A verdict about ourselves carries no score at all.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field

from autograder.sanitize import visible

# About the submission.
GRADED = "graded"
REJECTED_INPUT = "rejected_input"
LOAD_ERROR = "load_error"
CRASHED = "crashed"
TIME_LIMIT = "time_limit"
MEMORY_LIMIT = "memory_limit"
OUTPUT_LIMIT = "output_limit"
PROTOCOL_VIOLATION = "protocol_violation"
# About us.
SANDBOX_UNAVAILABLE = "sandbox_unavailable"
GRADER_ERROR = "grader_error"

OUR_FAULT = frozenset({SANDBOX_UNAVAILABLE, GRADER_ERROR})
VERDICTS = OUR_FAULT | {
    GRADED, REJECTED_INPUT, LOAD_ERROR, CRASHED, TIME_LIMIT, MEMORY_LIMIT, OUTPUT_LIMIT, PROTOCOL_VIOLATION,
}  # fmt: skip

# Outcomes of a test besides the verdicts that end one.
PASSED = "passed"
FAILED = "failed"
NOT_RUN = "not_run"


@dataclass(frozen=True)
class TestResult:
    """One hidden test. `points` is what it earned; `misconception` names the mistake that was recognised."""

    __test__ = False  # pytest: not a test class

    name: str
    outcome: str = NOT_RUN
    points: float = 0.0
    message: str = ""
    misconception: str | None = None


@dataclass(frozen=True)
class TaskResult:
    task: str
    max_score: float
    tests: tuple[TestResult, ...] = ()

    @property
    def score(self) -> float:
        """Earned points. Nothing is earned by default: a test counts only as passed."""
        return round(sum(test.points for test in self.tests if test.outcome == PASSED), 6)


@dataclass(frozen=True)
class Result:
    """One graded submission. `seed` regrades it with the same inputs; `protection` tells what confined it."""

    student: str
    assignment: str
    verdict: str
    tasks: tuple[TaskResult, ...]
    max_score: float
    message: str = ""
    flags: tuple[str, ...] = ()
    submission_sha256: str = ""
    grader_version: str = ""
    seed: int = 0
    duration_s: float = 0.0
    confined: bool = True
    usage: dict[str, float] = field(default_factory=dict)

    @property
    def score(self) -> float | None:
        if self.verdict in OUR_FAULT:
            return None
        return round(sum(task.score for task in self.tasks), 6)

    def document(self) -> dict:
        """The result as plain data, in the order in which people read it."""
        tasks = [
            {
                "task": task.task,
                "score": None if self.score is None else task.score,
                "max_score": task.max_score,
                "tests": [dataclasses.asdict(test) for test in task.tests],
            }
            for task in self.tasks
        ]
        return {
            "student": self.student,
            "assignment": self.assignment,
            "verdict": self.verdict,
            "score": self.score,
            "max_score": self.max_score,
            "message": self.message,
            "tasks": tasks,
            "flags": list(self.flags),
            "submission_sha256": self.submission_sha256,
            "grader_version": self.grader_version,
            "seed": self.seed,
            "duration_s": round(self.duration_s, 3),
            "confined": self.confined,
        }

    @classmethod
    def of_document(cls, document: dict) -> Result:
        """The result that `document` came from, but for what it used. LookupError or TypeError for anything else."""
        tasks = tuple(
            TaskResult(task["task"], task["max_score"], tuple(TestResult(**test) for test in task["tests"]))
            for task in document["tasks"]
        )
        fields = {f.name: document[f.name] for f in dataclasses.fields(cls) if f.name not in ("tasks", "flags", "usage")}
        return cls(**fields, tasks=tasks, flags=tuple(document["flags"]))

    def json(self) -> str:
        return visible(json.dumps(self.document(), indent=2, ensure_ascii=False, allow_nan=False))
