"""Results as workflow commands of GitHub Actions: annotations on a run. Each is one line, and nothing in it is a command."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from autograder import sanitize
from autograder.results import WITHOUT_SCORE, Result

from .text import VERDICT_TEXTS, number, task_text

DATA = str.maketrans({"%": "%25", "\r": "%0D", "\n": "%0A"})
PROPERTY = DATA | str.maketrans({":": "%3A", ",": "%2C"})


def github(results: Sequence[Result]) -> str:
    """One result: an annotation for each task that lost points. Several: one for each submission. GitHub shows ten of a kind."""
    if len(results) == 1:
        return "".join(f"{line}\n" for line in (*map(_summary, results), *_tasks(results[0])))
    return "".join(f"{_summary(result)}\n" for result in results)


def _summary(result: Result) -> str:
    title = f"{sanitize.one_line(result.student, 80)} {result.assignment}"
    if result.verdict in WITHOUT_SCORE:
        return _command("error", title, f"{VERDICT_TEXTS[result.verdict]} {result.message}")
    text = f"{number(result.score or 0)} of {number(result.max_score)} points"
    parts = [text, VERDICT_TEXTS.get(result.verdict, ""), result.message]
    level = "notice" if result.score == result.max_score else "warning"
    return _command(level, title, " ".join(part for part in parts if part))


def _tasks(result: Result) -> Iterator[str]:
    if result.verdict in WITHOUT_SCORE:
        return
    for task in result.tasks:
        if task.tests and task.score < task.max_score:
            yield _command("error", task.task, task_text(task, result).rstrip())


def _command(level: str, title: str, text: str) -> str:
    shown = sanitize.lines(text).translate(DATA)
    return f"::{level} title={sanitize.one_line(title, 150).translate(PROPERTY)}::{shown}"
