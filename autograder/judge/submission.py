"""The `submission` that hidden graders talk to: calls go to another process, answers come back as plain values.

    submission.rnn_cell_step(x, h, *weights)                   -> Answer, compared with `check`
    submission.call_many("rnn_cell_step", [(x, h, ...), ...])  -> Answers, asked for in one exchange
    submission.new("RNNModel", input_size=4, ...)              -> RemoteObject, a model that stays in the child
    submission.build("made = lambda x, h: ...", a=tensor)      -> RemoteObject, made from the grader's own text

Every request and its reply are recorded, so that diagnosis.py can recognise mistakes by them. Which ones it uses is
explicit: `with submission.attempt() as attempt:` groups the requests inside, and `attempt.discard()` removes them.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from functools import cached_property, partial
from typing import Any, Protocol

from torch import Tensor

from autograder import results
from autograder.protocol.replies import Error, Loaded, Made, MalformedMessage, Reply, Returned, Skipped, Wire
from autograder.protocol.requests import Batch, Build, Call, Load, New, Operators, Request, answer_from_wire
from autograder.protocol.values import Handle
from autograder.sandbox import ChildEnded

from .compare import object_text
from .failures import CheckFailed, TaskAborted
from .messages import PROTOCOL_MESSAGE, Lines, ending_message, raise_error, raise_load_error
from .numbers import numbers_in
from .record import Attempt, Interaction
from .remote import Answer, RemoteObject


class Channel(Protocol):
    """Answers requests: a confined child, or a Runner in the judge's own process."""

    def request(self, header: dict[str, Any], blobs: Sequence[bytes] = ()) -> Wire: ...


class Submission:
    """One submission behind a channel. lines: its source by file or cell name, to quote from."""

    def __init__(self, channel: Channel, lines: Lines) -> None:
        self._channel, self._lines = channel, lines
        self._skipped: Sequence[Skipped] = ()
        self._attempt = Attempt()
        self.last_call = ""
        self._tests = self._count = 0
        self._first_calls: dict[str, Call] = {}  # by function

    def begin(self) -> Attempt:
        """Start another test and return its record. Handles do not depend on how far the previous test got."""
        self._attempt = Attempt()
        self._tests, self._count = self._tests + 1, 0
        return self._attempt

    @contextmanager
    def attempt(self) -> Iterator[Attempt]:
        """Group a part of the test, whose interactions can then be discarded together, inside or after the block."""
        outer, self._attempt = self._attempt, Attempt()
        outer.add(self._attempt)
        try:
            yield self._attempt
        finally:
            self._attempt = outer

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word of at most 30 letters in the submitted source, which was fixed before any hidden input existed."""
        found = (re.findall(r"\w+", line) for lines in self._lines.values() for line in lines)
        return frozenset(word for line in found for word in line if len(word) <= 30)

    def numbers_in(self, function: str) -> frozenset[int]:
        """The whole numbers that the submitted source writes into a function of its own."""
        return numbers_in(self._lines, function)

    def load(self, request: Load) -> Loaded:
        """Load the submission. Raises TaskAborted when it cannot be loaded."""
        label = "Loading your file"
        reply = self._read(request, self._send(request.to_wire(), label))
        if isinstance(reply, Error):
            if reply.kind not in ("memory", "exception"):
                raise violation()
            raise_load_error(reply, self._lines)
        loaded: Loaded = reply.result
        self._skipped = loaded.skipped
        return loaded

    def __getattr__(self, name: str) -> Callable[..., Answer]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args, **kwargs: self.call(name, *args, **kwargs)

    def call(self, name: str, *args: Any, **kwargs: Any) -> Answer:
        """Call the function `name` of the submission."""
        return self.call_target(name, args, kwargs)

    def call_many(self, name: str, cases: Sequence[Sequence[Any]]) -> Iterator[Answer]:
        """Call the function `name` with the arguments of each case, in one exchange; yield the answers in order.

        For many small calls, which cost less than an exchange each. Only the last answer has gradients.
        """
        label = f"{name}(...)"
        calls = [Call(name, _plain(args), self._next("r")) for args in cases]
        left = [(call, call.to_wire(), args) for call, args in zip(calls, cases, strict=True)]
        while left:
            replies = self._read_batch([wire for _, wire, _ in left], label)
            self.last_call = left[len(replies) - 1][0].keep
            for (call, wire, args), reply in zip(left, replies, strict=False):
                interaction = self._recorded(Interaction(call, wire, self._read(call, reply)))
                yield self._answer(call, self._result(interaction, label), label, partial(self.call, name, *args))
            del left[: len(replies)]

    def call_target(
        self,
        name: str,
        args: Sequence[Any] = (),
        kwargs: Mapping[str, Any] | None = None,
        *,
        handle: str | None = None,
        label: str = "",
        compare_values: bool = True,
    ) -> Answer:
        """Call a function, or a method of the object `handle`.

        compare_values: False when the values are random or have several right answers; shapes then name mistakes.
        """
        label = label or f"{name}(...)"
        call = Call(name, _plain(args), self._next("r"), dict(kwargs or {}), handle, compare_values)
        self.last_call = call.keep
        found = self.ask(call, label)
        again = partial(self.call_target, name, args, kwargs, handle=handle, label=label, compare_values=compare_values)
        return self._answer(call, found, label, again)

    def new(self, name: str, **kwargs: Any) -> RemoteObject:
        """Make an object of the submission's class `name`; it stays in the child."""
        label = f"{name}({', '.join(f'{k}={v}' for k, v in kwargs.items())})"
        request = New(name, self._next("o"), kwargs)
        made: Made = self.ask(request, label)
        if not made.is_module:
            raise CheckFailed(f"{label}: {name} is not a torch.nn.Module. Write `class {name}(nn.Module):`.")
        return RemoteObject(self, request.handle, name)

    def build(self, source: str, label: str, parameters: Mapping[str, Tensor] | None = None, **names: Any) -> RemoteObject:
        """Make an object in the child from a source text of ours, which assigns it to `made`. names: the inputs of the text.

        parameters: values for the object's parameters; it must be a model then.
        """
        request = Build(source, self._next("o"), names, parameters)
        self.ask(request, label)
        return RemoteObject(self, request.handle, label)

    def error_of(self, name: str, *args: Any) -> tuple[str, str] | None:
        """The builtin type and the text of what a call raises, or None. The text is for comparison only; never show it."""
        call, label = Call(name, args, self._next("r")), f"{name}(...)"
        self.last_call = call.keep
        interaction = self._asked(call, label)
        error = interaction.reply
        if isinstance(error, Error) and error.kind == "exception" and error.type != "NotImplementedError":
            return error.type, error.text
        self._result(interaction, label)
        return None

    def operators_of(self, name: str, among: Sequence[str]) -> list[str]:
        """Those of `among` that run in a call of the function `name`: a call like its first one, with other numbers.

        Use it only after all tests. Raises TaskAborted as a call does; [] when the call fails or was never made.
        """
        first = self._first_calls.get(name)
        if first is None:
            return []
        call = replace(first, args=_halved(first.args), kwargs=_halved(first.kwargs))
        reply = self._read(Operators(call, among), self._send(Operators(call, among).to_wire(), name))
        return [] if isinstance(reply, Error) else list(reply.result)

    def ask(self, request: Request, label: str) -> Any:
        """The result of a request. Raises CheckFailed or TaskAborted when there is none."""
        return self._result(self._asked(request, label), label)

    # ---- inside

    def _next(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}{self._tests}_{self._count}"

    def _asked(self, request: Request, label: str) -> Interaction:
        wire = request.to_wire()
        return self._recorded(Interaction(request, wire, self._read(request, self._send(wire, label))))

    def _recorded(self, interaction: Interaction) -> Interaction:
        self._attempt.add(interaction)
        if isinstance(interaction.request, Call) and interaction.request.handle is None:
            self._first_calls.setdefault(interaction.request.name, interaction.request)
        return interaction

    def _result(self, interaction: Interaction, label: str) -> Any:
        if isinstance(interaction.reply, Error):
            raise_error(interaction.reply, label, self._lines, self._skipped)
        return interaction.reply.result

    def _send(self, wire: Wire, label: str) -> Wire:
        try:
            return self._channel.request(*wire)
        except ChildEnded as end:
            raise TaskAborted(end.verdict, ending_message(end, label), idle=end.idle) from end

    def _read(self, request: Request, reply: Wire) -> Reply:
        try:
            return answer_from_wire(request, *reply)
        except MalformedMessage as malformed:
            raise violation() from malformed

    def _read_batch(self, calls: Sequence[Wire], label: str) -> list[Wire]:
        """Replies to a non-empty prefix of `calls`."""
        batch = Batch(calls)
        reply = self._read(batch, self._send(batch.to_wire(), label))
        if isinstance(reply, Error):
            raise violation()
        replies: list[Wire] = reply.result
        return replies

    def _answer(self, call: Call, returned: Returned, label: str, again: Callable[[], Answer]) -> Answer:
        value = self._with_remotes(returned.value)
        changed = bool(returned.changed) or returned.containers_changed
        return Answer(self, label, value, changed, returned.switched, call.keep, again)

    def _with_remotes(self, value: Any) -> Any:
        if isinstance(value, Handle):
            return RemoteObject(self, value.name, object_text(value.type_name))
        if isinstance(value, tuple | list):
            return type(value)(self._with_remotes(item) for item in value)
        return value


def violation() -> TaskAborted:
    return TaskAborted(results.PROTOCOL_VIOLATION, PROTOCOL_MESSAGE)


def _plain(args: Sequence[Any]) -> list[Any]:
    """Arguments in the form for the child, with handles for its objects."""
    return [Handle(arg.handle) if isinstance(arg, RemoteObject) else arg for arg in args]


def _halved(value: Any) -> Any:
    """The value with its floating-point tensors halved, so that a stored answer does not fit."""
    if isinstance(value, Tensor):
        return value.detach() / 2 if value.is_floating_point() else value
    if isinstance(value, Mapping):
        return {key: _halved(item) for key, item in value.items()}
    return type(value)(map(_halved, value)) if isinstance(value, list | tuple) else value
