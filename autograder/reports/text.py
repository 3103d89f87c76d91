"""A result as text for its student: what passed, what did not, and what to look at next."""

from __future__ import annotations

from collections.abc import Iterator

from autograder import sanitize
from autograder.results import PASSED, WITHOUT_SCORE, Result, TaskResult

MARKS = {True: "passed", False: "not yet"}
VERDICT_TEXTS = {
    "rejected_input": "Needs attention: the submission could not be graded, so it has no score.",
    "load_error": "The submission could not be loaded, so no task could be graded.",
    "crashed": "A part of the submission ended its process.",
    "time_limit": "A part of the submission did not finish in time.",
    "memory_limit": "A part of the submission asked for too much memory.",
    "output_limit": "A part of the submission printed too much.",
    "protocol_violation": "A part of the submission disturbed the grading.",
    "sandbox_unavailable": "Not graded: this machine cannot run submissions safely. Run: autograder doctor",
    "grader_error": "Not graded: the grader itself failed. Tell your instructor.",
}


def number(value: float) -> str:
    """3.0 -> '3', 2.5 -> '2.5'."""
    return f"{value:g}"


def task_text(task: TaskResult, result: Result) -> str:
    """The feedback on one task."""
    return sanitize.lines("\n".join(_task_lines(task, result))) + "\n"


def _task_lines(task: TaskResult, result: Result) -> Iterator[str]:
    yield f"{task.task}: {number(task.score)} of {number(task.max_score)} points"
    if not task.tests and result.message:
        yield f"  {result.message}"
    if task.not_started:
        yield "  Not written yet. Replace `raise NotImplementedError()` when you start this task."
        yield from _flag_lines(task, result)
        return
    previous = ""
    for test in task.tests:
        detail = "\n".join(part for part in (test.finding, test.advice) if part)
        yield f"  [{MARKS[test.outcome == PASSED]}] {test.behaviour}"
        if detail and detail == previous:
            yield "      The same as above."
        else:
            yield from (f"      {line}" for line in sanitize.lines(detail).splitlines())
        previous = detail
    yield from _flag_lines(task, result)


def _flag_lines(task: TaskResult, result: Result) -> Iterator[str]:
    yield from (f"  note: {flag}" for flag in result.flags if flag.task == task.task)


def summary_lines(result: Result) -> list[str]:
    """The student, the points, and everything about the submission as a whole."""
    head = f"{sanitize.one_line(result.student, 80)}  {result.assignment}"
    score = "no score" if result.score is None else f"{number(result.score)} of {number(result.max_score)} points"
    lines = [f"{head}: {score}", VERDICT_TEXTS.get(result.verdict, ""), result.message]
    if result.not_started:
        lines.append("Nothing is written yet. Start with the first task: every stub says what it wants.")
    tasks = {task.task for task in result.tasks}
    lines += [f"note: {flag}" for flag in result.flags if flag.task not in tasks]
    return [line for line in lines if line]


def result_text(result: Result) -> str:
    """The whole result, for a terminal."""
    lines = summary_lines(result)
    if result.verdict in WITHOUT_SCORE:
        return sanitize.lines("\n".join(lines)) + "\n"
    if not result.not_started and result.verdict != "load_error":
        for task in result.tasks:
            lines += ["", *_task_lines(task, result)]
    lines += ["", f"seed {result.seed} grades it again with the same inputs"]
    return sanitize.lines("\n".join(lines), most=1000) + "\n"
