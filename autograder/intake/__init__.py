"""What was handed in becomes what is graded: bytes in memory, checked, hashed and scanned. Nothing is run here."""

from .source import RejectedInput, SubmissionSource, code_cells, read_submission

__all__ = ["RejectedInput", "SubmissionSource", "code_cells", "read_submission"]
