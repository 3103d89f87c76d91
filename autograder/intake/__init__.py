"""Turn submitted files into the source that is graded: bytes in memory, checked, hashed and scanned. Nothing runs here."""

from .handed_out import HandedOut, handed_out
from .source import RejectedInput, SubmissionSource, code_cells, read_submission

__all__ = ["HandedOut", "RejectedInput", "SubmissionSource", "code_cells", "handed_out", "read_submission"]
