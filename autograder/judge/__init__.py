"""The trusted side: it reads submissions, runs the hidden tests, compares and judges. Its public names."""

from .grader_files import points
from .grading import Entry, fresh_seed, grade, grade_many
from .misconceptions import Misconception
from .results import Result
from .submission import Answer, Failed, Remote, Submission, check, check_each

__all__ = [
    "Answer", "Entry", "Failed", "Misconception", "Remote", "Result", "Submission",
    "check", "check_each", "fresh_seed", "grade", "grade_many", "points",
]  # fmt: skip
