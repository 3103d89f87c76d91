"""The logits passed to `decode` have no near ties: which of two equal ones argmax returns depends on the kernel."""

from __future__ import annotations

import pytest
import torch

from autograder.course import Course
from autograder.judge.catalogue import grader_module
from autograder.judge.draw import Draw

MIN_LEAD = 1e-3  # a thousand times what float32 loses when 7 is subtracted


@pytest.mark.parametrize("shift", [0, -7])
def test_no_drawn_row_is_a_near_tie(shift: int) -> None:
    case = grader_module(Course()["03_rnn_layer"], "decode").case
    leads = []
    for seed in range(500):
        logits, _ = case(Draw(seed, "rows"), 9, 4)
        top = (logits + shift).topk(2, dim=1).values
        leads.append(float((top[:, 0] - top[:, 1]).min()))
    assert torch.tensor(leads).min() >= MIN_LEAD
