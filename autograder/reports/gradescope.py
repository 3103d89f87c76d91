"""A result as Gradescope's `results.json`: one entry for each task, with its feedback."""

from __future__ import annotations

import json
from typing import Any

from autograder.results import WITHOUT_SCORE, Result
from autograder.sanitize import lines

from .text import VERDICT_TEXTS, summary_lines, task_text


def gradescope(result: Result) -> str:
    """The document. A result without a score has no points, so Gradescope leaves it ungraded and reports a failed autograder."""
    document: dict[str, Any] = {"output": lines("\n".join(summary_lines(result))), "output_format": "text"}
    if result.verdict in WITHOUT_SCORE:
        document["output"] = lines(f"{VERDICT_TEXTS[result.verdict]}\n{result.message}")
    else:
        document |= {
            "score": result.score,
            "execution_time": round(result.duration_s),
            "visibility": "visible",
            "stdout_visibility": "hidden",
            "tests": [
                {
                    "name": task.task,
                    "score": task.score,
                    "max_score": task.max_score,
                    "status": "passed" if task.score == task.max_score else "failed",
                    "output": task_text(task, result),
                    "output_format": "text",
                    "visibility": "visible",
                }
                for task in result.tasks
            ],
        }
    document["extra_data"] = {"assignment": result.assignment, "verdict": result.verdict, "seed": str(result.seed)}
    return json.dumps(document, indent=2) + "\n"
