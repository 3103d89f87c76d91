"""A result as a page for the person who handed it in."""

from __future__ import annotations

from autograder.results import OUR_FAULT, PASSED, Result

from .html import render
from .text import MARKS, summary_lines


def feedback_page(result: Result) -> str:
    return render(
        "feedback.html.j2",
        result=result,
        summary=summary_lines(result),
        shown=result.verdict not in OUR_FAULT and not result.not_started,
        passed=PASSED,
        marks=MARKS,
    )
