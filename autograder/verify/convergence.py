"""The rule about the starts of a training task."""

from __future__ import annotations

from collections.abc import Iterator

from autograder.judge.catalogue import grader_module

from .subject import Subject
from .training_starts import problem


def starts_converge(subject: Subject) -> Iterator[str]:
    """The training task's starts are ones from which the reference says 'ohlol', beyond doubt."""
    if not (subject.assignment.graders / "starts.json").is_file():
        return
    training = grader_module(subject.assignment, "train").TRAINING
    problems = [text for start in training.starts if (text := problem(training, start))]
    yield from (f"starts.json: {text}" for text in problems)
    if problems:
        command = f"python -m autograder.verify.training_starts {subject.assignment.name}"
        yield f"{len(problems)} of {len(training.starts)} starts must be replaced. Run: {command}"
