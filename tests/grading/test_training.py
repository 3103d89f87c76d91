"""Whichever start is drawn, the run whose report is checked shows a loop that stops at the word and a string taken too late."""

from __future__ import annotations

from itertools import pairwise

import pytest

from autograder.course import Course
from autograder.graders.kit.training import CLEAR, FORMS, Start, Training
from autograder.judge.catalogue import grader_module

ASSIGNMENTS = [a for a in Course().assignments if any(task.name == "train" for task in a.tasks)]


@pytest.fixture(params=ASSIGNMENTS, ids=lambda assignment: assignment.name)
def training(request: pytest.FixtureRequest) -> Training:
    return grader_module(request.param, "train").TRAINING


def test_every_run_that_can_be_drawn_tells(training: Training) -> None:
    told = 0
    for start in training.starts:
        plain = Start(start.seed, (0, 1, 2, 3))
        run = training.telling_run(plain)
        if not run:
            continue
        told += start.word != plain.word
        for form in FORMS:
            said = [epoch.text for epoch in training.reference(plain, len(run), training.lr, form)]
            assert plain.target_text in said[:-2], (start.seed, form)
            assert [text for text, epoch in zip(said, run, strict=True) if epoch.margin > CLEAR] == [
                epoch.text for epoch in run if epoch.margin > CLEAR
            ], (start.seed, form)
            assert any(late != epoch.text for (_, late), epoch in zip(pairwise(said), run, strict=False) if epoch.margin > CLEAR)
    assert told >= 20  # starts to draw from
