"""A result as a page for its student."""

from __future__ import annotations

from autograder.results import PASSED, WITHOUT_SCORE, Result

from .html import render
from .text import MARKS, summary_lines


def feedback_page(result: Result) -> str:
    return render(
        "feedback.html.j2",
        result=result,
        summary=summary_lines(result),
        shown=result.verdict not in WITHOUT_SCORE and not result.not_started,
        passed=PASSED,
        marks=MARKS,
    )
