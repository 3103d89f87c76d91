"""Families of mistakes in a cell with gates: blocks of rows taken for one another, and activations mixed up.

A cell computes, for each gate, x with a block of weight_ih, h with a block of weight_hh, and a block of each bias. `blocks` says
which block is taken: one row for each of these four parameters, one column for each gate.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from itertools import combinations, permutations, product

from autograder.judge import Misconception

from .optimiser_mistakes import Swaps

Blocks = tuple[tuple[int, ...], ...]
WEIGHT_IH, WEIGHT_HH, BIAS_IH, BIAS_HH = range(4)
PARTS = (  # what is taken, and from which parameters
    ("weights and biases", (WEIGHT_IH, WEIGHT_HH, BIAS_IH, BIAS_HH)),
    ("weights", (WEIGHT_IH, WEIGHT_HH)),
    ("biases", (BIAS_IH, BIAS_HH)),
    ("input weights", (WEIGHT_IH,)),
    ("hidden weights", (WEIGHT_HH,)),
    ("input weights and bias_ih", (WEIGHT_IH, BIAS_IH)),
    ("hidden weights and bias_hh", (WEIGHT_HH, BIAS_HH)),
)


def block_mistakes(
    gates: Sequence[str], swaps: Callable[[Blocks], Swaps], named: Collection[str] = ()
) -> Iterator[Misconception]:
    """The members of the families about blocks that are not among `named`."""
    return (mistake for mistake in _all_block_mistakes(gates, swaps) if mistake.name not in named)


def _all_block_mistakes(gates: Sequence[str], swaps: Callable[[Blocks], Swaps]) -> Iterator[Misconception]:
    """Gates in every other order, one gate's blocks used for another gate, and two gates' blocks swapped.

    gates: their names in PyTorch's order. swaps: from blocks to the swaps that make the solution take them.
    """
    order = ", ".join(gates)
    right = range(len(gates))
    for taken in permutations(right):
        # Gate k gets the block taken[k]: so the blocks are read in this order.
        read = ", ".join(gates[taken.index(block)] for block in right)
        name = f"gates in the order {read}"
        if read != order:
            advice = f"The answer is what comes out when the blocks are read as {read}. They are stored in the order {order}."
            yield Misconception(name, advice, swaps((taken,) * 4))
    for part, rows in PARTS:
        for one, other in combinations(right, 2):
            advice = f"The {part} of {gates[one]} and {gates[other]} are swapped. The blocks are stored in the order {order}."
            swapped = {one: other, other: one}
            if len(rows) < 4:
                name = f"{part} of {gates[one]} and {gates[other]} swapped"
                yield Misconception(name, advice, swaps(_blocks(len(gates), rows, swapped)))
        for source, target in permutations(right, 2):
            advice = f"The {part} of {gates[source]} are used for {gates[target]} as well. Every gate has a block of its own."
            name = f"{part} of {gates[source]} used for {gates[target]}"
            yield Misconception(name, advice, swaps(_blocks(len(gates), rows, {target: source})))
    for part, rows in PARTS[:3]:
        for source in right:
            advice = f"All gates use the {part} of {gates[source]}. Every gate has a block of its own, in the order {order}."
            name = f"{part} of {gates[source]} used for every gate"
            yield Misconception(name, advice, swaps(_blocks(len(gates), rows, dict.fromkeys(right, source))))


def _blocks(gates: int, rows: Sequence[int], taken: dict[int, int]) -> Blocks:
    """For the parameters in `rows`: the block taken for each gate; every other one takes its own."""
    own = tuple(range(gates))
    return tuple(tuple(taken.get(gate, gate) for gate in own) if row in rows else own for row in range(4))


def activation_mistakes(gates: Sequence[tuple[str, str]], candidate: tuple[str, str]) -> Iterator[Misconception]:
    """Two or more activations mixed up. gates, candidate: how each is called, and its text in the solution."""
    wrong = [
        *((f"tanh on the {name}", code, code.replace("sigmoid", "tanh")) for name, code in gates),
        (f"sigmoid on the {candidate[0]}", candidate[1], candidate[1].replace("tanh", "sigmoid")),
    ]
    advice = "The gates lie between 0 and 1, so they get the sigmoid. The candidate lies between -1 and 1, so it gets the tanh."
    for chosen in product((False, True), repeat=len(wrong)):
        made = [mistake for mistake, is_made in zip(wrong, chosen, strict=True) if is_made]
        if len(made) > 1:
            name = " + ".join(name for name, _, _ in made)
            yield Misconception(name, f"{name[0].upper()}{name[1:]}: {advice}", {old: new for _, old, new in made})
    for name, code in (*gates, candidate):
        bare = code.partition("(")[2].removesuffix(")")
        advice_for_one = f"The {name} is used without its activation."
        yield Misconception(f"no activation on the {name}", advice_for_one, {code: f"({bare})"})
        relu = f"torch.relu({bare})"
        yield Misconception(f"relu on the {name}", f"The {name} goes through a relu. {advice}", {code: relu})
