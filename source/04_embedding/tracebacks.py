"""Explain an exception to the learner: their own line that raised it, and torch's error message.

This file comes with the exercise, next to checks.py; you do not need to read or change it.
"""

from __future__ import annotations

import linecache
import os
import sys
import sysconfig
import textwrap
import types
from collections.abc import Callable

from torch import Tensor

WIDTH = 100  # characters that fit a notebook cell on a small screen
LIBRARIES = tuple(os.path.normcase(path) for key, path in sysconfig.get_paths().items() if key.endswith(("stdlib", "lib")))
PACKAGES = tuple(f"{os.sep}{folder}{os.sep}" for folder in ("site-packages", "dist-packages", "lib-dynload"))
ADVICE = {  # part of an error message -> what to do about it
    "shapes cannot be multiplied": "The last axis of the left factor must be as long as the first axis of the right one.",
    "must match the size of tensor": "These shapes do not broadcast. Compare them axis by axis, starting from the last.",
    "is not defined": "Run the cell that defines it first. Inside a function, use its arguments, not variables from outside.",
    "has no attribute": "Print the type of the value in front of the dot.",
    "backward through the graph a second time": "Something from the previous epoch is still in use: a state, or a sum of losses.",
    "does not require grad": "The result is detached from the weights: look for .data, .detach(), .item() or no_grad.",
    "not enough values to unpack": "Compare the number of values there with the number of names that receive them.",
    "too many values to unpack": "Compare the number of values there with the number of names that receive them.",
    "must be Tensor, not tuple": "A layer returned a tuple, such as (output, h_n). Unpack it first.",
}

Frame = tuple[types.FrameType, int]


def row(label: str, text: str) -> list[str]:
    """Format a label with its wrapped text beside it."""
    lines = [part for line in text.splitlines() for part in textwrap.wrap(line, WIDTH - 14, subsequent_indent="  ") or [""]]
    return [f"{label if number == 0 else '':10}  {line}" for number, line in enumerate(lines[:8])]


def not_loaded(error: BaseException) -> list[str]:
    """Explain why the learner's file cannot be loaded."""
    if isinstance(error, SyntaxError):
        place = f"line {error.lineno} of {os.path.basename(error.filename or '')}"
        lines = row("syntax", f"{place}:\n    {(error.text or '').strip()}")
        lines += row("error", error.msg)
    elif isinstance(error, ImportError) and "cannot import name" in str(error):
        lines = row("missing", f"{error.name}.py has no {str(error).split(chr(39))[1]}. Keep the names of the stubs.")
    else:
        lines = raised(error, learners_frames(error), "loading your file")
    return ["Your file cannot be loaded, so no check could run.", "", *(f"  {line}" for line in lines)]


def _frames(error: BaseException) -> list[Frame]:
    frames, traceback = [], error.__traceback__
    while traceback is not None:
        frames.append((traceback.tb_frame, traceback.tb_lineno))
        traceback = traceback.tb_next
    return frames


def learners_frames(error: BaseException, check: Callable[[], object] | None = None) -> list[Frame]:
    """Frames in the learner's own code: those called by the check, without the check's own file and libraries."""
    frames = _frames(error)
    if check is not None:
        start = [number for number, (frame, _) in enumerate(frames) if frame.f_code is check.__code__]
        frames = frames[start[0] :] if start else []
    skipped = check.__code__.co_filename if check is not None else ""
    return [frame for frame in frames if not _is_library(name := frame[0].f_code.co_filename) and name != skipped]


def _is_library(filename: str) -> bool:
    path = os.path.normcase(filename)
    return filename == __file__ or path.startswith(("<", *LIBRARIES)) or any(folder in path for folder in PACKAGES)


def raised_in_cell(error: BaseException) -> bool:
    """Whether the cell itself raised the error, outside any function: then the usual traceback is short enough."""
    return _frames(error)[-1][0].f_code.co_name == "<module>"


def source_line(frame: Frame) -> str:
    return linecache.getline(frame[0].f_code.co_filename, frame[1], frame[0].f_globals).strip()


def unfinished(error: BaseException, frames: list[Frame]) -> str:
    """The name of the unwritten stub that raised this error; empty for any other error."""
    if isinstance(error, NotImplementedError) and frames and source_line(frames[-1]).startswith("raise NotImplementedError"):
        return frames[-1][0].f_code.co_qualname.split(".")[0]
    return ""


def failing_line(error: BaseException, function: Callable[[], object]) -> str:
    own = [frame for frame in _frames(error) if frame[0].f_code is function.__code__]
    return source_line(own[-1]) if own else function.__name__


def _place(frame: Frame) -> str:
    """`line 57 of rnn_cell.py, in train`, or `line 3 of cell [5]` in a notebook."""
    filename, shell = frame[0].f_code.co_filename, getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    number = getattr(getattr(shell, "compile", None), "_filename_map", {}).get(filename)
    place = f"line {frame[1]} of {os.path.basename(filename) if number is None else f'cell [{number}]'}"
    function = frame[0].f_code.co_qualname
    return place if function == "<module>" else f"{place}, in {function}"


def raised(error: BaseException, frames: list[Frame], call: str) -> list[str]:
    """Format an exception in the learner's code: their own line, the tensors on it, and the error message."""
    if isinstance(error, KeyboardInterrupt):
        words = "interrupted: is there a loop that never ends?"
    else:
        words = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    lines = row("call", call) if call else []
    if frames:
        source, local = source_line(frames[-1]), frames[-1][0].f_locals
        lines += row("raised", f"{_place(frames[-1])}:\n    {source}")
        used = {name: value for name, value in local.items() if isinstance(value, Tensor) and name in _words(source)}
        lines += row("tensors", ", ".join(f"{name} {tuple(value.shape)}" for name, value in used.items())) if used else []
    lines += row("error", "\n".join(words.splitlines()[:3]))
    return lines + next((row("look at", advice) for said, advice in ADVICE.items() if said in words), [])


def stuck(frame: types.FrameType | None, what: str, seconds: float) -> list[str]:
    """Show where the learner's code is when it takes too long."""
    while frame is not None and _is_library(frame.f_code.co_filename):
        frame = frame.f_back
    lines = row("call", what) + row("came back", f"nothing for {seconds:g} seconds: is there a loop that never ends?")
    if frame is not None:
        here = (frame, frame.f_lineno)
        lines += row("now at", f"{_place(here)}:\n    {source_line(here)}")
    return ["Your code was stopped.", "", *(f"  {line}" for line in lines)]


def _words(source: str) -> set[str]:
    return set("".join(char if char.isidentifier() or char.isdigit() else " " for char in source).split())
