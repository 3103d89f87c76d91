"""Name the mistake behind a wrong answer: put the same questions to every misconception and see whose answers agree.

A misconception is recognised when it gives the submission's answers to all questions of a failed test. When several do,
the questions of the task's other tests tell them apart.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from autograder.child.runner import Reply, Runner
from autograder.protocol.values import MalformedValue, decode

from .compare import close, mismatch
from .misconceptions import Misconception
from .submission import Interaction

RTOL = ATOL = 1e-4  # a learner's order of operations may differ from the misconception's
ROUNDED = 0.03  # of the weights after a few steps of Adam, which turns the rounding of a tiny gradient into a whole step
MAX_CACHED_ANSWERS = 500  # answers of one misconception: more than a class on the same inputs asks for

_Tree = dict[tuple, tuple[Reply, "_Tree"]]


class MisconceptionReplay:
    """A misconception that answers the same questions as a submission. source: its whole module (trusted: it is run here).

    Answers are kept: a class that is graded on the same inputs asks the same questions again and again.
    """

    def __init__(self, source: str) -> None:
        self._code = compile(source, "misconception", "exec")
        self.forget()

    def forget(self) -> None:
        """The questions will be others."""
        self._tree: _Tree = {}
        self._kept = 0

    def answers(self, interactions: Sequence[Interaction]) -> Iterator[Reply]:
        """Its reply to each request, in order. Each depends on those before it, so they are kept as a tree."""
        if self._kept > MAX_CACHED_ANSWERS:
            self.forget()
        branch, runner = self._tree, None
        for number, exchange in enumerate(interactions):
            if exchange.key not in branch:
                runner = runner or self._asked(interactions[:number])
                branch[exchange.key] = runner.execute(exchange.header, exchange.blobs), {}
                self._kept += 1
            reply, branch = branch[exchange.key]
            yield reply

    def _asked(self, interactions: Sequence[Interaction]) -> Runner:
        """Made anew, since a misconception may be that something is remembered, and brought to where the answers end."""
        namespace: dict[str, Any] = {"__name__": "misconception"}
        exec(self._code, namespace)
        runner = Runner(namespace)
        for exchange in interactions:
            runner.execute(exchange.header, exchange.blobs)
        return runner


def recognise(
    failed: Sequence[Interaction],
    others: Iterable[Sequence[Interaction]],
    candidates: Mapping[Misconception, MisconceptionReplay],
    previous: Misconception | None = None,
) -> Misconception | None:
    """The misconception that gives the answers of the failed test, narrowed by the other tests of the task.

    previous: the one that another test of the task has shown; when it fits here as well, no other is tried.
    """
    if failed and _not_begun(failed[-1]):
        return None
    if previous is not None and difference(failed, candidates[previous]) < math.inf:
        return previous
    found = {m: difference(failed, replay) for m, replay in candidates.items()}
    fitting = sorted((m for m in found if found[m] < math.inf), key=found.__getitem__)
    for interactions in others:
        if len(fitting) > 1:
            fitting = [m for m in fitting if difference(interactions, candidates[m]) < math.inf] or fitting
    return fitting[0] if fitting else None


def _not_begun(exchange: Interaction) -> bool:
    """The stub's own `raise NotImplementedError()`; torch raises one with a text when a class has no forward."""
    error = exchange.reply.get("error")
    return isinstance(error, dict) and error.get("type") == "NotImplementedError" and not error.get("text")


def difference(interactions: Sequence[Interaction], replay: MisconceptionReplay) -> float:
    """0 when it answers every question as the submission did, inf when it does not.

    Between them, up to ROUNDED: the share of trained weights that rounding has driven apart.
    """
    known: set[str] = set()  # handles whose parameters the judge has set, so that their values can be compared
    largest = 0.0 if interactions else math.inf
    for exchange, (reply, blobs) in zip(interactions, replay.answers(interactions), strict=True):
        header = exchange.header
        if header.get("values") is not None:
            known.add(header["handle"])
        values = header["op"] != "parameters" or header["handle"] in known
        largest = max(largest, _reply_difference(exchange, reply, blobs, values and not header.get("random", False)))
        if largest > ROUNDED:
            return math.inf
    return largest


def _reply_difference(exchange: Interaction, reply: dict, blobs: list[bytes], values: bool) -> float:
    """Their reply may be any JSON: it is kept also when it ended the task as a violation."""
    try:
        return _compared(exchange, reply, blobs, values)
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError):
        return math.inf


def _compared(exchange: Interaction, reply: dict, blobs: list[bytes], values: bool) -> float:
    theirs, op = exchange.reply, exchange.header["op"]
    if set(theirs) != set(reply):
        return math.inf
    if "error" not in theirs and op == "parameters":
        return _parameter_difference(decode(theirs["ok"], exchange.reply_blobs), decode(reply["ok"], blobs), values)
    return 0.0 if _alike(exchange, reply, blobs, values) else math.inf


def _alike(exchange: Interaction, reply: dict, blobs: list[bytes], values: bool) -> bool:
    theirs, op = exchange.reply, exchange.header["op"]
    if "error" in theirs:
        return all(theirs["error"].get(key) == reply["error"].get(key) for key in ("kind", "type", "text"))
    if op == "call":
        flags = all(theirs["ok"][key] == reply["ok"][key] for key in ("changed", "containers_changed"))
        return flags and _same_value(theirs["ok"]["value"], exchange.reply_blobs, reply["ok"]["value"], blobs, values)
    if op in ("gradients", "attributes"):
        return _same_value(theirs["ok"], exchange.reply_blobs, reply["ok"], blobs, values)
    return True


def _same_value(tree: Any, tree_blobs: list[bytes], other: Any, other_blobs: list[bytes], values: bool) -> bool:
    try:
        one, two = decode(tree, tree_blobs), decode(other, other_blobs)
    except MalformedValue:
        return False
    if not values:
        one, two = _shapes(one), _shapes(two)
    return mismatch(one, two, rtol=RTOL, atol=ATOL) is None


def _parameter_difference(theirs: Any, ours: Any, values: bool) -> float:
    """By name, in any order; the names count also where the values do not."""
    one, two = dict(theirs), dict(ours)
    kinds, others = ({name: (_shapes(p), getattr(p, "dtype", None)) for name, p in pairs.items()} for pairs in (one, two))
    if kinds != others:
        return math.inf
    if not values:
        return 0.0
    apart = sum(int((~close(one[name], two[name], RTOL, ATOL)).sum()) for name in two)
    return apart / max(1, sum(value.numel() for value in two.values()))


def _shapes(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_shapes(item) for item in value)
    return tuple(value.shape) if hasattr(value, "shape") else type(value).__name__
