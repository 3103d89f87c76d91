"""Say which part of an equation is wrong: ask again with that part switched off, and see whether the answer is right then.

The advice is shown when the mistake has no name. It rests on answers alone, so it holds for mistakes that nobody foresaw.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from autograder.judge import CheckFailed, Submission, check
from autograder.judge.compare import mismatch

Case = tuple[Any, ...]  # the arguments of a call
FORCED = 25.0  # added to a gate's sum: its sigmoid or tanh is then 1, or 0 or -1 where it is subtracted; exp does not overflow


@dataclass(frozen=True)
class Question:
    """A change of the arguments that switches a part of the equation off. advice: what to look at if the answer is right then.

    part: compare only this part of an answer that has several.
    """

    change: Callable[[Case], Case]
    advice: str
    part: int | None = None

    def answered(self, value: Any, right: Any) -> bool:
        if self.part is None:
            return mismatch(value, right) is None
        return isinstance(value, list | tuple) and len(value) == len(right) and not mismatch(value[self.part], right[self.part])


def switched_off(what: str, change: Callable[[Case], Case], look_at: str) -> Question:
    """A question with the usual advice."""
    return Question(change, f"With {what} your answer is right. Look at {look_at}.")


def check_equation(
    submission: Submission,
    name: str,
    cases: Sequence[Case],
    expected: Callable[..., Any],
    axes: Any,
    questions: Sequence[Question],
) -> None:
    """Check `name` on all cases. Raises CheckFailed; when only values are wrong, its hint says in which part they go wrong."""
    for args, answer in zip(cases, submission.call_many(name, cases), strict=True):
        try:
            check(answer, expected(*args), axes)
        except CheckFailed as failure:
            if failure.unexplained:
                failure.hint = _first_that_helps(submission, name, args, expected, questions)
            raise


def _first_that_helps(
    submission: Submission, name: str, case: Case, expected: Callable[..., Any], questions: Sequence[Question]
) -> str:
    """The advice of the first question that gets a right answer, or ''."""
    changed = [question.change(case) for question in questions]
    with submission.attempt() as aside:
        aside.set_aside()
        try:
            for question, args, answer in zip(questions, changed, submission.call_many(name, changed), strict=True):
                if question.answered(answer.value, expected(*args)):
                    return question.advice
        except CheckFailed:  # it raised an error where another part is zero
            pass
    return ""


def unchanged(case: Case) -> Case:
    """Ask the same again, for a part of the answer."""
    return case


def zeros(*positions: int | tuple[int, int]) -> Callable[[Case], Case]:
    """Set arguments to zero. A pair is the position of a tuple, and the position in it."""

    def change(case: Case) -> Case:
        args: list[Any] = [list(arg) if isinstance(arg, tuple) else arg for arg in case]
        for position in positions:
            owner, i = (args[position[0]], position[1]) if isinstance(position, tuple) else (args, position)
            owner[i] = owner[i].new_zeros(owner[i].shape)
        return tuple(tuple(arg) if isinstance(arg, list) else arg for arg in args)

    return change


def forced(bias: int, gate: int, gates: int, sign: int = 1) -> Callable[[Case], Case]:
    """Add so much to a gate's bias, the argument at position `bias`, that nothing else in its sum matters."""

    def change(case: Case) -> Case:
        moved: Tensor = case[bias].clone()
        moved.chunk(gates)[gate].add_(sign * FORCED)
        return (*case[:bias], moved, *case[bias + 1 :])

    return change
