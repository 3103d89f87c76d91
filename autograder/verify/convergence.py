"""The rule about the starts of a training task."""

from __future__ import annotations

from collections.abc import Iterator

from autograder.judge.catalogue import grader_module

from .subject import Subject
from .training_starts import is_good


def starts_converge(subject: Subject) -> Iterator[str]:
    """The training task's starts are ones from which the reference says 'ohlol', beyond doubt."""
    if not (subject.assignment.graders / "starts.json").is_file():
        return
    training = grader_module(subject.assignment, "train").TRAINING
    bad = [start.seed for start in training.starts if not is_good(training, start)]
    if bad:
        again = f"python -m autograder.verify.training_starts {subject.assignment.name}"
        yield f"starts.json: {len(bad)} starts do not converge here, such as seed {bad[0]}. Run: {again}"
