"""Find the starts of a training task: `python -m autograder.verify.training_starts 01_rnn_cell` writes its starts.json.

A start is kept when float32 and float64 agree on it, for the sum and for the mean of the loss, so that rounding decides
nothing, and when the reference says the target word at the end, beyond doubt. Which starts are found
depends only on this file.
"""

from __future__ import annotations

import json
import sys
from itertools import permutations

import numpy as np
import torch

from autograder.course import Course
from autograder.judge.catalogue import grader_module
from autograder.kit.training import COMPARED_EPOCHS, LOSS_REDUCTIONS, MIN_FINAL_MARGIN, OTHER_LRS, Start, Training

COUNT = 60
MAX_ROUNDING = 3e-6  # they may differ by this; the graders allow several times more


def is_good(training: Training, start: Start) -> bool:
    """Whether the reference converges from here with a margin, whichever accepted way it is written."""
    return all(is_steady(training, start, lr) for lr in (training.lr, *OTHER_LRS)) and converges(training, start)


def is_steady(training: Training, start: Start, lr: float) -> bool:
    """Whether float32 and float64 end each of the first epochs in the same place, so that rounding does not count."""
    for reduction in LOSS_REDUCTIONS:
        plain = list(training.reference(start, COMPARED_EPOCHS, lr, reduction))
        torch.set_default_dtype(torch.float64)
        try:
            precise = list(training.reference(start, COMPARED_EPOCHS, lr, reduction, dtype=torch.float64))
        finally:
            torch.set_default_dtype(torch.float32)
        for one, other in zip(plain, precise, strict=True):
            if not all((weights - other.weights[name]).abs().max() <= MAX_ROUNDING for name, weights in one.weights.items()):
                return False
    return True


def converges(training: Training, start: Start) -> bool:
    for reduction in LOSS_REDUCTIONS:
        *_, last = training.reference(start, training.epochs, training.lr, reduction)
        final = training.evaluate(last.weights, start)
        if final.text != start.target_text or final.margin < MIN_FINAL_MARGIN:
            return False
    return True


def find_starts(training: Training, count: int = COUNT) -> list[Start]:
    orders = list(permutations(range(4)))
    rng = np.random.Generator(np.random.PCG64(12))
    found: list[Start] = []
    seed = 0
    while len(found) < count:
        seed += 1
        start = Start(seed, orders[int(rng.integers(len(orders)))])
        if is_good(training, start):
            found.append(start)
    return found


def main(argv: list[str]) -> int:
    torch.set_num_threads(1)
    for name in argv:
        training = grader_module(Course()[name], "train").TRAINING
        rows = [json.dumps([start.seed, list(start.vocab_permutation)]) for start in find_starts(training)]
        training.starts_file.write_text("[\n" + ",\n".join(rows) + "\n]\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
