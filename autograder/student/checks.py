"""Run the visible checks and say what they found. This file came with the exercise; you need not change or read it.

In the notebook each check cell ends with `run_checks(...)`. Beside the module, `pytest` does the same through conftest.py.
"""

from __future__ import annotations

import linecache
import os
import sys
import sysconfig
import textwrap
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor

OK, WRONG, TODO, WAITING = "ok", "no", "not written yet", "waiting for"
WIDTH = 100  # characters; what fits a notebook's cell on a small screen
LIBRARIES = tuple(os.path.normcase(path) for key, path in sysconfig.get_paths().items() if key.endswith(("stdlib", "lib")))
PACKAGES = tuple(f"{os.sep}{folder}{os.sep}" for folder in ("site-packages", "dist-packages", "lib-dynload"))
ADVICE = {  # what torch says -> what to do about it
    "shapes cannot be multiplied": "The last axis of the left factor must be as long as the first axis of the right one.",
    "must match the size of tensor": "These shapes do not fit element by element. Compare them axis by axis, from the last one on.",
    "is not defined": "Run the cell that defines it first. Inside a function use its arguments, not variables from outside.",
    "has no attribute": "Print the type of the value in front of the dot.",
    "backward through the graph a second time": "Something of the epoch before has survived: a state, or a sum of losses.",
    "does not require grad": "The result is cut off from the weights: look for .data, .detach(), .item() or no_grad.",
    "not enough values to unpack": "Compare what is returned there with what the line expects.",
    "too many values to unpack": "Compare what is returned there with what the line expects.",
    "must be Tensor, not tuple": "A layer returned a tuple, such as (output, h_n). Take it apart first.",
}


class CheckFailed(AssertionError):
    """What a check found, laid out: what was called, what came back, what was expected, what to look at."""

    def __init__(self, call: str, came_back: str, expected: str, look_at: str = "") -> None:
        rows = (("call", call), ("came back", came_back), ("expected", expected), ("look at", look_at))
        self.lines = [line for label, text in rows if text for line in _row(label, text)]
        super().__init__("\n".join(self.lines))


def check_equal(call: str, got: Any, expected: Any, axes: str | Mapping[str, str] = "", look_at: str = "") -> None:
    """Raise CheckFailed unless `got` equals `expected`: type, shape, dtype, and values within float32 rounding.

    axes: the names of the axes, as in "seq_len batch hidden_size"; for a tuple one entry for each of its parts,
    as in {"outputs": "seq_len batch hidden_size", "h_n": "batch hidden_size"}.
    """
    parts = iter(axes.items()) if isinstance(axes, Mapping) else iter([("", axes)])
    difference = _difference(got, expected, parts)
    if difference is not None:
        part, came_back, wanted = difference
        raise CheckFailed(f"{call}  ->  {part}" if part else call, came_back, wanted, look_at)


def check_raises(call: str, function: Callable[[], object], error: type[Exception], words: str = "", look_at: str = "") -> None:
    """Raise CheckFailed unless `function()` raises `error` with `words` in its message."""
    expected = error.__name__ + (f" with {words!r} in its message" if words else "")
    try:
        got = function()
    except error as raised:
        if words not in str(raised):
            raise CheckFailed(call, f"{type(raised).__name__}: {raised}", expected, look_at) from None
    else:
        raise CheckFailed(call, f"no error, but {_describe(got)}", expected, look_at)


def check_gradients(call: str, result: Tensor, of: Mapping[str, Tensor], look_at: str = "") -> None:
    """Raise CheckFailed unless a gradient gets from the result to each of the tensors in `of`."""
    advice = look_at or "A tensor loses its history in .data, .detach(), .item(), torch.tensor(...) and torch.no_grad()."
    missing = list(of)
    if result.requires_grad:
        gradients = torch.autograd.grad(result.sum(), list(of.values()), allow_unused=True)
        missing = [name for name, gradient in zip(of, gradients, strict=True) if gradient is None or not gradient.any()]
    if missing:
        raise CheckFailed(call, f"a result whose gradient does not reach {', '.join(missing)}", "a gradient for each", advice)


@dataclass(frozen=True)
class CheckResult:
    """What one check found; `lines` say more about a wrong one, `unfinished` names the stub that is not written yet."""

    task: str
    name: str
    outcome: str
    lines: tuple[str, ...] = field(default=())
    unfinished: str = ""


def run_check(task: str, function: Callable[[], object]) -> CheckResult:
    """Call one check, always with the same random numbers, whatever the learner's code does there."""
    state = torch.get_rng_state()
    torch.manual_seed(0)
    try:
        function()
    except BaseException as error:  # SystemExit and KeyboardInterrupt as well
        return explained(task, function, error)
    finally:
        torch.set_rng_state(state)
    return CheckResult(task, check_name(task, function), OK)


def check_name(task: str, function: Callable[[], object]) -> str:
    """`test_encode_of_a_word` is the check "of a word" of the task encode."""
    return function.__name__.removeprefix("test_").removeprefix(task).strip("_").replace("_", " ") or task


def explained(task: str, function: Callable[[], object], error: BaseException) -> CheckResult:
    """What an exception in a check means for the learner."""
    name = check_name(task, function)
    frames = _learners_frames(error, function)
    if isinstance(error, NotImplementedError) and frames and _source(frames[-1]).startswith("raise NotImplementedError"):
        stub = frames[-1][0].f_code.co_qualname.split(".")[0]
        return CheckResult(task, name, TODO if stub == task else WAITING, (), stub)
    if isinstance(error, CheckFailed):
        return CheckResult(task, name, WRONG, tuple(error.lines))
    if isinstance(error, AssertionError) and not frames:
        said = str(error).split("\nassert ")[0]  # pytest adds its own view of the line
        return CheckResult(task, name, WRONG, tuple(_row("found", said or _failing_line(error, function))))
    return CheckResult(task, name, WRONG, tuple(_raised(error, frames, _failing_line(error, function))))


def not_loaded(error: BaseException) -> list[str]:
    """Why the learner's file cannot be used at all."""
    if isinstance(error, SyntaxError):
        lines = _row("syntax", f"line {error.lineno} of {os.path.basename(error.filename or '')}:\n    {(error.text or '').strip()}")
        lines += _row("says", error.msg)
    elif isinstance(error, ImportError) and "cannot import name" in str(error):
        lines = _row("missing", f"{error.name}.py has no {str(error).split(chr(39))[1]}. Keep the names of the stubs.")
    else:
        lines = _raised(error, _learners_frames(error), "loading your file")
    return ["Your file cannot be loaded, so no check could run.", "", *(f"  {line}" for line in lines)]


def layout(results: Sequence[CheckResult]) -> list[str]:
    """The results as text: a line for each check, or for a task without an answer, then more about the first wrong one."""
    lines = []
    for task in dict.fromkeys(result.task for result in results):
        own = [result for result in results if result.task == task]
        open_ = [r for r in own if r.outcome in (TODO, WAITING)]
        if len(open_) == len(own):
            lines.append(f"{task:20} {_open(next((r for r in own if r.outcome == WAITING), own[0]))}")
            continue
        lines.append(f"{task:20} {sum(r.outcome == OK for r in own)} of {len(own)} checks pass")
        lines += [f"  [{r.outcome if r not in open_ else '..'}] {r.name}{'' if r not in open_ else ': ' + _open(r)}" for r in own]
    wrong = next((r for r in results if r.outcome == WRONG), None)
    return lines + (["", *(f"  {line}" for line in wrong.lines)] if wrong else [])


def _open(result: CheckResult) -> str:
    return TODO if result.outcome == TODO else f"{WAITING} {result.unfinished}"


class ChecksFailed(AssertionError):
    """Ends a check cell. IPython shows the layout in place of a traceback, and nbgrader gives no points."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = list(lines)

    def _render_traceback_(self) -> list[str]:
        return self.lines


def run_checks(task: str) -> None:
    """Run the checks of a task that are defined in the notebook, and print what they found. Raises ChecksFailed."""
    tests = {name: value for name, value in vars(sys.modules["__main__"]).items() if name.startswith(f"test_{task}_")}
    own = [test for test in tests.values() if isinstance(test, types.FunctionType)]
    results = [run_check(task, test) for test in own]
    lines = layout(results)
    if not results or any(result.outcome != OK for result in results):
        raise ChecksFailed(lines or [f"{task}: no check was found. Run the whole cell."])
    print("\n".join(lines))


def _row(label: str, text: str) -> list[str]:
    """A label and its text, wrapped beside it."""
    lines = [part for line in text.splitlines() for part in textwrap.wrap(line, WIDTH - 14, subsequent_indent="  ") or [""]]
    return [f"{label if number == 0 else '':10}  {line}" for number, line in enumerate(lines[:8])]


def _difference(got: Any, expected: Any, parts: Iterator[tuple[str, str]]) -> tuple[str, str, str] | None:
    """The first difference as (part, what came back, what was expected)."""
    if isinstance(expected, tuple) and any(isinstance(part, tuple | Tensor) for part in expected):
        if not isinstance(got, tuple | list) or len(got) != len(expected):
            return "", _describe(got), f"{len(expected)} values: ({', '.join(name for name, _ in parts)})"
        return next(filter(None, (_difference(*pair, parts) for pair in zip(got, expected, strict=True))), None)
    part, axes = next(parts, ("", ""))
    if not isinstance(expected, Tensor):
        same = type(got) is type(expected) and got == expected
        return None if same else (part, _describe(got), _describe(expected))
    if not isinstance(got, Tensor):
        return part, _describe(got), f"a tensor of {_shape(expected, axes)}"
    if got.shape != expected.shape:
        swapped = ": the same sizes on other axes" if sorted(got.shape) == sorted(expected.shape) else ""
        return part, f"{_shape(got, '')}{swapped}", _shape(expected, axes)
    if got.dtype != expected.dtype:
        return part, f"dtype {got.dtype}", f"dtype {expected.dtype}"
    return _different_values(part, got.detach(), expected.detach(), axes)


def _different_values(part: str, got: Tensor, expected: Tensor, axes: str) -> tuple[str, str, str] | None:
    # 1e-5: the sums of float32 may be taken in another order; a wrong answer is off by far more
    close = (got == expected) | ((got - expected).abs() <= 1e-5 + 1e-5 * expected.abs())
    if close.all():
        return None
    if expected.numel() <= 12:
        return part, f"{_shape(got, axes)}, {_numbers(got)}", f"{' ' * len(_shape(got, axes))}  {_numbers(expected)}"
    place = [int(index) for index in (~close).nonzero()[0]]
    where = ", ".join(f"{name} {index}" for name, index in zip(axes.split(), place, strict=False)) or str(place)
    wrong = f"{_shape(got, axes)}; {int((~close).sum())} of {close.numel()} values differ, the first at {where}"
    return part, f"{wrong}: {_numbers(got[tuple(place)])}", f"there {_numbers(expected[tuple(place)])}"


def _numbers(tensor: Tensor) -> str:
    def written(value: Any) -> str:
        return f"[{', '.join(map(written, value))}]" if isinstance(value, list) else f"{value:.4g}"

    return written(tensor.tolist())


def _shape(tensor: Tensor, axes: str) -> str:
    shape = tuple(tensor.shape)
    return f"shape ({axes.replace(' ', ', ')}) = {shape}" if len(axes.split()) == len(shape) else f"shape {shape}"


def _describe(value: Any) -> str:
    """A value in a few words."""
    if value is None:
        return "None: is there a return?"
    if isinstance(value, Tensor):
        return f"a tensor of {_shape(value, '')}"
    if isinstance(value, tuple | list) and any(isinstance(part, Tensor | tuple | list) for part in value):
        inside = ", ".join(_describe(part) for part in value[:4])
        return f"a {type(value).__name__} of {len(value)}: {inside}"
    return textwrap.shorten(repr(value), 200)


Frame = tuple[types.FrameType, int]


def _frames(error: BaseException) -> list[Frame]:
    frames, traceback = [], error.__traceback__
    while traceback is not None:
        frames.append((traceback.tb_frame, traceback.tb_lineno))
        traceback = traceback.tb_next
    return frames


def _learners_frames(error: BaseException, check: Callable[[], object] | None = None) -> list[Frame]:
    """Frames in the learner's own code: below the check, and neither in its file nor in a library."""
    frames = _frames(error)
    if check is not None:
        start = [number for number, (frame, _) in enumerate(frames) if frame.f_code is check.__code__]
        frames = frames[start[0] :] if start else []
    skipped = check.__code__.co_filename if check is not None else ""
    return [frame for frame in frames if not _is_library(name := frame[0].f_code.co_filename) and name != skipped]


def _is_library(filename: str) -> bool:
    path = os.path.normcase(filename)
    return filename == __file__ or path.startswith(("<", *LIBRARIES)) or any(folder in path for folder in PACKAGES)


def _source(frame: Frame) -> str:
    return linecache.getline(frame[0].f_code.co_filename, frame[1], frame[0].f_globals).strip()


def _failing_line(error: BaseException, function: Callable[[], object]) -> str:
    own = [frame for frame in _frames(error) if frame[0].f_code is function.__code__]
    return _source(own[-1]) if own else function.__name__


def _place(frame: Frame) -> str:
    """`line 57 of rnn_cell.py`, or `line 3 of cell [5]` in a notebook."""
    filename, shell = frame[0].f_code.co_filename, getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)()
    number = getattr(getattr(shell, "compile", None), "_filename_map", {}).get(filename)
    return f"line {frame[1]} of {os.path.basename(filename) if number is None else f'cell [{number}]'}"


def _raised(error: BaseException, frames: list[Frame], call: str) -> list[str]:
    """An exception in the learner's code: the learner's own line, the tensors on it, and torch's own words."""
    if isinstance(error, KeyboardInterrupt):
        words = "stopped by hand: is there a loop that never ends?"
    else:
        words = f"{type(error).__name__}: {error}" if str(error) else type(error).__name__
    lines = _row("call", call)
    if frames:
        source, local = _source(frames[-1]), frames[-1][0].f_locals
        lines += _row("raised", f"{_place(frames[-1])}, in {frames[-1][0].f_code.co_qualname}:\n    {source}")
        used = {name: value for name, value in local.items() if isinstance(value, Tensor) and name in _words(source)}
        lines += _row("there", ", ".join(f"{name} {tuple(value.shape)}" for name, value in used.items())) if used else []
    lines += _row("says", "\n".join(words.splitlines()[:3]))
    return lines + next((_row("look at", advice) for said, advice in ADVICE.items() if said in words), [])


def _words(source: str) -> set[str]:
    return set("".join(char if char.isidentifier() or char.isdigit() else " " for char in source).split())
