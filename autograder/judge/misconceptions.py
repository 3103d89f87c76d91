"""A misconception is code: a wrong version of a solution, a name, and one sentence of advice.

A grader file lists its task's misconceptions in `MISCONCEPTIONS`. Each is recognised in feedback when a wrong answer equals
its answer, and each is a test of the graders: as a submission it must lose points and be named.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations

from autograder.course import Assignment, CourseError
from autograder.results import AND

Swaps = Mapping[str, str]


@dataclass(frozen=True)
class Misconception:
    """One mistake in a task's solution, in one or several forms.

    name: short and stable, `forget and input gate swapped`; it is what the result document says. One mistake has one name in
        all assignments, so that a report on a class can add it up.
    advice: one or two sentences for the student, in their words: what happened and where to look.
    swaps: text of the solution's stub -> what stands there instead; every old text occurs exactly once.
    forms: for a mistake that is made in several ways: for each its swaps, or the whole wrong stub as text.
    common: made so often that it is looked for together with another one as well.
    """

    name: str
    advice: str
    swaps: Swaps = field(default_factory=dict, hash=False)
    forms: tuple[Swaps | str, ...] = field(default=(), hash=False)
    common: bool = False

    def stubs(self, assignment: Assignment, task: str) -> tuple[str, ...]:
        """The wrong stub, once for each form. Raises CourseError when a text to swap is not in the solution exactly once."""
        right = assignment.stub(task)
        return tuple(self._stub(right, form, assignment, task) for form in self.forms or (self.swaps,))

    def submissions(self, assignment: Assignment, task: str) -> tuple[str, ...]:
        """The solution as a module, with this mistake made in `task`, once for each form."""
        right = assignment.stub(task).strip()
        return tuple(assignment.solution_module.replace(right, stub.strip()) for stub in self.stubs(assignment, task))

    def _stub(self, right: str, form: Swaps | str, assignment: Assignment, task: str) -> str:
        if isinstance(form, str):
            return form
        for old, new in form.items():
            if right.count(old) != 1:
                where = f"{assignment.solution.name}, {task}"
                raise CourseError(f"misconception {self.name!r}: {old!r} stands {right.count(old)} times in {where}.")
            right = right.replace(old, new)
        return right


def pairs_of(misconceptions: Iterable[Misconception]) -> Iterator[Misconception]:
    """Two common mistakes made together, with both names and both advices, where their swaps touch different lines."""
    for one, other in combinations([m for m in misconceptions if m.common], 2):
        swaps, others = (next((form for form in m.forms if not isinstance(form, str)), m.swaps) for m in (one, other))
        if not _overlap(swaps, others):
            yield Misconception(one.name + AND + other.name, f"{one.advice}\n{other.advice}", {**swaps, **others})


def _overlap(one: Swaps, other: Swaps) -> bool:
    return any(a in b or b in a for a in one for b in other)
