"""Standard output and error of a process that runs a submission.

A separate module, since main.py must not import the loader: that would import torch before the warm-up has set its threads.
"""

from __future__ import annotations

import sys
from contextlib import suppress


def flush() -> None:
    """Flush both streams, even if the submission has replaced them."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()
