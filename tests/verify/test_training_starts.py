"""Scores must not depend on the processor: starts of training tasks and of visible checks leave room for rounding."""

from __future__ import annotations

import sys
import types
from collections.abc import Callable

import pytest
import torch

from autograder.course import Assignment, Course
from autograder.course.build import STUDENT
from autograder.judge.catalogue import grader_module
from autograder.kit.training_runs import MIN_FINAL_MARGIN, Start, Training
from autograder.verify.kernels import FARTHEST, measure
from autograder.verify.rounding import ALLOWED, Exact, everything, perturbed, target_lead, worst
from autograder.verify.training_starts import problem

ASSIGNMENTS = [a for a in Course().assignments if any(task.name == "train" for task in a.tasks)]
WAVERING = Start(45, (0, 2, 1, 3))  # of 05_lstm: a gradient is so small that rounding decides its sign
PLAIN = Start(0, (0, 1, 2, 3))
EVERY = 5  # one start in so many is measured here


def training_of(name: str) -> Training:
    training: Training = grader_module(Course()[name], "train").TRAINING
    return training


@pytest.mark.parametrize("assignment", ASSIGNMENTS, ids=lambda a: a.name)
def test_starts_are_steady_under_the_plainest_kernels(assignment: Assignment) -> None:
    """A sample. All of them, under every kernel: `python -m autograder.verify.training_starts --check`."""
    training = training_of(assignment.name)
    assert len(training.starts) >= 60
    starts = training.starts[::EVERY]
    (shares,) = measure([FARTHEST], assignment.name, [Exact(training, s) for s in starts], draws=0, only_first_epochs=True)
    assert {s.seed: share for s, share in zip(starts, shares, strict=True) if not share.value <= ALLOWED} == {}


def test_a_start_that_wavers_is_found_under_any_kernels() -> None:
    exact = Exact(training_of("05_lstm"), WAVERING)
    ((share,),) = measure([FARTHEST], "05_lstm", [exact], draws=0, only_first_epochs=True)
    assert share.value > 1
    assert worst(everything(exact)).value > 1


def test_a_start_that_wavers_is_told_from_one_that_is_wrong() -> None:
    training = training_of("05_lstm")
    assert "seed 45 wavers on this machine" in problem(training, WAVERING)
    assert "seed 3 is wrong on every machine" in problem(training_of("01_rnn_cell"), Start(3, (0, 1, 2, 3)))
    assert problem(training, training.starts[0]) == ""


def learns(assignment: Assignment) -> tuple[types.ModuleType, Callable[[], None]]:
    """The solution as a module, and the visible check that trains from a start written into it."""
    module = types.ModuleType(assignment.stem)
    exec(assignment.solution_module, vars(module))
    checks: dict[str, Callable[[], None]] = {}
    sys.modules[assignment.stem] = module
    try:
        exec(assignment.visible_checks.read_text(), checks)
    finally:
        del sys.modules[assignment.stem]
    (check,) = (check for name, check in checks.items() if name.startswith("test_train_learns_ohlol"))
    return module, check


@pytest.mark.parametrize("assignment", ASSIGNMENTS, ids=lambda a: a.name)
def test_the_start_of_the_visible_check_arrives_beyond_doubt(assignment: Assignment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(STUDENT)  # `checks`, which stands beside an exercise
    training = training_of(assignment.name)
    module, check = learns(assignment)
    leads: list[float] = []

    def with_seed(seed: int) -> Callable[..., object]:
        def train(model: torch.nn.Module, *args: object) -> object:
            before = {name: p.detach().clone() for name, p in model.named_parameters()}
            model.load_state_dict(perturbed(before, seed))
            returned = module.train(model, *args)
            weights = {name: p.detach() for name, p in model.named_parameters()}
            leads.append(target_lead(training.evaluate(weights, PLAIN).logits, PLAIN.target_ids))
            return returned

        return train

    for seed in range(4):
        check.__globals__["train"] = with_seed(seed)
        check()
    assert len(leads) == 4
    assert min(leads) >= MIN_FINAL_MARGIN, leads
    assert max(leads) - min(leads) < MIN_FINAL_MARGIN / 10, leads
