"""The exception by which intake rejects a submission."""

from __future__ import annotations


class RejectedInput(Exception):
    """The submission cannot be graded. The text is for the student."""

    def __init__(self, message: str, sha256: str = "", files: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.sha256, self.files = sha256, files
