"""The trusted side: it runs the hidden tests, compares, explains and diagnoses."""

from .grader_files import points
from .misconceptions import Misconception
from .submission import Answer, CheckFailed, RemoteObject, Submission, check, check_all

__all__ = ["Answer", "CheckFailed", "Misconception", "RemoteObject", "Submission", "check", "check_all", "points"]
