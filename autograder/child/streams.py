"""Standard output and error of a process that a submission shares.

A file of its own, since main.py must not import the loader: that would import torch before the warm-up has set its threads.
"""

from __future__ import annotations

import sys
from contextlib import suppress


def flush() -> None:
    """Flush both streams, whatever the submission has put in their place."""
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()
