"""Judge a seed: run a hidden test on several correct forms, in this process, without a sandbox."""

from __future__ import annotations

import inspect
import sys
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from io import StringIO
from types import ModuleType
from typing import Any

import torch

from autograder.batch.control import InThisProcess
from autograder.child.runner import Runner
from autograder.course import Assignment
from autograder.intake.source import read_submission
from autograder.judge import CheckFailed
from autograder.judge.catalogue import grader_module
from autograder.judge.draw import Draw
from autograder.judge.submission import Submission
from autograder.judge.tolerances import shares_of_tolerances

OTHER_FORMS = {
    "01_rnn_cell": ("right_addmm_reduce", "right_einsum_and_buffers", "right_terse"),
    "02_shapes": ("right_terse", "right_einsum_gather", "right_loops_by_hand"),
    "03_rnn_layer": ("right_einsum_and_batch_first", "right_joined_weights_and_device", "right_column_vectors"),
    "04_embedding": ("right_einsum", "right_scatter", "right_linear_class"),
    "05_lstm": ("right_addmm_split", "right_einsum_and_lists", "right_item_by_item"),
    "06_gru": ("right_addmm_tensor_split", "right_blocks_einsum", "right_item_by_item"),
}
TRAIN = "train"  # every comparison there accepts any of several references


@dataclass(frozen=True)
class Tried:
    """The largest share of a tolerance that a correct form needed in a test. failed: it failed the test."""

    test: str
    seed: int
    share: float
    form: str
    failed: bool = False

    def badness(self) -> tuple[bool, float]:
        """A sort key. A failed test is worse than any share: a form can fail before the comparison with the largest share."""
        return self.failed, self.share


class Float64Runner(Runner):
    """Computes float32 requests in float64 and answers in float32: the exact answer, rounded once."""

    def _target(self, name: str, handle: str | None = None) -> Callable[..., Any]:
        found = super()._target(name, handle)

        def in_float64(*args: Any, **kwargs: Any) -> Any:
            with float64_by_default():
                result = found(*cast(args, torch.float64), **kwargs)
            if isinstance(result, torch.nn.Module):
                return result.double()
            return cast(result, torch.float32)

        return in_float64

    def _parameters(self, request: Any) -> list[tuple[str, torch.Tensor]]:
        return [(name, value.float()) for name, value in super()._parameters(request)]

    def _build(self, request: Any) -> None:
        super()._build(replace(request, names=cast(request.names, torch.float64)))
        if isinstance(made := self.objects[request.handle], torch.nn.Module):
            made.double()

    def _gradients(self, request: Any) -> list[torch.Tensor | None]:
        return [None if one is None else one.float() for one in super()._gradients(request)]


def _overridden() -> dict[type, Callable[..., Any]]:
    return {request: getattr(Float64Runner, function.__name__) for request, function in Runner._CARRY_OUT.items()}


Float64Runner._CARRY_OUT = _overridden()


@contextmanager
def float64_by_default() -> Iterator[None]:
    torch.set_default_dtype(torch.float64)
    try:
        yield
    finally:
        torch.set_default_dtype(torch.float32)


def cast(value: Any, dtype: torch.dtype) -> Any:
    """Convert every floating tensor inside a value to `dtype`; other objects stay the same objects."""
    if isinstance(value, torch.Tensor):
        return value.to(dtype) if value.is_floating_point() else value
    if isinstance(value, list | tuple) and not hasattr(value, "_fields"):
        return type(value)(cast(item, dtype) for item in value)
    return {key: cast(item, dtype) for key, item in value.items()} if type(value) is dict else value


def forms(assignment: Assignment) -> Mapping[str, Callable[[], Submission]]:
    """Correct forms by name; each value makes a new submission."""
    folder = assignment.root / "tests/submissions" / assignment.name
    found = {"float32": (assignment.solution_module, Runner), "float64": (assignment.solution_module, Float64Runner)}
    for name in OTHER_FORMS.get(assignment.name, ()):
        found[name] = ("\n\n".join(read_submission(folder / name, assignment.stem).cells), Runner)

    def loader(source: str, runner: type[Runner]) -> Callable[[], Submission]:
        module = sys.modules["right"] = ModuleType("right")  # dataclasses look for it there
        with redirect_stdout(StringIO()):
            exec(compile(source, "right", "exec"), vars(module))
        return lambda: Submission(InThisProcess(runner(dict(vars(module)))), {})

    return {name: loader(*how) for name, how in found.items()}


Test = Callable[[Submission, Draw], None]


def hidden_tests(assignment: Assignment) -> dict[str, Test]:
    """The hidden tests by the names that Draw uses, except those of `train`, which compare with several references."""
    found = {}
    for task in assignment.tasks:
        if task.name != TRAIN:
            for name, function in vars(grader_module(assignment, task.name)).items():
                if name.startswith("test_") and set(inspect.signature(function).parameters) == {"submission", "draw"}:
                    found[f"{assignment.name}/{task.name}/{name}"] = function
    return found


def tried(test: str, function: Test, seed: int, form: str, submission: Submission) -> Tried:
    submission.begin()
    failed = False
    with shares_of_tolerances() as used:
        try:
            function(submission, Draw(seed, test))
        except CheckFailed:
            failed = True
    return Tried(test, seed, max(used, default=0.0), form, failed)
