"""How a hidden test ends when it does not pass: the student's text, or the verdict that ends the task."""

from __future__ import annotations


class CheckFailed(Exception):
    """The submission does not do what the test asks for. The text is for the student.

    hint: what to look at next, for where the mistake is not named. unexplained: all that is known is that values are wrong.
    """

    def __init__(self, text: str, *, hint: str = "", unexplained: bool = False) -> None:
        super().__init__(text)
        self.hint, self.unexplained = hint, unexplained


class NotDefined(CheckFailed):
    """A stub is gone, and why: known before any hidden input was there."""


class NotWritten(CheckFailed):
    """A stub is still as it was given."""


class TaskAborted(Exception):
    """The submission cannot go on: a verdict with its message. It ends the task.

    idle: it did nothing for too long. That rests on the clock on the wall alone, so it is tried once more.
    """

    def __init__(self, verdict: str, message: str, *, idle: bool = False) -> None:
        super().__init__(message)
        self.verdict, self.message, self.idle = verdict, message, idle
