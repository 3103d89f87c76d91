"""What a fork of the zygote does: lock itself in, then answer requests until the judge closes the wire.

The order of the steps matters; see `_enter`. A student's code arrives with the first request, after all of them.
"""

from __future__ import annotations

import contextlib
import fcntl
import gc
import os
import random
import sys
from typing import Any, Protocol

from ..protocol import frames
from . import confine, memory_layout, streams

WIRE = 3
CONFINEMENT_FAILED = 97


class Server(Protocol):
    def execute(self, header: dict[str, Any], blobs: list[bytes]) -> tuple[dict[str, Any], list[bytes]]: ...


def _place_descriptors(wire_fd: int, output_fd: int) -> None:
    """Make 0 empty, 1 and 2 the output pipe, and 3 the wire."""
    wire_fd, output_fd = (fcntl.fcntl(fd, fcntl.F_DUPFD, 64) for fd in (wire_fd, output_fd))
    empty = os.open("/dev/null", os.O_RDONLY)
    os.dup2(empty, 0)
    os.dup2(output_fd, 1)
    os.dup2(output_fd, 2)
    os.dup2(wire_fd, WIRE)


def _fresh_streams() -> None:
    """Open new streams: the zygote's were made for its own descriptors 1 and 2, perhaps files, and would seek in a pipe."""
    sys.stdout = sys.__stdout__ = open(1, "w", encoding="utf-8", errors=sys.stdout.errors, closefd=False)
    sys.stderr = sys.__stderr__ = open(2, "w", 1, encoding="utf-8", errors="backslashreplace", closefd=False)


def _close_others(keep: int) -> None:
    """Close all descriptors above the wire except `keep` (-1 for none)."""
    if keep > WIRE:
        os.closerange(WIRE + 1, keep)
    os.closerange(max(WIRE, keep) + 1, 1 << 16)


def _share_processor(number: int) -> None:
    """Run on the judge's processor: the judge waits meanwhile."""
    if number >= 0:
        with contextlib.suppress(OSError):  # we may no longer use it: run anywhere
            os.sched_setaffinity(0, {number})


def _show_one_processor() -> None:
    """Report one processor. Learners start a thread for each that they see, and a large host has many."""
    import torch

    os.cpu_count = lambda: 1
    torch.set_num_threads = torch.set_num_interop_threads = lambda count: None


def _seed_everything(seed: int) -> None:
    import numpy
    import torch

    random.seed(seed)
    numpy.random.seed(seed & 0xFFFFFFFF)
    torch.default_generator.manual_seed(seed)  # torch.manual_seed looks for accelerators, which costs a child 2 ms


def _enter(job: dict[str, Any], config: confine.Config, wire_fd: int, output_fd: int) -> None:
    """Turn a bare fork into a confined process that holds nothing but its wire."""
    os.setsid()
    memory_layout.small_pages_from_now_on()
    _place_descriptors(wire_fd, output_fd)
    _fresh_streams()
    _close_others(keep=config.ruleset)
    _share_processor(job["processor"])
    confine.confine(config, confine.Bounds(**job["bounds"]))
    _show_one_processor()
    _seed_everything(job["seed"])
    gc.enable()


def _server(kind: str) -> Server:
    if kind == "probe":
        from .probe import Prober

        return Prober()
    from .runner import Runner

    return Runner()


def _serve(server: Server) -> None:
    while (request := frames.receive(WIRE)) is not None:
        asked, blobs = request
        number = asked.pop("number")
        header, blobs = server.execute(asked, blobs)
        streams.flush()
        frames.send(WIRE, {**header, "number": number}, blobs)


def run(job: dict[str, Any], config: confine.Config, wire_fd: int, output_fd: int) -> None:
    """Run a child; never returns. If confinement fails, it ends without reading a request."""
    try:
        _enter(job, config, wire_fd, output_fd)
        server = _server(job["serve"])
        frames.send(WIRE, {"ready": True})
    except BaseException as error:
        os.write(2, f"{type(error).__name__}: {error}".encode(errors="replace"))
        os._exit(CONFINEMENT_FAILED)
    status = 1
    try:
        _serve(server)
        status = 0
    except SystemExit as leaving:
        status = leaving.code if isinstance(leaving.code, int) else int(leaving.code is not None)
    finally:
        streams.flush()
        os._exit(status & 0xFF)
