"""Results as JUnit XML: a test suite for each submission, a test case for each hidden test."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from xml.etree import ElementTree

from autograder import sanitize
from autograder.results import FAILED, NOT_RUN, PASSED, WITHOUT_SCORE, Result, TaskResult, TestResult

from .text import VERDICT_TEXTS, number


def junit(results: Iterable[Result]) -> str:
    """failure: a wrong answer. error: it ended a task, or prevented grading. skipped: the test did not run."""
    root = ElementTree.Element("testsuites", name="autograder")
    root.extend(map(_suite, results))
    for count in ("tests", "failures", "errors", "skipped"):
        root.set(count, str(sum(int(suite.get(count, "0")) for suite in root)))
    ElementTree.indent(root)
    return ElementTree.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _suite(result: Result) -> ElementTree.Element:
    name = f"{sanitize.one_line(result.student, 200)} {result.assignment}"
    suite = ElementTree.Element("testsuite", name=name, time=f"{result.duration_s:.3f}")
    properties = ElementTree.SubElement(suite, "properties")
    score = "none" if result.score is None else number(result.score)
    known = {"verdict": result.verdict, "score": score, "max_score": number(result.max_score), "seed": str(result.seed)}
    for key, value in known.items():
        ElementTree.SubElement(properties, "property", name=key, value=value)
    cases = list(_cases(result))
    suite.extend(cases)
    suite.set("tests", str(len(cases)))
    for count, tag in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped")):
        suite.set(count, str(sum(case.find(tag) is not None for case in cases)))
    return suite


def _cases(result: Result) -> Iterator[ElementTree.Element]:
    if result.verdict in WITHOUT_SCORE or not any(task.tests for task in result.tasks):
        case = ElementTree.Element("testcase", classname=result.assignment, name="submission")
        message = sanitize.one_line(VERDICT_TEXTS.get(result.verdict, result.verdict))
        ElementTree.SubElement(case, "error", type=result.verdict, message=message).text = sanitize.lines(result.message)
        yield case
        return
    for task in result.tasks:
        for test in task.tests:
            yield _case(result, task, test)


def _case(result: Result, task: TaskResult, test: TestResult) -> ElementTree.Element:
    case = ElementTree.Element("testcase", classname=f"{result.assignment}.{task.task}", name=test.name)
    if test.outcome == PASSED:
        return case
    tag = {FAILED: "failure", NOT_RUN: "skipped"}.get(test.outcome, "error")
    details = ElementTree.SubElement(
        case, tag, message=sanitize.one_line(test.behaviour), type=sanitize.one_line(test.misconception or test.outcome)
    )
    details.text = sanitize.lines("\n".join(part for part in (test.finding, test.advice) if part))
    return case
