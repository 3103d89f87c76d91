"""From every start that can be drawn, a loop that stops at the target word, a late string and the smallest loss so far show."""

from __future__ import annotations

from itertools import pairwise

import pytest
import torch

from autograder.course import Course
from autograder.judge.catalogue import grader_module
from autograder.judge.draw import Draw
from autograder.kit.trained_weights import same_weights
from autograder.kit.training_report import rising_loss
from autograder.kit.training_runs import LOSS_REDUCTIONS, MIN_LOGIT_MARGIN, Start, Training

ASSIGNMENTS = [a for a in Course().assignments if any(task.name == "train" for task in a.tasks)]


@pytest.fixture(params=ASSIGNMENTS, ids=lambda assignment: assignment.name)
def training(request: pytest.FixtureRequest) -> Training:
    return grader_module(request.param, "train").TRAINING


def test_every_run_that_can_be_drawn_tells(training: Training) -> None:
    told = 0
    for start in training.starts:
        plain = Start(start.seed, (0, 1, 2, 3))
        run = training.discriminating_run(plain)
        if not run:
            continue
        told += start.input_ids != plain.input_ids
        for form in LOSS_REDUCTIONS:
            said = [epoch.text for epoch in training.reference(plain, len(run), training.lr, form)]
            assert plain.target_text in said[:-2], (start.seed, form)
            assert [text for text, epoch in zip(said, run, strict=True) if epoch.margin > MIN_LOGIT_MARGIN] == [
                epoch.text for epoch in run if epoch.margin > MIN_LOGIT_MARGIN
            ], (start.seed, form)
            assert any(
                late != epoch.text
                for (_, late), epoch in zip(pairwise(said), run, strict=False)
                if epoch.margin > MIN_LOGIT_MARGIN
            )
    assert told >= 20  # starts to draw from


def test_amsgrad_ends_elsewhere_from_every_start_that_is_drawn(training: Training) -> None:
    starts = [start for start in training.starts if start.seed not in training.undrawn]
    for start in starts if training.epochs < 50 else starts[::20]:
        *_, last = training.reference(start, training.epochs, training.lr, amsgrad=True)
        ends = training.final_weights(start)
        assert not any(same_weights(last.weights, right, training.final_atol) for right in ends), start.seed


def test_the_loss_rises_and_rounding_changes_nothing(training: Training) -> None:
    for seed in range(8):
        start, lr = rising_loss(Draw(seed, "rising"))
        for form, run in zip(LOSS_REDUCTIONS, zip(*training.loss_reductions(start, 2, lr), strict=True), strict=True):
            assert run[1].loss > run[0].loss + 0.2, (seed, form)
            assert min(epoch.margin for epoch in run) > 0.5, (seed, form)
            exact = training.reference(start, 2, lr, form, dtype=torch.float64)
            assert [epoch.loss for epoch in run] == pytest.approx([epoch.loss for epoch in exact], rel=1e-5), (seed, form)
