"""Which of PyTorch's operators run in a call, by whatever name the code calls them: torch's profiler records each one.

It adds about 50 µs to a call. It sees only this thread, and the submission could tamper with it: its answer is for review only.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from contextlib import suppress
from typing import Any

from torch._C._autograd import _disable_profiler_legacy as _stop
from torch._C._autograd import _enable_profiler_legacy as _start
from torch._C._profiler import ProfilerConfig, ProfilerState, _ExperimentalConfig

_NAMES_ONLY = ProfilerConfig(ProfilerState.CPU, False, False, False, False, False, _ExperimentalConfig())


def operators_in(call: Callable[[], Any], names: Collection[str]) -> list[str]:
    """Those of `names` that ran in the call, even when it raised."""
    _start(_NAMES_ONLY)
    try:
        with suppress(BaseException):
            call()
    finally:
        events = _stop()
    ran = {event.name() for thread in events for event in thread}
    return [name for name in names if f"aten::{name}" in ran]
