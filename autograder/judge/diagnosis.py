"""Name the mistake behind a wrong answer: put the same questions to every misconception and see whose answers agree.

A misconception is recognised when it gives the submission's answers to all questions of a failed test. When several do,
the questions of the task's other tests tell them apart.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from types import CodeType
from typing import Any

from autograder.sandbox.child.runner import Runner
from autograder.sandbox.child.values import MalformedValue, decode

from .compare import mismatch
from .misconceptions import Misconception
from .submission import Exchange

RTOL = ATOL = 1e-4  # a learner's order of operations may differ from the misconception's


def recognise(
    failed: Sequence[Exchange],
    others: Iterable[Sequence[Exchange]],
    candidates: Mapping[Misconception, str],
    likely: Misconception | None = None,
) -> Misconception | None:
    """The misconception that gives the answers of the failed test, narrowed by the other tests of the task.

    candidates: the source of each misconception as a whole module (trusted: it is run here).
    likely: the one that another test of the task has shown; when it fits here as well, no other is tried.
    """
    if failed and _not_begun(failed[-1]):
        return None
    if likely is not None and agrees(failed, candidates[likely]):
        return likely
    fitting = [m for m, source in candidates.items() if agrees(failed, source)]
    for exchanges in others:
        if len(fitting) > 1:
            fitting = [m for m in fitting if agrees(exchanges, candidates[m])] or fitting
    return fitting[0] if fitting else None


def _not_begun(exchange: Exchange) -> bool:
    """The stub's own `raise NotImplementedError()`; torch raises one with a text when a class has no forward."""
    error = exchange.reply.get("error")
    return isinstance(error, dict) and error.get("type") == "NotImplementedError" and not error.get("text")


def agrees(exchanges: Sequence[Exchange], source: str) -> bool:
    """Whether this code answers every question as the submission did."""
    namespace: dict[str, Any] = {"__name__": "misconception"}
    exec(_compiled(source), namespace)  # anew each time: a misconception may be that something is remembered
    runner = Runner(namespace)
    known: set[str] = set()  # handles whose parameters the judge has set, so that their values can be compared
    for exchange in exchanges:
        reply, blobs = runner.execute(exchange.header, exchange.blobs)
        header = exchange.header
        if header["op"] == "set_parameters":
            known.add(header["handle"])
        values = header["op"] != "parameters" or header["handle"] in known
        if not _same_reply(exchange, reply, blobs, values and not header.get("random", False)):
            return False
    return bool(exchanges)


@lru_cache(maxsize=1024)
def _compiled(source: str) -> CodeType:
    return compile(source, "misconception", "exec")


def _same_reply(exchange: Exchange, reply: dict, blobs: list[bytes], values: bool) -> bool:
    """Their reply may be any JSON: it is kept also when it ended the task as a violation."""
    try:
        return _alike(exchange, reply, blobs, values)
    except (AttributeError, LookupError, TypeError, ValueError, RecursionError):
        return False


def _alike(exchange: Exchange, reply: dict, blobs: list[bytes], values: bool) -> bool:
    theirs = exchange.reply
    if set(theirs) != set(reply):
        return False
    if "error" in theirs:
        return all(theirs["error"].get(key) == reply["error"].get(key) for key in ("kind", "type", "text"))
    op = exchange.header["op"]
    if op == "call":
        flags = all(theirs["ok"][key] == reply["ok"][key] for key in ("changed", "containers_changed"))
        return flags and _same_value(theirs["ok"]["value"], exchange.reply_blobs, reply["ok"]["value"], blobs, values)
    if op == "parameters":
        return _same_parameters(decode(theirs["ok"], exchange.reply_blobs), decode(reply["ok"], blobs), values)
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


def _same_parameters(theirs: Any, ours: Any, values: bool) -> bool:
    """By name, in any order; the names count also where the values do not."""
    one, two = ({name: value if values else _shapes(value) for name, value in pairs} for pairs in (theirs, ours))
    if set(one) != set(two):
        return False
    return all(mismatch(one[name], two[name], rtol=RTOL, atol=ATOL) is None for name in two)


def _shapes(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_shapes(item) for item in value)
    return tuple(value.shape) if hasattr(value, "shape") else type(value).__name__
