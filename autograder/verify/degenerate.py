"""Answers without any work: zeros, ones, NaN, empty, the first argument returned, None. Every grader must reject them all.

Each is a whole submission: the solution, with one stub wrapped so that what it gives back is spoiled.
"""

from __future__ import annotations

from collections.abc import Iterator

from autograder.course.assignment import Assignment

SPOIL = """

def _spoil(value, args):
    import torch

    if KIND == "none":
        return None
    if KIND == "echo":
        return args[0] if args else None
    if isinstance(value, torch.Tensor):
        if KIND == "zeros":
            return value * 0
        if KIND == "ones":
            return value * 0 + 1
        if KIND == "nan":
            return value * float("nan") if value.is_floating_point() else value * 0
        return value[:0] if value.dim() else value * 0
    if isinstance(value, (list, tuple)):
        return type(value)(_spoil(item, args) for item in value) if KIND != "empty" else type(value)()
    if isinstance(value, dict):
        return {key: _spoil(item, args) for key, item in value.items()} if KIND != "empty" else {}
    if isinstance(value, str):
        return ""
    if isinstance(value, (int, float)):
        return {"zeros": 0, "ones": 1}.get(KIND, float("nan"))
    return None
"""
FUNCTION = """
def _wrap(function):
    import functools

    @functools.wraps(function)
    def spoiled(*args, **kwargs):
        return _spoil(function(*args, **kwargs), args)
    return spoiled

TASK = _wrap(TASK)
"""
MODEL = """
class TASK(TASK):
    def forward(self, *args):
        return _spoil(super().forward(*args), args)

    def named_parameters(self, *args, **kwargs):
        return [("spoiled." + n, p) for n, p in super().named_parameters(*args, **kwargs)][:1]
"""
UNTRAINED = """
def TASK(model, inputs, labels, epochs=15, lr=0.1):
    return [("ohlol", 0.1) if KIND != "zeros" else "ohlol"] * epochs
"""
KINDS = ("zeros", "ones", "nan", "empty", "echo", "none")
UNTRAINED_KINDS = ("zeros", "ones")  # without and with a loss in the report


def degenerate_answers(assignment: Assignment) -> Iterator[tuple[str, str, str]]:
    """(task, kind, source) for every task and every kind."""
    source = assignment.solution_module
    for task in assignment.tasks:
        wrapper = MODEL if f"class {task.name}(" in source else UNTRAINED if task.name == "train" else FUNCTION
        for kind in UNTRAINED_KINDS if wrapper is UNTRAINED else KINDS:
            text = SPOIL.replace("KIND", repr(kind)) + wrapper.replace("KIND", repr(kind)).replace("TASK", task.name)
            yield task.name, kind, source + text
