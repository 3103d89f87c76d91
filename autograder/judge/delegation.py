"""Whether PyTorch's own layers computed what a task asks students to write. For review only: it never costs a point."""

from __future__ import annotations

from collections.abc import Collection
from contextlib import suppress

from autograder.results import Flag
from autograder.sandbox import SandboxLost

from .failures import CheckFailed, TaskAborted
from .submission import Submission

OPERATORS = (
    "rnn_tanh", "rnn_relu", "lstm", "gru", "rnn_tanh_cell", "rnn_relu_cell", "lstm_cell", "gru_cell", "embedding",
    "embedding_bag",
)  # fmt: skip
BELOW_THEM = ("mkldnn_rnn_layer", "_thnn_fused_lstm_cell", "_thnn_fused_gru_cell", "_embedding_bag")


def delegation_flag(submission: Submission, task: str, forbidden: Collection[str]) -> Flag | None:
    """A flag when a call of the task ran an operator that the task forbids; otherwise None."""
    names = [name for name in OPERATORS if name in forbidden]
    if not names:
        return None
    with suppress(CheckFailed, TaskAborted, SandboxLost):
        ran = submission.operators_of(task, (*names, *BELOW_THEM))
        if ran:
            return Flag(task, f"ran PyTorch's {ran[0]}: the task asks for the equations. For review.")
    return None
