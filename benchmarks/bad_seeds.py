"""Search for seeds on which a right answer comes close to losing a point, in every hidden test that compares floats.

    python -m benchmarks.bad_seeds [ASSIGNMENT ...] [--draws N] [--first N] [--processes N]

Each draw runs the hidden tests in this process, without a sandbox: on the reference in float32, on the reference computed in
float64, and on three other right forms from the corpus. Prints, for each test, the largest share of a tolerance that any of them
used up, with its seed. Training has a search of its own: `python -m autograder.verify.training_starts`. To go on where an earlier
search ended, start with `--first`.
"""

from __future__ import annotations

import argparse
import gc
import inspect
import multiprocessing
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager, redirect_stdout
from dataclasses import dataclass, replace
from io import StringIO
from types import ModuleType
from typing import Any

import torch

from autograder.batch.control import InThisProcess
from autograder.child.runner import Runner
from autograder.course import Assignment, Course
from autograder.intake.source import read_submission
from autograder.judge import CheckFailed
from autograder.judge.catalogue import grader_module
from autograder.judge.draw import Draw
from autograder.judge.submission import Submission
from autograder.judge.surroundings import small_tensors
from autograder.judge.tolerances import shares_of_tolerances

OTHER_FORMS = {
    "01_rnn_cell": ("right_addmm_reduce", "right_einsum_and_buffers", "right_terse"),
    "03_rnn_layer": ("right_einsum_and_batch_first", "right_joined_weights_and_device", "right_column_vectors"),
    "04_embedding": ("right_einsum", "right_scatter", "right_linear_class"),
    "05_lstm": ("right_addmm_split", "right_einsum_and_lists", "right_item_by_item"),
    "06_gru": ("right_addmm_tensor_split", "right_blocks_einsum", "right_item_by_item"),
}
TRAIN = "train"  # every comparison there is against several references, of which one has to fit
BATCH = 25  # draws that a process does at a time


@dataclass(frozen=True)
class Worst:
    """The largest share of a tolerance in one test. failed: a right form lost the test."""

    share: float = -1.0
    seed: int = 0
    form: str = ""
    failed: bool = False


def badness(one: Worst) -> tuple[bool, float]:
    """A lost test is worse than any share: a right form can lose it before the comparison that uses up most."""
    return one.failed, one.share


class Float64Runner(Runner):
    """Computes in float64 what it is asked in float32, and answers in float32: the right answer, rounded once."""

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
    """Every floating tensor inside a value, as `dtype`; what is left is the object itself."""
    if isinstance(value, torch.Tensor):
        return value.to(dtype) if value.is_floating_point() else value
    if isinstance(value, list | tuple) and not hasattr(value, "_fields"):
        return type(value)(cast(item, dtype) for item in value)
    return {key: cast(item, dtype) for key, item in value.items()} if type(value) is dict else value


def forms(assignment: Assignment) -> Mapping[str, Callable[[], Submission]]:
    """Right answers by name; each makes a fresh submission."""
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


Test = tuple[str, Callable[[Submission, Draw], None]]  # as Draw names it, and the function


def tests(assignment: Assignment) -> list[Test]:
    found = []
    for task in assignment.tasks:
        if task.name != TRAIN:
            for name, function in vars(grader_module(assignment, task.name)).items():
                if name.startswith("test_") and set(inspect.signature(function).parameters) == {"submission", "draw"}:
                    found.append((f"{assignment.name}/{task.name}/{name}", function))
    return found


def search(name: str, seeds: range) -> dict[str, Worst]:
    """The worst share of each test over these seeds."""
    assignment = Course()[name]
    right, worst = forms(assignment), {test: Worst() for test, _ in tests(assignment)}
    with small_tensors():
        for test, function in tests(assignment):
            for seed in seeds:
                for form, submission in right.items():
                    worst[test] = max(worst[test], tried(test, function, seed, form, submission()), key=badness)
    gc.collect()
    return worst


def tried(test: str, function: Callable[[Submission, Draw], None], seed: int, form: str, submission: Submission) -> Worst:
    submission.begin()
    failed = False
    with shares_of_tolerances() as used:
        try:
            function(submission, Draw(seed, test))
        except CheckFailed:
            failed = True
    return Worst(max(used, default=0.0), seed, form, failed)


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m benchmarks.bad_seeds", description=__doc__)
    parser.add_argument("assignments", nargs="*", help="01_rnn_cell, for example; all when none is given")
    parser.add_argument("--draws", type=int, default=100_000)
    parser.add_argument("--first", type=int, default=0, help="the first seed; the others follow it")
    parser.add_argument("--processes", type=int, default=2)
    options = parser.parse_args(argv)
    last = options.first + options.draws
    chunks = [range(start, min(start + BATCH, last)) for start in range(options.first, last, BATCH)]
    lost = 0
    print("| test | draws | worst share | seed | form |\n| --- | --: | --: | --: | --- |")
    with multiprocessing.get_context("fork").Pool(options.processes) as pool:
        for name in options.assignments or OTHER_FORMS:
            start, worst = time.monotonic(), {}
            jobs = [pool.apply_async(search, (name, seeds)) for seeds in chunks]
            for job in jobs:
                for test, found in job.get().items():
                    worst[test] = max(worst.get(test, Worst()), found, key=badness)
            for test, found in worst.items():
                lost += found.failed
                kept = "" if not found.failed else " LOST"
                print(f"| `{test}` | {options.draws:,} | {found.share:.3g}{kept} | {found.seed} | {found.form} |", flush=True)
            print(f"{name}: {time.monotonic() - start:.0f} s", file=sys.stderr)
    return 1 if lost else 0


if __name__ == "__main__":
    sys.exit(main())
