"""Find the starts of a training task: `python -m autograder.verify.training_starts 01_rnn_cell` writes its starts.json.

A start is kept when exact arithmetic brings the reference to the target word, and when rounding uses up little of what the
graders tolerate: under every kernel this machine can be made to use, and with initial weights that are off by rounding.
The starts that are in the file come first, then others are tried. `--check` measures the files as they are and writes nothing.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterator, Sequence
from itertools import islice, permutations

import numpy as np
import torch

from autograder.course import Course
from autograder.judge.catalogue import grader_module
from autograder.kit.training_runs import LOSS_REDUCTIONS, MIN_FINAL_MARGIN, Start, Training

from .kernels import MODES, Setting, find_kernels, kernel_mode, measure
from .rounding import ADMITTED, ALLOWED, Exact, everything, first_epochs, perturbed, target_lead, worst

COUNT = 60
ADMITTED_LEAD = 1.1 * MIN_FINAL_MARGIN  # logits
SCREENING_DRAWS = 4
DRAWS = 2  # under each setting; besides, one of the screening is measured in full


def problem(training: Training, start: Start) -> str:
    """What is wrong with a start on this machine; '' if nothing. Exact arithmetic separates wrong starts from wavering ones."""
    exact = Exact(training, start)
    with kernel_mode(*MODES[0]):
        lead, share = _lead_here(training, start), worst(first_epochs(exact))
    if lead < MIN_FINAL_MARGIN and exact.lead < MIN_FINAL_MARGIN:
        return f"seed {start.seed} is wrong on every machine: exactly, the target word leads by {exact.lead:.2g} logits"
    if lead < MIN_FINAL_MARGIN:
        return f"seed {start.seed} wavers on this machine: the target word leads by {lead:.2g} logits, not {exact.lead:.2g}"
    if share.value > ALLOWED:
        return (
            f"seed {start.seed} wavers on this machine: of the tolerance for the {share.what} rounding takes {share.value:.2f}, "
            f"and {ALLOWED} is allowed (from 0.5 on a correct submission can lose a point)"
        )
    return ""


def _lead_here(training: Training, start: Start) -> float:
    ends = (list(training.reference(start, training.epochs + 1, training.lr, reduction))[-1] for reduction in LOSS_REDUCTIONS)
    return min(target_lead(end.logits, start.target_ids) for end in ends)


def candidates(training: Training) -> Iterator[Exact]:
    """The starts in the file, then new ones without end. All converge and pass a first test with perturbed weights."""
    orders = list(permutations(range(4)))
    rng = np.random.Generator(np.random.PCG64(12))
    kept = training.starts if training.starts_file.is_file() else ()
    yield from (exact for start in kept if passes(exact := Exact(training, start)))
    seed = 0
    while True:
        seed += 1
        start = Start(seed, orders[int(rng.integers(len(orders)))])
        exact = Exact(training, start)
        if seed not in {other.seed for other in kept} and passes(exact):
            yield exact


def passes(exact: Exact) -> bool:
    training, start = exact.training, exact.start
    weights = (None, *(perturbed(training.weights(start), 1000 * start.seed - draw) for draw in range(SCREENING_DRAWS)))
    return (
        all(worst(first_epochs(exact, w), ADMITTED).value <= ADMITTED for w in weights)
        and exact.lead >= ADMITTED_LEAD
        and worst(everything(exact, weights[-1]), ADMITTED).value <= ADMITTED
    )


def find_starts(training: Training, name: str, settings: Sequence[Setting], count: int = COUNT) -> list[Start]:
    found: list[Start] = []
    stream = candidates(training)
    while len(found) < count:
        batch = list(islice(stream, count - len(found) + 5))
        measured = measure(settings, name, batch, DRAWS, limit=ADMITTED)
        worsts = [worst(shares).value for shares in zip(*measured, strict=True)]
        found += [exact.start for exact, value in zip(batch, worsts, strict=True) if value <= ADMITTED]
        print(f"{name}: {len(found)} starts, the last of seed {batch[-1].start.seed}", flush=True)
    return sorted(found[:count], key=lambda start: start.seed)


def check(training: Training, name: str, settings: Sequence[Setting]) -> bool:
    """Print the share of the tolerances that the starts need under each setting."""
    good = True
    exacts = [Exact(training, start).complete for start in training.starts]
    for setting, shares in zip(settings, measure(settings, name, exacts, DRAWS), strict=True):
        high = sum(share.value > ALLOWED for share in shares)
        most = worst(shares)
        print(f"{name}  {setting}  {len(shares)} starts, {high} above {ALLOWED}, most {most.value:.3f}: {most.what}", flush=True)
        good = good and not high
    return good


def main(argv: list[str]) -> int:
    parser = argparse.ArgumentParser(prog="python -m autograder.verify.training_starts", description=__doc__.splitlines()[0])
    parser.add_argument("names", nargs="+", help="assignments with a training task")
    parser.add_argument("--check", action="store_true", help="measure the files as they are; write nothing")
    args = parser.parse_args(argv)
    torch.set_num_threads(1)
    torch.backends.mkldnn.enabled = False  # type: ignore[assignment]  # torch declares a property of its own kind
    kernels = find_kernels(args.names)
    print(*kernels.report(), sep="\n", flush=True)
    good = True
    for name in args.names:
        training: Training = grader_module(Course()[name], "train").TRAINING
        if args.check:
            good = check(training, name, kernels.tried) and good
        else:
            starts = find_starts(training, name, kernels.tried)
            rows = [json.dumps([start.seed, list(start.vocab_permutation)]) for start in starts]
            training.starts_file.write_text("[\n" + ",\n".join(rows) + "\n]\n")
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
