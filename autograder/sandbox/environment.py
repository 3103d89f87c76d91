"""The environment of a zygote: a clean one, plus the variables that select arithmetic kernels.

Judge and child must compute alike. When an administrator has selected the judge's kernels, for instance with
MKL_CBWR=COMPATIBLE on a cluster of different processors, the child uses the same ones.
"""

from __future__ import annotations

import os

from autograder.child.warmup import ZYGOTE_ENVIRONMENT

KERNEL_CHOICES = ("ATEN_CPU_CAPABILITY", "MKL_CBWR")


def zygote_environment() -> dict[str, str]:
    return ZYGOTE_ENVIRONMENT | {name: os.environ[name] for name in KERNEL_CHOICES if name in os.environ}
