"""All report formats by name. Pure functions: results in, text out."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from autograder.results import Result

from . import lms
from .classroom50 import classroom50
from .feedback import feedback_page
from .github import github
from .gradescope import gradescope
from .junit import junit
from .tests_csv import tests_csv
from .text import result_text


class OneResultError(Exception):
    """Several results were given for a format that holds only one."""


def report(results: Iterable[Result], name: str) -> str:
    """The results in the named format. Raises OneResultError."""
    return FORMATS[name](results)


def _one(results: Iterable[Result], name: str) -> Result:
    found = list(results)
    if len(found) != 1:
        raise OneResultError(f"{name} holds one result, and there are {len(found)}.")
    return found[0]


def _html(results: Iterable[Result]) -> str:
    found = list(results)
    if len(found) == 1:
        return feedback_page(found[0])
    from .class_report import class_report  # loads matplotlib, which no other format needs

    return class_report(found)


def _github(results: Iterable[Result]) -> str:
    return github(list(results))


def _text(results: Iterable[Result]) -> str:
    return "\n".join(map(result_text, results))


FORMATS: dict[str, Callable[[Iterable[Result]], str]] = {
    "text": _text,
    "csv": tests_csv,
    "junit": junit,
    "gradescope": lambda results: gradescope(_one(results, "gradescope")),
    "classroom50": lambda results: classroom50(_one(results, "classroom50")),
    "github": _github,
    "html": _html,
    "canvas": lambda results: lms.canvas(lms.Gradebook.of_results(results)),
    "moodle": lambda results: lms.moodle(lms.Gradebook.of_results(results)),
    "blackboard": lambda results: lms.blackboard(lms.Gradebook.of_results(results)),
}
