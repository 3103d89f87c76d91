"""Grade one submission, many, or a class."""

from .grading import SubmissionRef, fresh_seed, grade, grade_many

__all__ = ["SubmissionRef", "fresh_seed", "grade", "grade_many"]
