"""Name the mistake behind a wrong answer: put the same questions to every misconception and see whose answers agree.

A misconception is recognised when one of its forms gives the submission's answers to all questions of a failed test. When
several do, the questions of the task's other tests tell them apart. Only where none does, rarer mistakes are asked as well: the
families of the task, then pairs of common mistakes.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from functools import cached_property
from itertools import islice
from typing import Any

from autograder.child.runner import Reply, Runner
from autograder.course import Assignment, CourseError
from autograder.protocol.values import MalformedValue, decode

from .compare import close, mismatch
from .misconceptions import Misconception, pairs_of
from .submission import Interaction

RTOL = ATOL = 1e-4  # a learner's order of operations may differ from the misconception's
MAX_ROUNDED_SHARE = 0.03  # of the weights after a few steps of Adam, which may turn the rounding of a tiny gradient into a step
MAX_CACHED_ANSWERS = 500  # answers of one misconception: more than a class on the same inputs asks for
MAX_RARE = 300  # mistakes that are asked only where the usual ones do not fit; each takes about a millisecond

_Tree = dict[tuple, tuple[Reply, "_Tree"]]


class MisconceptionReplay:
    """A misconception that answers the same questions as a submission. source: its code (trusted: it is run here).

    Answers are cached: a class that is graded on the same inputs asks the same questions again and again.
    """

    def __init__(self, source: str) -> None:
        self._source = source
        self.forget()

    def forget(self) -> None:
        """Drop all cached answers; the inputs are about to change."""
        self._tree: _Tree = {}
        self._cached = 0

    def answers(self, interactions: Sequence[Interaction]) -> Iterator[Reply]:
        """Its reply to each request, in order. Each depends on those before it, so they are cached as a tree."""
        if self._cached > MAX_CACHED_ANSWERS:
            self.forget()
        branch, runner = self._tree, None
        for number, exchange in enumerate(interactions):
            if exchange.key not in branch:
                runner = runner or self._runner_after(interactions[:number])
                branch[exchange.key] = runner.execute(exchange.header, exchange.blobs), {}
                self._cached += 1
            reply, branch = branch[exchange.key]
            yield reply

    @cached_property
    def _code(self) -> Any:
        return compile(self._source, "misconception", "exec")

    def _runner_after(self, interactions: Sequence[Interaction]) -> Runner:
        """A fresh Runner, replayed up to the first unanswered request: a misconception may depend on state kept between calls."""
        namespace: dict[str, Any] = {"__name__": "misconception"}
        exec(self._code, namespace)
        runner = Runner(namespace)
        for exchange in interactions:
            runner.execute(exchange.header, exchange.blobs)
        return runner


Candidate = tuple[Misconception, MisconceptionReplay]


class Recogniser:
    """The known mistakes of one task. misconceptions, families: each with the task in whose solution it is made.

    usual: one replay for each form of a misconception. rare: members of families and pairs of common mistakes.
    """

    def __init__(
        self,
        assignment: Assignment,
        misconceptions: Sequence[tuple[str, Misconception]],
        families: Iterable[tuple[str, Misconception]] = (),
    ) -> None:
        self._assignment, self._misconceptions, self._families = assignment, misconceptions, families

    @cached_property
    def usual(self) -> list[Candidate]:
        return list(self._replays(self._misconceptions))

    @cached_property
    def rare(self) -> list[Candidate]:
        tasks = dict.fromkeys(task for task, _ in self._misconceptions)
        pairs = ((task, pair) for task in tasks for pair in pairs_of(m for t, m in self._misconceptions if t == task))
        return list(islice(self._replays([*self._families, *pairs]), MAX_RARE))

    def _replays(self, misconceptions: Iterable[tuple[str, Misconception]]) -> Iterator[Candidate]:
        for task, misconception in misconceptions:
            try:
                sources = misconception.submissions(self._assignment, task)
            except CourseError:  # one that no longer fits the solution names no mistake; `autograder verify` says so
                continue
            for source in sources:
                yield misconception, MisconceptionReplay(source)

    def forget(self) -> None:
        """Drop all cached answers; the inputs are about to change."""
        for part in ("usual", "rare"):
            for _, replay in self.__dict__.get(part, ()):
                replay.forget()

    def recognise(
        self,
        failed: Sequence[Interaction],
        others: Sequence[Sequence[Interaction]],
        previous: Misconception | None = None,
    ) -> Misconception | None:
        """The misconception that gives the answers of the failed test, narrowed by the other tests of the task.

        previous: the one that another test of the task has shown; when it fits here as well, no other is tried.
        """
        if failed and _not_begun(failed[-1]):
            return None
        if previous is not None and self._fitting(failed, [c for c in [*self.usual, *self._rare_so_far] if c[0] == previous]):
            return previous
        fitting = self._fitting(failed, self.usual) or self._fitting(failed, self.rare)
        for interactions in others:
            if len(fitting) > 1:
                fitting = [c for c in fitting if difference(interactions, c[1]) < math.inf] or fitting
        return fitting[0][0] if fitting else None

    @property
    def _rare_so_far(self) -> list[Candidate]:
        return self.__dict__.get("rare", [])

    def _fitting(self, failed: Sequence[Interaction], candidates: Sequence[Candidate]) -> list[Candidate]:
        """Those that answer as the submission did, the nearest first."""
        found = [(difference(failed, replay), (misconception, replay)) for misconception, replay in candidates]
        return [candidate for apart, candidate in sorted(found, key=lambda pair: pair[0]) if apart < math.inf]


def _not_begun(exchange: Interaction) -> bool:
    """The stub's own `raise NotImplementedError()`; torch raises one with a text when a class has no forward."""
    error = exchange.reply.get("error")
    return isinstance(error, dict) and error.get("type") == "NotImplementedError" and not error.get("text")


def difference(interactions: Sequence[Interaction], replay: MisconceptionReplay) -> float:
    """0 when it answers every question as the submission did, inf when it does not.

    Between them, up to MAX_ROUNDED_SHARE: the share of trained weights that rounding has driven apart.
    """
    known: set[str] = set()  # handles whose parameters the judge has set, so that their values can be compared
    largest = 0.0 if interactions else math.inf
    for exchange, (reply, blobs) in zip(interactions, replay.answers(interactions), strict=True):
        header = exchange.header
        if header.get("values") is not None:
            known.add(header["handle"])
        values = header["op"] != "parameters" or header["handle"] in known
        largest = max(largest, _reply_difference(exchange, reply, blobs, values and not header.get("random", False)))
        if largest > MAX_ROUNDED_SHARE:
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
