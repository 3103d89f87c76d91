"""Look for leaks: the memory of judge and zygote after more and more submissions."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import torch

from autograder.batch.grading import SubmissionRef, grade_many
from autograder.course import Assignment
from autograder.results import Result
from autograder.sandbox import Sandbox

from .isolation import entry_of
from .measure import anonymous_bytes, descendants
from .sample import Member

FLAT_BYTES = 8 << 20  # between the first mark and the last
MARKS = (100, 200, 500, 1000, 1500, 2000, 5000, 10000)


@dataclass(frozen=True)
class Mark:
    gradings: int
    judge_bytes: int
    zygote_bytes: int


def marks_up_to(gradings: int) -> list[int]:
    return sorted({*([mark for mark in MARKS if mark < gradings] or [(gradings + 1) // 2]), gradings})


def watch(assignment: Assignment, members: Sequence[Member], gradings: int) -> list[Mark]:
    """Grade this many submissions in one session, recording the memory at several points."""
    torch.set_num_threads(1)
    found: list[Mark] = []
    count = itertools.count(1)
    marks = set(marks_up_to(gradings))
    with Sandbox() as sandbox:
        assert not sandbox.protection.unconfined
        zygotes = descendants(os.getpid())

        def entries() -> Iterator[SubmissionRef]:
            for number in range(gradings):
                yield entry_of(members[number % len(members)], assignment, number)

        def report(_: Result) -> None:
            number = next(count)
            if number in marks:
                found.append(Mark(number, anonymous_bytes(os.getpid()), sum(map(anonymous_bytes, zygotes))))

        grade_many(assignment, entries(), sandbox, report)
    return found


def is_flat(marks: Sequence[Mark]) -> bool:
    """Whether memory stays flat after the first mark, when caches are full and allocators have settled."""
    first, last = marks[0], marks[-1]
    return len(marks) > 1 and max(last.judge_bytes - first.judge_bytes, last.zygote_bytes - first.zygote_bytes) <= FLAT_BYTES
