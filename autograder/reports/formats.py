"""Every format in which results are read elsewhere, by name. Pure functions: results in, text out."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace

from autograder.results import Result, TestResult

from . import lms
from .classroom50 import classroom50
from .feedback import feedback_page
from .github import github
from .gradescope import gradescope
from .junit import junit
from .tests_csv import tests_csv
from .text import result_text


class OneResultError(Exception):
    """A format that holds one result was asked to hold several."""


def report(results: Iterable[Result], name: str) -> str:
    """The results in the format of that name. Raises OneResultError."""
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


def anonymous(results: Sequence[Result]) -> Iterator[Result]:
    """The same results under pseudonyms, the same in every assignment, in an order that says nothing about names.

    Hashes of submissions and seeds go as well: they would tell who it is to whoever has the files, or tries out names. So do
    remarks on the submission as a whole, which quote names of files. In what quotes code, the student's name is masked.
    """
    names = pseudonyms_of(results)
    for result in results:
        mask = _mask(result.student)
        yield replace(
            result,
            student=names[result.student],
            tasks=tuple(replace(task, tests=tuple(_masked(test, mask) for test in task.tests)) for task in result.tasks),
            flags=tuple(replace(flag, text=mask(flag.text)) for flag in result.flags if flag.task is not None),
            message="",
            submission_sha256="",
            submission_files=(),
            seed=0,
        )


def _masked(test: TestResult, mask: Callable[[str], str]) -> TestResult:
    return replace(test, finding=mask(test.finding)) if test.finding else test


def _mask(student: str) -> Callable[[str], str]:
    """Replaces the student's name, and each part of it of three letters or more, where it is no part of a longer word."""
    parts = [part for part in re.split(r"[\W\d_]+", student) if len(part) >= 3]
    words = sorted({student, *parts} - {""}, key=len, reverse=True)
    pattern = re.compile("|".join(rf"(?<![^\W\d_]){re.escape(word)}(?![^\W\d_])" for word in words), re.IGNORECASE)
    return lambda text: pattern.sub("***", text)


def pseudonyms_of(results: Sequence[Result]) -> dict[str, str]:
    """`student 001` and so on, in the order of a hash of the name and of a number that readers do not know: the seed."""
    salt = max((result.seed for result in results), default=0)

    def order(student: str) -> bytes:
        return hashlib.sha256(f"{salt}/{student}".encode("utf-8", "surrogatepass")).digest()

    return {student: f"student {i:03d}" for i, student in enumerate(sorted({r.student for r in results}, key=order), 1)}
