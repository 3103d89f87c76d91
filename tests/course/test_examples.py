"""The sample class gets the scores of expected_scores.csv, whatever the inputs."""

from __future__ import annotations

import pytest

from autograder.batch import SubmissionRef, fresh_seed, grade_many
from autograder.course import Assignment, Course
from autograder.results import Result
from autograder.sandbox import Sandbox
from examples.demo import expected_scores

COURSE = Course()
CLASS = COURSE.root / "examples"


@pytest.mark.parametrize("assignment", COURSE.assignments, ids=lambda assignment: assignment.name)
def test_the_sample_class_has_the_scores_it_deserves(assignment: Assignment, sandbox: Sandbox) -> None:
    scores = expected_scores(CLASS / "expected_scores.csv")
    deserved = {student: score for (student, name), score in scores.items() if name == assignment.name}
    found: list[Result] = []
    seed = fresh_seed()  # one for all, as for a class: what the misconceptions answer is found out once
    entries = [SubmissionRef(student, CLASS / "submitted" / student / assignment.name, seed=seed) for student in deserved]
    grade_many(assignment, entries, sandbox, found.append)
    assert {result.student: result.score for result in found} == deserved
