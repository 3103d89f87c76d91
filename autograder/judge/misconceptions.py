"""A misconception is code: a wrong version of a solution, a name, and one sentence of advice.

A grader file lists its task's misconceptions in `MISCONCEPTIONS`. Each is recognised in feedback when a wrong answer equals
its answer, and each is a test of the graders: as a submission it must lose points and be named.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from autograder.course import Assignment, CourseError


@dataclass(frozen=True)
class Misconception:
    """One wrong version of a task's solution.

    name: short and stable, `forget and input gate swapped`; it is what the result document says.
    advice: one or two sentences for the student, in their words: what happened and where to look.
    swaps: text of the solution's stub -> what stands there instead; every old text occurs exactly once.
    code: instead of swaps, the whole wrong stub.
    """

    name: str
    advice: str
    swaps: Mapping[str, str] = field(default_factory=dict, hash=False)
    code: str = ""

    def submission(self, assignment: Assignment, task: str) -> str:
        """The solution as a module, with this mistake made in `task`.

        Raises CourseError when the text to swap is not in the solution exactly once.
        """
        stub = assignment.stub(task)
        wrong = self.code or stub
        for old, new in self.swaps.items():
            if wrong.count(old) != 1:
                where = f"{assignment.solution.name}, {task}"
                raise CourseError(f"misconception {self.name!r}: {old!r} stands {wrong.count(old)} times in {where}.")
            wrong = wrong.replace(old, new)
        return assignment.solution_module.replace(stub.strip(), wrong.strip())
