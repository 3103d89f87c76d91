"""Name the mistake behind a wrong answer: send the same requests to every misconception and see whose answers agree.

A misconception is recognised when one of its forms gives the submission's answers to all requests of a failed test. When
several do, the requests of the task's other tests tell them apart. Only when none does, rarer mistakes are tried as well: the
families of the task, then pairs of common mistakes.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from itertools import islice
from types import CodeType
from typing import Any

from torch import Tensor

from autograder.child.runner import Runner
from autograder.course import Assignment, CourseError
from autograder.protocol.replies import Error, MalformedMessage, Ok, Reply, Returned
from autograder.protocol.requests import Attributes, Build, Call, Gradients, Parameters, SetParameters, answer_from_wire

from .compare import close, mismatch
from .misconceptions import Misconception, pairs_of
from .record import Interaction

RTOL = ATOL = 1e-4  # a learner's order of operations may differ from the misconception's
MAX_ROUNDED_SHARE = 0.03  # of the weights after a few steps of Adam, which may turn the rounding of a tiny gradient into a step
MAX_CACHED_ANSWERS = 500  # per misconception: more than a class with the same inputs needs
MAX_RARE = 1000  # mistakes to try when none of the usual ones fits; each takes about a millisecond

_Tree = dict[tuple[object, ...], tuple[Reply | None, "_Tree"]]


class MisconceptionReplay:
    """A misconception that answers the same requests as a submission. source: its code, which is trusted and runs here.

    rest: what runs before it, such as the solution of which the source is one stub; it is compiled once for hundreds of them.
    Answers are cached, because a class with the same inputs causes the same requests again and again.
    """

    def __init__(self, source: str, rest: CodeType | None = None) -> None:
        self._source, self._rest = source, rest
        self.forget()

    def forget(self) -> None:
        """Drop all cached answers; the inputs are about to change."""
        self._tree: _Tree = {}
        self._cached = 0

    def answers(self, interactions: Sequence[Interaction]) -> Iterator[Reply | None]:
        """Its reply to each request, in order; None for a malformed one. Each depends on those before: a tree."""
        if self._cached > MAX_CACHED_ANSWERS:
            self.forget()
        branch, runner = self._tree, None
        for number, interaction in enumerate(interactions):
            if interaction.key not in branch:
                runner = runner or self._runner_after(interactions[:number])
                branch[interaction.key] = _reply(runner, interaction), {}
                self._cached += 1
            reply, branch = branch[interaction.key]
            yield reply

    @cached_property
    def _code(self) -> CodeType:
        return compile(self._source, "misconception", "exec")

    def _runner_after(self, interactions: Sequence[Interaction]) -> Runner:
        """A fresh Runner, replayed up to the first unanswered request: a misconception may depend on state kept between calls."""
        namespace: dict[str, Any] = {"__name__": "misconception"}
        if self._rest is not None:
            exec(self._rest, namespace)
        exec(self._code, namespace)
        runner = Runner(namespace)
        for interaction in interactions:
            runner.execute(*interaction.wire)
        return runner


def _reply(runner: Runner, interaction: Interaction) -> Reply | None:
    try:
        return answer_from_wire(interaction.request, *runner.execute(*interaction.wire))
    except MalformedMessage:
        return None


Candidate = tuple[Misconception, MisconceptionReplay]


class Recogniser:
    """Recognises the known mistakes of one task. misconceptions, families: each with the task in whose solution it is made.

    usual: one replay for each form of a misconception. rare: members of families and pairs of common mistakes.
    """

    def __init__(
        self,
        assignment: Assignment,
        misconceptions: Sequence[tuple[str, Misconception]],
        families: Iterable[tuple[str, Misconception]] = (),
    ) -> None:
        self._assignment, self._misconceptions, self._families = assignment, misconceptions, families
        self._solution = compile(assignment.solution_module, "misconception", "exec")
        self._right = MisconceptionReplay("", self._solution)

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
                stubs = misconception.stubs(self._assignment, task)
            except CourseError:  # it no longer fits the solution, which `autograder verify` reports
                continue
            for stub in stubs:
                yield misconception, MisconceptionReplay(stub, self._solution)

    def forget(self) -> None:
        """Drop all cached answers; the inputs are about to change."""
        self._right.forget()
        for part in ("usual", "rare"):
            for _, replay in self.__dict__.get(part, ()):
                replay.forget()

    def recognise(
        self,
        failed: Sequence[Interaction],
        others: Sequence[Sequence[Interaction]],
        previous: Misconception | None = None,
        further: Sequence[Interaction] = (),
    ) -> Misconception | None:
        """The misconception that gives the answers of the failed test, narrowed by the other tests of the task.

        previous: the one recognised in another test of the task; when it fits here as well, no other is tried. further: the
        failed test with questions whose answers rounding may have changed: they decide between mistakes that fit.
        """
        if any(_not_begun(interaction) for interaction in failed):
            return None
        if self._shows_no_mistake(failed):
            return None
        if previous is not None and self._fitting(failed, [c for c in [*self.usual, *self._rare_so_far] if c[0] == previous]):
            return previous
        fitting = self._fitting(failed, self.usual)
        if fitting and len(further) > len(failed):
            fitting = self._closer(further, fitting) or self._closer(further, self._fitting(failed, self.rare)) or fitting
        fitting = fitting or self._fitting(failed, self.rare)
        for interactions in others:
            if len(fitting) > 1:
                fitting = [c for c in fitting if difference(interactions, c[1]) < math.inf] or fitting
        return fitting[0][0] if fitting else None

    @staticmethod
    def _closer(further: Sequence[Interaction], candidates: Sequence[Candidate]) -> list[Candidate]:
        return [candidate for candidate in candidates if difference(further, candidate[1]) < math.inf]

    def _shows_no_mistake(self, failed: Sequence[Interaction]) -> bool:
        """Whether the recorded answers are the solution's own, so that they show no mistake."""
        if difference(failed, self._right) > 0:
            return False
        return all(_keys(one.reply) == _keys(right) for one, right in zip(failed, self._right.answers(failed), strict=True))

    @property
    def _rare_so_far(self) -> list[Candidate]:
        return list(self.__dict__.get("rare", ()))

    def _fitting(self, failed: Sequence[Interaction], candidates: Sequence[Candidate]) -> list[Candidate]:
        """Those that answer as the submission did, the closest first."""
        found = [(difference(failed, replay), (misconception, replay)) for misconception, replay in candidates]
        return [candidate for apart, candidate in sorted(found, key=lambda pair: pair[0]) if apart < math.inf]


def _keys(reply: Reply | None) -> list[Any]:
    """The keys of a returned dict in their order, which a task may require."""
    value = reply.result.value if isinstance(reply, Ok) and isinstance(reply.result, Returned) else None
    return list(value) if isinstance(value, dict) else []


def _not_begun(interaction: Interaction) -> bool:
    """Whether the reply is the stub's `raise NotImplementedError()`; torch raises one with a text when forward is missing."""
    reply = interaction.reply
    return isinstance(reply, Error) and reply.type == "NotImplementedError" and not reply.text


def difference(interactions: Sequence[Interaction], replay: MisconceptionReplay) -> float:
    """0 when the misconception answers every request as the submission did, inf when it does not.

    Values between them, up to MAX_ROUNDED_SHARE, are the share of trained weights that differ by rounding.
    """
    known: set[str] = set()  # handles whose parameters the judge has set, so that their values can be compared
    largest = 0.0 if interactions else math.inf
    for interaction, reply in zip(interactions, replay.answers(interactions), strict=True):
        request = interaction.request
        if isinstance(request, SetParameters) or (isinstance(request, Build) and request.values is not None):
            known.add(request.handle)
        largest = max(largest, _reply_difference(interaction, reply, known))
        if largest > MAX_ROUNDED_SHARE:
            return math.inf
    return largest


def _reply_difference(interaction: Interaction, ours: Reply | None, known: Collection[str]) -> float:
    theirs, request = interaction.reply, interaction.request
    if isinstance(theirs, Error):
        same = isinstance(ours, Error) and (theirs.kind, theirs.type, theirs.text) == (ours.kind, ours.type, ours.text)
        return 0.0 if same else math.inf
    if not isinstance(ours, Ok):
        return math.inf
    if isinstance(request, Parameters):
        return _parameter_difference(theirs.result, ours.result, request.handle in known)
    same = True
    if isinstance(request, Call):
        same = _same_answer(theirs.result, ours.result, request.compare_values)
    elif isinstance(request, Gradients | Attributes):
        same = mismatch(theirs.result, ours.result, rtol=RTOL, atol=ATOL) is None
    return 0.0 if same else math.inf


def _same_answer(theirs: Returned, ours: Returned, compare_values: bool) -> bool:
    one, two = ((answer.changed, answer.containers_changed, answer.switched) for answer in (theirs, ours))
    if one != two:
        return False
    one, two = (theirs.value, ours.value) if compare_values else (_shapes(theirs.value), _shapes(ours.value))
    return mismatch(one, two, rtol=RTOL, atol=ATOL) is None


def _parameter_difference(theirs: Mapping[str, Any], ours: Mapping[str, Any], compare_values: bool) -> float:
    """Compare by name, in any order. Names and shapes must agree even when values are not compared."""
    kinds, others = ({name: (_shapes(p), getattr(p, "dtype", None)) for name, p in pairs.items()} for pairs in (theirs, ours))
    if kinds != others:
        return math.inf
    if not compare_values:
        return 0.0
    if not all(isinstance(value, Tensor) for value in ours.values()):
        return math.inf
    apart = sum(int((~close(theirs[name], ours[name], RTOL, ATOL)).sum()) for name in ours)
    return apart / max(1, sum(int(value.numel()) for value in ours.values()))


def _shapes(value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_shapes(item) for item in value)
    return tuple(value.shape) if hasattr(value, "shape") else type(value).__name__
