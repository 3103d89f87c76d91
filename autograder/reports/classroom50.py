"""A result as Classroom 50 reads it (`classroom50/result/v1`), but for what its runner knows: classroom, commit, links and time.

Scores there are whole numbers, and our tests may be worth half a point: everything is in hundredths of a point.
"""

from __future__ import annotations

import json
from typing import Any

from autograder.results import Result
from autograder.sanitize import one_line

from .text import VERDICT_TEXTS, task_text

SCHEMA = "classroom50/result/v1"
PER_POINT = 100


def classroom50(result: Result) -> str:
    """An entry per task. A result without a score has a message instead, which Classroom 50's runner treats as an error."""
    document: dict[str, Any] = {"schema": SCHEMA}
    if result.score is None:
        document["message"] = one_line(f"{VERDICT_TEXTS[result.verdict]} {result.message}", 600)
        return json.dumps(document, indent=2) + "\n"
    tests: list[dict[str, Any]] = [
        {
            "test-name": task.task,
            "passed": task.score == task.max_score,
            "score": round(task.score * PER_POINT),
            "max-score": round(task.max_score * PER_POINT),
            "output": task_text(task, result),
        }
        for task in result.tasks
    ]
    document |= {
        "score": sum(test["score"] for test in tests),
        "max-score": sum(test["max-score"] for test in tests),
        "tests": tests,
    }
    return json.dumps(document, indent=2) + "\n"
