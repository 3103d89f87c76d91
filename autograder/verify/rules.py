"""All rules, in the order in which they are checked and printed. `autograder verify` runs them."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from autograder.course import Assignment, CourseError
from autograder.course.build import built
from autograder.sandbox import Sandbox

from .convergence import starts_converge
from .files import files_are_there
from .headers import stubs_and_checks_belong_together
from .leaks import nothing_leaks
from .misconceptions import misconceptions_fit
from .published import messages_are_kept, misconceptions_are_enough, points_add_up, submissions_are_enough
from .scores import empty_answers_earn_nothing, solutions_earn_full_marks, stubs_earn_nothing
from .subject import Rule, Subject
from .trees import code_fits_the_screen, trees_are_current

FIRST: tuple[Rule, ...] = (stubs_and_checks_belong_together, files_are_there)  # the other rules rely on these
RULES: tuple[Rule, ...] = (
    trees_are_current, nothing_leaks, solutions_earn_full_marks, stubs_earn_nothing, empty_answers_earn_nothing,
    misconceptions_fit, starts_converge,
)  # fmt: skip
PUBLISHED: tuple[Rule, ...] = (  # what a draft may still lack
    points_add_up, submissions_are_enough, misconceptions_are_enough, messages_are_kept, code_fits_the_screen,
)  # fmt: skip


def verify(assignments: Iterable[Assignment], say: Callable[[str], None]) -> bool:
    """Check every rule for every assignment; says what holds and what does not. True when all hold."""
    with Sandbox() as sandbox:
        return all([keeps_the_rules(assignment, sandbox, say) for assignment in assignments])


def keeps_the_rules(assignment: Assignment, sandbox: Sandbox, say: Callable[[str], None]) -> bool:
    """The rules for one assignment; the others wait for those that they rely on."""
    say(assignment.name)
    try:
        with built(assignment) as fresh:
            subject = Subject(assignment, fresh, sandbox)
            if not _all_hold(FIRST, subject, say):
                say("  The other rules are checked when these hold.")
                return False
            all_hold = _all_hold(RULES, subject, say)
            if not assignment.draft:
                return _all_hold(PUBLISHED, subject, say) and all_hold
            missing = ", ".join(problem for rule in PUBLISHED for problem in rule(subject))
            say(f"  [draft] {assignment.name}: {missing or 'nothing is missing any more, take `draft: true` out'}")
            return all_hold
    except CourseError as error:
        say(f"  [BROKEN] {error}")
        return False


def _all_hold(rules: Iterable[Rule], subject: Subject, say: Callable[[str], None]) -> bool:
    all_hold = True
    for rule in rules:
        problems = list(rule(subject))
        say(f"  [{'ok' if not problems else 'BROKEN'}] {rule.__doc__}")
        for problem in problems:
            say(f"      {problem}")
        all_hold = all_hold and not problems
    return all_hold
