"""The environment that a zygote is started with: a clean one, and what chooses the kernels that arithmetic uses.

Judge and child must compute alike. Where an administrator has chosen the kernels for the judge, such as MKL_CBWR=COMPATIBLE on a
cluster of different processors, the child gets the same choice.
"""

from __future__ import annotations

import os

from autograder.child.warmup import ZYGOTE_ENVIRONMENT

KERNEL_CHOICES = ("ATEN_CPU_CAPABILITY", "MKL_CBWR")


def zygote_environment() -> dict[str, str]:
    return ZYGOTE_ENVIRONMENT | {name: os.environ[name] for name in KERNEL_CHOICES if name in os.environ}
