"""Run the visible checks and report what they find. This file comes with the exercise; you do not need to read or change it.

In a notebook each check cell ends with `run_checks(...)`. For a module, `pytest` does the same through conftest.py.
"""

from __future__ import annotations

import sys
import textwrap
import types
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor
from tracebacks import failing_line, learners_frames, raised, raised_in_cell, row, unfinished

OK, WRONG, TODO, WAITING = "ok", "no", "not written yet", "waiting for"


class CheckFailed(AssertionError):
    """A failed check, as rows of text: the call, what came back, what was expected, what to look at."""

    def __init__(self, call: str, came_back: str, expected: str, look_at: str = "") -> None:
        rows = (("call", call), ("came back", came_back), ("expected", expected), ("look at", look_at))
        self.lines = [line for label, text in rows if text for line in row(label, text)]
        super().__init__("\n".join(self.lines))


def check_that(holds: object, call: str, came_back: str, expected: str, look_at: str = "") -> None:
    """Raise CheckFailed unless `holds` is true."""
    if not holds:
        raise CheckFailed(call, came_back, expected, look_at)


def check_equal(
    call: str,
    got: Any,
    expected: Any,
    axes: str | Mapping[str, str] = "",
    look_at: str = "",
    atol: float = 1e-5,
    mistakes: Mapping[str, Tensor] | None = None,
) -> None:
    """Raise CheckFailed unless `got` equals `expected` in type, shape, dtype, and values up to rounding.

    axes: the names of the axes, such as "seq_len batch hidden_size"; for a tuple, a dict with an entry for each part,
    such as {"outputs": "seq_len batch hidden_size", "h_n": "batch hidden_size"}.
    atol: 1e-5 by default, because the order of a float32 sum changes its rounding; wrong answers are off by far more.
    mistakes: maps the advice for a common mistake to the result that the mistake gives.
    """
    parts = iter(axes.items()) if isinstance(axes, Mapping) else iter([("", axes)])
    difference = _difference(got, expected, parts, atol)
    if difference is not None:
        part, came_back, wanted = difference
        if came_back.startswith("dtype"):
            look_at = f"The dtype is wrong. Convert the result: .to({wanted.split()[-1]})"
        if isinstance(got, dict) and isinstance(expected, dict):
            look_at = _names_apart(got, expected) or look_at
        known = (advice for advice, wrong in (mistakes or {}).items() if _difference(got, wrong, iter(()), atol) is None)
        raise CheckFailed(f"{call}  ->  {part}" if part else call, came_back, wanted, next(known, look_at))


def check_raises(call: str, function: Callable[[], object], error: type[Exception], words: str = "", look_at: str = "") -> None:
    """Raise CheckFailed unless `function()` raises `error` with `words` in its message."""
    expected = error.__name__ + (f" with {words!r} in its message" if words else "")
    try:
        got = function()
    except error as got_error:
        if words not in str(got_error):
            raise CheckFailed(call, f"{type(got_error).__name__}: {got_error}", expected, look_at) from None
    else:
        raise CheckFailed(call, f"no error, but {_describe(got)}", expected, look_at)


def check_gradients(call: str, result: Tensor, of: Mapping[str, Tensor], look_at: str = "") -> None:
    """Raise CheckFailed unless a gradient flows from the result to every tensor in `of`."""
    advice = look_at or "A tensor loses its history in .data, .detach(), .item(), torch.tensor(...) and torch.no_grad()."
    missing = list(of)
    if result.requires_grad:
        gradients = torch.autograd.grad(result.sum(), list(of.values()), allow_unused=True)
        missing = [name for name, gradient in zip(of, gradients, strict=True) if gradient is None or not gradient.any()]
    if missing:
        raise CheckFailed(call, f"a result whose gradient does not reach {', '.join(missing)}", "a gradient for each", advice)


@dataclass(frozen=True)
class CheckResult:
    """The outcome of one check. `lines` describe a failure; `unfinished` names the stub that is not written yet."""

    task: str
    name: str
    outcome: str
    lines: tuple[str, ...] = field(default=())
    unfinished: str = ""


def run_check(task: str, function: Callable[[], object]) -> CheckResult:
    """Run one check from a fixed seed and turn any exception into a result."""
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
    """Name a check without its task: for the task encode, `test_encode_of_a_word` becomes "of a word"."""
    return function.__name__.removeprefix("test_").removeprefix(task).strip("_").replace("_", " ") or task


def explained(task: str, function: Callable[[], object], error: BaseException) -> CheckResult:
    """Turn an exception raised by a check into a result that the learner can read."""
    name = check_name(task, function)
    frames = learners_frames(error, function)
    if stub := unfinished(error, frames):
        return CheckResult(task, name, TODO if stub == task else WAITING, (), stub)
    if isinstance(error, CheckFailed):
        return CheckResult(task, name, WRONG, tuple(error.lines))
    if isinstance(error, AssertionError) and not frames:
        said = str(error).split("\nassert ")[0]  # pytest adds its own view of the line
        return CheckResult(task, name, WRONG, tuple(row("found", said or failing_line(error, function))))
    return CheckResult(task, name, WRONG, tuple(raised(error, frames, failing_line(error, function))))


def layout(results: Sequence[CheckResult]) -> list[str]:
    """Format the results: a line per check, or one line for a task that is not written yet; then the first failure in full."""
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
    """Makes a check cell fail: IPython shows the formatted results instead of a traceback, and nbgrader gives no points."""

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("\n".join(lines))
        self.lines = list(lines)

    def _render_traceback_(self) -> list[str]:
        return self.lines


def checks_of(task: str, cell: str) -> list[Callable[[], object]]:
    """The checks of a task that are defined in the notebook cell with this file name."""
    named = [value for name, value in vars(sys.modules["__main__"]).items() if name.startswith(f"test_{task}_")]
    return [value for value in named if isinstance(value, types.FunctionType) and value.__code__.co_filename == cell]


def run_checks(task: str) -> None:
    """Run the checks of a task that the calling cell defines and print the results. Raises ChecksFailed unless all pass."""
    results = [run_check(task, check) for check in checks_of(task, sys._getframe(1).f_code.co_filename)]
    lines = layout(results)
    if not results or any(result.outcome != OK for result in results):
        raise ChecksFailed(lines or [f"{task}: no checks found. Run the whole cell."])
    print("\n".join(lines))


def _say_briefly(shell: Any, kind: type[BaseException], error: BaseException, traceback: Any, tb_offset: int = 0) -> None:
    """Instead of a traceback, show the unwritten stub, or the learner's own line when a library raised the error."""
    frames = learners_frames(error)
    if stub := unfinished(error, frames):
        print(f"{stub}: {TODO}")
        return
    brief = len(frames) > 0 and not raised_in_cell(error) and not hasattr(error, "_render_traceback_")
    if brief:
        lines = [*raised(error, frames, ""), "", "For the full traceback, run %tb in a cell of its own."]
        error._render_traceback_ = lambda: lines  # type: ignore[attr-defined]
    shell.showtraceback((kind, error, traceback), tb_offset=tb_offset)
    if brief:
        del error._render_traceback_  # type: ignore[attr-defined]


if _shell := getattr(sys.modules.get("IPython"), "get_ipython", lambda: None)():
    _shell.set_custom_exc((Exception,), _say_briefly)


def _difference(got: Any, expected: Any, parts: Iterator[tuple[str, str]], atol: float) -> tuple[str, str, str] | None:
    """The first difference as (part, what came back, what was expected)."""
    if isinstance(expected, tuple) and any(isinstance(part, tuple | Tensor) for part in expected):
        if not isinstance(got, tuple | list) or len(got) != len(expected):
            return "", _describe(got), f"{len(expected)} values: {', '.join(name for name, _ in parts)}"
        return next(filter(None, (_difference(*pair, parts, atol) for pair in zip(got, expected, strict=True))), None)
    part, axes = next(parts, ("", ""))
    if isinstance(got, dict) and isinstance(expected, dict):
        return _different_entries(part, got, expected)
    if not isinstance(expected, Tensor):
        same = type(got) is type(expected) and got == expected
        return None if same else (part, _describe(got), _describe(expected))
    if not isinstance(got, Tensor):
        return part, _describe(got), f"a tensor of {_shape(expected, axes)}"
    if got.shape != expected.shape:
        swapped = ": the same sizes, on different axes" if sorted(got.shape) == sorted(expected.shape) else ""
        return part, f"{_shape(got, '')}{swapped}", _shape(expected, axes)
    if got.dtype != expected.dtype:
        return part, f"dtype {got.dtype}", f"dtype {expected.dtype}"
    return _different_values(part, got.detach(), expected.detach(), axes, atol)


def _different_entries(part: str, got: dict[Any, Any], expected: dict[Any, Any]) -> tuple[str, str, str] | None:
    if set(got) != set(expected):
        return part, f"the names {', '.join(map(str, got)) or '(none)'}", ", ".join(map(str, expected))
    wrong = [name for name in expected if got[name] != expected[name]]
    first = wrong[:3]
    more = f", and {len(wrong) - 3} other differences" if len(wrong) > 3 else ""
    told = [", ".join(f"{name} {values[name]}" for name in first) for values in (got, expected)]
    return (part, told[0] + more, told[1]) if wrong else None


def _names_apart(got: dict[Any, Any], expected: dict[Any, Any]) -> str:
    """List the missing and the unexpected names."""
    told = []
    missing, unexpected = [n for n in expected if n not in got], [n for n in got if n not in expected]
    for label, names in (("Missing", missing), ("Unexpected", unexpected)):
        if names:
            told.append(f"{label}: {', '.join(map(str, names[:4]))}{', ...' if names[4:] else ''}.")
    return " ".join(told)


def _different_values(part: str, got: Tensor, expected: Tensor, axes: str, atol: float) -> tuple[str, str, str] | None:
    close = (got == expected) | ((got - expected).abs() <= atol + 1e-5 * expected.abs())
    if close.all():
        return None
    if expected.numel() <= 12:
        return part, f"{_shape(got, axes)}, {_numbers(got)}", _numbers(expected)
    place = [int(index) for index in (~close).nonzero()[0]]
    where = ", ".join(f"{name} {index}" for name, index in zip(axes.split(), place, strict=False)) or str(place)
    wrong = f"{_shape(got, axes)}; {int((~close).sum())} of {close.numel()} values differ, the first at {where}"
    return part, f"{wrong}: {_numbers(got[tuple(place)])}", f"{_numbers(expected[tuple(place)])} there"


def _numbers(tensor: Tensor) -> str:
    def written(value: Any) -> str:
        return f"[{', '.join(map(written, value))}]" if isinstance(value, list) else f"{value:.4g}"

    return written(tensor.tolist())


def _shape(tensor: Tensor, axes: str) -> str:
    shape = tuple(tensor.shape)
    return f"shape ({axes.replace(' ', ', ')}) = {shape}" if len(axes.split()) == len(shape) else f"shape {shape}"


def _describe(value: Any) -> str:
    """Describe a value in a few words."""
    if value is None:
        return "None: is a return missing?"
    if isinstance(value, Tensor):
        return f"a tensor of {_shape(value, '')}"
    if isinstance(value, tuple | list) and any(isinstance(part, Tensor | tuple | list) for part in value):
        inside = ", ".join(_describe(part) for part in value[:4])
        return f"a {type(value).__name__} of {len(value)}: {inside}"
    return textwrap.shorten(repr(value), 200)
