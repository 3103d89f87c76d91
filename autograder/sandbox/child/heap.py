"""Fill the holes of the zygote's memory, so that what a child allocates lies together on new pages and copies none of ours.

A child's first write to a page that it shares with the zygote copies the page. After the warm-up the memory is full of small
holes, and each new object of a child would land in one. Measured on the training child of 05_lstm: 17 MB private
without this, 11 MB with it.
"""

from __future__ import annotations

import ctypes

SMALL_SIZES = range(48, 513, 16)  # what Python's own allocator serves, a pool of blocks for each size
SMALL_BYTES = 1 << 17  # per size: more than the holes that are left in its pools
SIZES = (*range(65536, 8192, -4096), *range(8192, 1040, -256), *range(1032, 16, -16))  # what malloc serves, large ones first
EMPTY = b"".__sizeof__()
_kept: list[list[bytes]] = []


def fill_holes() -> None:
    """Take every free block and chunk; they are never given back."""
    for size in SMALL_SIZES:
        _kept.append([bytes(size - EMPTY) for _ in range(SMALL_BYTES // size)])
    libc = ctypes.CDLL(None)
    libc.malloc.restype, libc.malloc.argtypes = ctypes.c_size_t, [ctypes.c_size_t]
    top, adjacent = libc.malloc(SIZES[0]), 0
    while adjacent < 8:  # so many in a row: this is the end of the heap
        got = libc.malloc(SIZES[0])
        adjacent = adjacent + 1 if 0 < got - top <= SIZES[0] + 16 else 0
        top = got
    for size in SIZES:
        while libc.malloc(size) < top:
            pass
