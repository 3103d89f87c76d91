"""The first half of the search: many seeds of a test at once, with kernels that differ slightly from the judge's."""

from __future__ import annotations

from collections import defaultdict
from types import ModuleType

import torch
from torch import Tensor

from autograder.judge.draw import Draw

from .padded import shares
from .problems import Problem
from .questions import QUESTIONS


def screen(test: str, grader: ModuleType, seeds: range) -> Tensor:
    """For each seed, the largest share of a tolerance that a correct form needs."""
    asked = [QUESTIONS[test](grader, Draw(seed, test)) for seed in seeds]
    worst = torch.zeros(len(seeds), dtype=torch.float64)
    for problems in zip(*asked, strict=True):
        for which in _alike(problems):
            found = shares([problems[i] for i in which]).amax(dim=0)
            worst[which] = torch.maximum(worst[which], found)
    return worst


def _alike(problems: tuple[Problem, ...]) -> list[list[int]]:
    """Group the indices of problems with the same structure."""
    groups = defaultdict(list)
    for i, problem in enumerate(problems):
        groups[problem.layers].append(i)
    return list(groups.values())
