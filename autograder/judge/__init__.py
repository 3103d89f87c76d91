"""The trusted side: it runs the hidden tests, compares, explains and diagnoses."""

from .check import check, check_all
from .failures import CheckFailed
from .grader_files import points
from .misconceptions import Misconception
from .remote import Answer, RemoteObject
from .submission import Submission

__all__ = ["Answer", "CheckFailed", "Misconception", "RemoteObject", "Submission", "check", "check_all", "points"]
