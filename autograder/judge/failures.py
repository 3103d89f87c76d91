"""Exceptions that end a hidden test: with a text for the student, or with the verdict that ends the task."""

from __future__ import annotations


class CheckFailed(Exception):
    """The submission does not do what the test requires. The text is for the student.

    hint: what to look at next, shown when the mistake has no name. unexplained: nothing is known except that values are wrong.
    raised: what the submission raised, in Python's words. It may tell hidden inputs, so it is for the graders alone.
    mistake: the name of the mistake where the test itself knows it.
    """

    def __init__(
        self, text: str, *, hint: str = "", unexplained: bool = False, raised: str = "", mistake: str | None = None
    ) -> None:
        super().__init__(text)
        self.hint, self.unexplained, self.raised, self.mistake = hint, unexplained, raised, mistake


class NotDefined(CheckFailed):
    """A stub is not defined; the text says why, from facts known before any hidden input existed."""


class NotWritten(CheckFailed):
    """A stub has not been changed."""


class TaskAborted(Exception):
    """The task cannot go on: a verdict with its message.

    idle: it was idle for too long. This depends on wall time alone, so the submission is tried once more.
    """

    def __init__(self, verdict: str, message: str, *, idle: bool = False) -> None:
        super().__init__(message)
        self.verdict, self.message, self.idle = verdict, message, idle
