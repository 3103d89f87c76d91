"""The search: screen all seeds of a test, then judge the worst ones. It can be resumed at any point."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from functools import cache
from pathlib import Path
from typing import Any

from autograder.course import Course
from autograder.judge.catalogue import grader_module
from autograder.judge.surroundings import small_tensors

from .judged import Test, Tried, forms, hidden_tests, tried
from .questions import QUESTIONS
from .screen import screen

CHUNK = 500  # seeds that are screened at once
RECORDED = 10  # the worst of each chunk


@dataclass(frozen=True)
class Screened:
    """worst: (share, seed) of the worst seeds, the worst one first."""

    test: str
    first: int
    draws: int
    worst: Sequence[tuple[float, int]]


@dataclass
class Progress:
    """The findings so far; each is written to the file immediately, as one line."""

    file: Path | None = None
    screened: dict[tuple[str, int, int], Screened] = field(default_factory=dict)
    judged: dict[tuple[str, int], Tried] = field(default_factory=dict)

    @classmethod
    def of(cls, file: Path | None) -> Progress:
        progress = cls()
        if file is not None and file.exists():
            text = file.read_text()
            for line in text.splitlines():
                progress._add(*_read(line))
            if not text.endswith("\n"):
                file.write_text(text + "\n")
        progress.file = file
        return progress

    def add(self, found: Screened | Tried) -> None:
        self._add(found)
        if self.file is not None:
            with self.file.open("a") as out:
                print(json.dumps(asdict(found)), file=out)

    def _add(self, *several: Screened | Tried) -> None:
        for found in several:
            if isinstance(found, Tried):
                self.judged[found.test, found.seed] = found
            else:
                self.screened[found.test, found.first, found.draws] = found

    def draws(self, test: str, seeds: range) -> int:
        """The number of these seeds that were screened."""
        return sum(chunk.draws for chunk in self.screened.values() if chunk.test == test and chunk.first in seeds)

    def worst(self, test: str, seeds: range) -> list[tuple[float, int]]:
        """The recorded worst among these seeds, the worst one first."""
        chunks = [chunk for chunk in self.screened.values() if chunk.test == test]
        return sorted(((share, seed) for chunk in chunks for share, seed in chunk.worst if seed in seeds), reverse=True)


def _read(line: str) -> Iterator[Screened | Tried]:
    try:
        record: dict[str, Any] = json.loads(line)
    except ValueError:  # a line cut off when the search was killed
        return
    yield Screened(**record) if "worst" in record else Tried(**record)


def chunks(test: str, seeds: range) -> list[tuple[str, range]]:
    return [(test, seeds[start : start + CHUNK]) for start in range(0, len(seeds), CHUNK)]


def screen_chunk(job: tuple[str, range]) -> Screened:
    test, seeds = job
    assignment, task, _ = test.split("/")
    with small_tensors():
        found = screen(test, grader_module(Course()[assignment], task), seeds)
    shares, numbers = found.topk(min(RECORDED, len(seeds)))
    return Screened(test, seeds[0], len(seeds), [(float(s), seeds[int(n)]) for s, n in zip(shares, numbers, strict=True)])


def judge_seed(job: tuple[str, int]) -> Tried:
    """Judge one seed with all forms; return the worst result."""
    test, seed = job
    found, function = _loaded(test.split("/")[0])[0], _loaded(test.split("/")[0])[1][test]
    with small_tensors():
        return max((tried(test, function, seed, form, make()) for form, make in found.items()), key=Tried.badness)


@cache
def _loaded(name: str) -> tuple[Mapping[str, Any], Mapping[str, Test]]:
    assignment = Course()[name]
    return forms(assignment), hidden_tests(assignment)


def to_screen(progress: Progress, tests: Iterable[str], seeds: range) -> list[tuple[str, range]]:
    jobs = [job for test in tests if test in QUESTIONS for job in chunks(test, seeds)]
    return [(test, part) for test, part in jobs if (test, part[0], len(part)) not in progress.screened]


def to_judge(progress: Progress, tests: Iterable[str], seeds: range, count: int) -> list[tuple[str, int]]:
    """The worst seeds of the screen; for a test without rounding, and so without a screen, the first seeds."""
    jobs = []
    for test in tests:
        chosen = [seed for _, seed in progress.worst(test, seeds)] if test in QUESTIONS else list(seeds)
        jobs += [(test, seed) for seed in chosen[:count] if (test, seed) not in progress.judged]
    return jobs
