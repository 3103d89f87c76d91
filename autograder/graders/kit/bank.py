"""Find the starts of a training task: `python -m autograder.graders.kit.bank 01_rnn_cell` writes its starts.json.

A start is kept when every accepted form of the loop agrees on it (sum or mean of the loss, float32 or float64), so that
rounding decides nothing, and when the reference says the target word at the end, beyond doubt. Which starts are found
depends only on this file.
"""

from __future__ import annotations

import importlib.util
import json
import sys
from itertools import permutations
from pathlib import Path

import numpy as np
import torch

from .training import MARGIN, OTHER_LRS, STEPS, Start, Training

COUNT = 60
SAME = 3e-6  # accepted forms may differ by this; the graders allow several times more


def is_good(training: Training, start: Start) -> bool:
    """Whether the reference converges from here with a margin, whichever accepted way it is written."""
    return all(forms_agree(training, start, lr) for lr in (training.lr, *OTHER_LRS)) and converges(training, start)


def forms_agree(training: Training, start: Start, lr: float) -> bool:
    """Whether sum and mean, float32 and float64 end each of the first epochs in the same place."""
    plain = list(training.reference(start, STEPS, lr, "mean"))
    total = list(training.reference(start, STEPS, lr, "sum"))
    torch.set_default_dtype(torch.float64)
    try:
        precise = list(training.reference(start, STEPS, lr, "mean", dtype=torch.float64))
    finally:
        torch.set_default_dtype(torch.float32)
    for one, two, three in zip(plain, total, precise, strict=True):
        for name, weights in one.weights.items():
            apart = max((weights - two.weights[name]).abs().max(), (weights - three.weights[name]).abs().max())
            if not apart <= SAME:
                return False
    return True


def converges(training: Training, start: Start) -> bool:
    for reduction in ("sum", "mean"):
        *_, last = training.reference(start, training.epochs, training.lr, reduction)
        final = training.final(last.weights, start)
        if final.text != start.target_text or final.margin < MARGIN:
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


def load_training(assignment: str) -> Training:
    """The TRAINING of an assignment's test_train.py."""
    path = Path(__file__).resolve().parents[1] / assignment / "test_train.py"
    spec = importlib.util.spec_from_file_location("test_train", path)
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.TRAINING


def main(argv: list[str]) -> int:
    torch.set_num_threads(1)
    for name in argv:
        training = load_training(name)
        rows = [json.dumps([start.seed, list(start.order)]) for start in find_starts(training)]
        training.bank.write_text("[\n" + ",\n".join(rows) + "\n]\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
