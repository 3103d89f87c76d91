"""All rules, in the order in which they are checked and printed. `autograder verify` runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from autograder.course import Assignment, CourseError
from autograder.course.build import built
from autograder.sandbox import Sandbox

from .convergence import starts_converge
from .headers import stubs_and_checks_belong_together
from .leaks import nothing_leaks
from .misconceptions import misconceptions_fit
from .scores import empty_answers_earn_nothing, solutions_earn_full_marks, stubs_earn_nothing
from .subject import Rule, Subject
from .trees import trees_are_current

RULES: tuple[Rule, ...] = (
    stubs_and_checks_belong_together, trees_are_current, nothing_leaks, solutions_earn_full_marks, stubs_earn_nothing,
    empty_answers_earn_nothing, misconceptions_fit, starts_converge,
)  # fmt: skip


def verify(assignments: Iterable[Assignment], say: Callable[[str], None]) -> bool:
    """Check every rule for every assignment; says what holds and what does not. True when all hold."""
    kept = True
    with Sandbox() as sandbox:
        for assignment in assignments:
            say(assignment.name)
            try:
                with built(assignment) as fresh:
                    subject = Subject(assignment, fresh, sandbox)
                    for rule in RULES:
                        problems = list(rule(subject))
                        say(f"  [{'ok' if not problems else 'BROKEN'}] {rule.__doc__}")
                        for problem in problems:
                            say(f"      {problem}")
                        kept = kept and not problems
            except CourseError as error:
                say(f"  [BROKEN] {error}")
                kept = False
    return kept
