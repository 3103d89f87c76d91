"""The `submission` that hidden graders talk to: calls go to another process, answers come back as plain values.

    submission.rnn_cell_step(x, h, *weights)              -> Answer, compared with `check`
    submission.call_many("rnn_cell_step", [(x, h, ...), ...])  -> Answers, asked for in one exchange
    submission.new("RNNModel", input_size=4, ...)         -> RemoteObject, a model that stays in the child
    submission.build("made = lambda x, h: ...", a=tensor) -> RemoteObject, made from the grader's own text

What a student is told about a call that failed is written here. Every request and reply is kept in `interactions`, so that
the same questions can be put to a misconception (see diagnosis.py).
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property, partial
from itertools import accumulate, pairwise
from typing import Any, NoReturn, Protocol

from torch import Tensor

from autograder import results
from autograder.protocol.values import Handle, MalformedValue, decode, encode
from autograder.sandbox import ChildEnded
from autograder.sanitize import one_line

from .compare import mismatch, object_text, shape_text
from .error_text import explain, hint_for, shown_text

Reply = tuple[dict[str, Any], list[bytes]]


class Channel(Protocol):
    """Something that answers requests: a confined child, or a Runner in the judge's own process."""

    def request(self, header: dict[str, Any], blobs: Sequence[bytes] = ()) -> Reply: ...


class CheckFailed(Exception):
    """The submission does not do what the test asks for. The text is for the student.

    hint: what to look at next, for where the mistake is not named. unexplained: all that is known is that values are wrong.
    """

    def __init__(self, text: str, *, hint: str = "", unexplained: bool = False) -> None:
        super().__init__(text)
        self.hint, self.unexplained = hint, unexplained


class NotWritten(CheckFailed):
    """A stub is still as it was given."""


class TaskAborted(Exception):
    """The submission cannot go on: a verdict with its message. It ends the task.

    idle: it did nothing for too long. That rests on the clock on the wall alone, so it is tried once more.
    """

    def __init__(self, verdict: str, message: str, *, idle: bool = False) -> None:
        super().__init__(message)
        self.verdict, self.message, self.idle = verdict, message, idle


@dataclass(frozen=True)
class Interaction:
    """One question and its answer, as they went over the wire."""

    header: dict[str, Any]
    blobs: list[bytes]
    reply: dict[str, Any]
    reply_blobs: list[bytes]

    @cached_property
    def key(self) -> tuple:
        """Equal for equal questions."""
        return json.dumps(self.header, sort_keys=True), *self.blobs


@dataclass(frozen=True)
class Answer:
    """What a call gave back. `label` is the call as the student would write it."""

    submission: Submission
    label: str
    value: Any
    changed_inputs: bool
    call_id: str
    again: Callable[[], Answer]  # puts the same question once more

    def gradients(self, *cotangents: Tensor, parameters_of: Sequence[RemoteObject] = ()) -> list[Tensor | None]:
        """Gradients of sum(output * cotangent) with respect to the call's inputs that require one, then the parameters.

        To be asked for before the next call: the child keeps no graph for longer.
        """
        if self.submission.last_call != self.call_id:
            raise RuntimeError(f"the gradients of {self.label} are asked for after another call")
        blobs: list[bytes] = []
        header = {
            "op": "gradients",
            "cotangents": encode(list(cotangents), blobs),
            "parameters_of": [remote.handle for remote in parameters_of],
        }
        found = self.submission.ask(header, blobs, f"the gradients of {self.label}")
        if not isinstance(found, list) or any(g is not None and not isinstance(g, Tensor) for g in found):
            self.submission.violation()
        return found

    def fail(self, text: str, hint: str = "") -> NoReturn:
        raise CheckFailed(f"{self.label}: {text}" + (f"\n{hint}" if hint else ""))


@dataclass(frozen=True)
class RemoteObject:
    """An object that lives in the child, known here by its handle."""

    submission: Submission
    handle: str
    label: str

    def __call__(self, *args: Any) -> Answer:
        return self.method("", *args, label=f"{self.label}(...)")

    def method(self, name: str, *args: Any, label: str = "") -> Answer:
        """Call a method by its name; '' calls the object itself."""
        target = {"handle": self.handle, "method": name}
        return self.submission.call_target(target, label or f"{self.label}.{name}(...)", args, {})

    def parameters(self) -> dict[str, Tensor]:
        """Names and values of the parameters, in the model's order."""
        label = f"the parameters of {self.label}"
        pairs = self.submission.ask({"op": "parameters", "handle": self.handle}, [], label)
        if not isinstance(pairs, list):
            self.submission.violation()
        found = Parameters(self.submission.words)
        for pair in pairs:
            if type(pair) is not tuple or len(pair) != 2 or type(pair[0]) is not str or pair[0] in found:
                self.submission.violation()
            if not isinstance(pair[1], Tensor):
                raise CheckFailed(f"{label}: {found.shown(pair[0])} is not an ordinary tensor.")
            found[pair[0]] = pair[1]
        return found

    def set_parameters(self, values: Mapping[str, Tensor]) -> None:
        """Write values into the parameters; raises CheckFailed with both lists when names or shapes differ."""
        self._write(self.parameters(), values)

    def adopt(self, values: Mapping[str, Tensor]) -> dict[str, str]:
        """As set_parameters, but other names will do when the shapes come in the same order: names are another test's.

        Returns the model's name for each of ours.
        """
        found = self.parameters()
        names = matched_names(found, values)
        self._write(found, {names.get(name, name): value for name, value in values.items()})
        return names

    def _write(self, found: Mapping[str, Tensor], values: Mapping[str, Tensor]) -> None:
        difference = names_difference(found, values)
        if difference:
            raise CheckFailed(f"{self.label}: {difference}")
        blobs: list[bytes] = []
        header = {"op": "set_parameters", "handle": self.handle, "values": encode(dict(values), blobs)}
        self.submission.ask(header, blobs, f"setting the parameters of {self.label}", decoded=False)

    def attributes(self, *names: str) -> dict[str, Any]:
        header = {"op": "attributes", "handle": self.handle, "names": list(names)}
        found = self.submission.ask(header, [], f"the attributes of {self.label}")
        if not isinstance(found, dict):
            self.submission.violation()
        return found


class Parameters(dict[str, Tensor]):
    """Parameters by name. A name can be made up after hidden inputs were seen, so it is shown only if its parts stand in the
    submission's source or are torch's own."""

    TORCH = re.compile(r"(weight|bias)(_ih|_hh)?(_l\d)?(_reverse)?|in_proj_weight|\d{1,2}")

    def __init__(self, words: Collection[str]) -> None:
        super().__init__()
        self.words = words

    def shown(self, name: str) -> str:
        parts = name.split(".")
        own = len(parts) <= 4 and all(part in self.words or self.TORCH.fullmatch(part) for part in parts)
        return one_line(name, 80) if own else "a name that does not stand in your file"


def matched_names(found: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> dict[str, str]:
    """The found name for each expected one: the same name, or the same place when the shapes come in the same order."""
    if set(found) == set(expected):
        return {name: name for name in expected}
    if [tuple(t.shape) for t in found.values()] == [tuple(t.shape) for t in expected.values()]:
        return dict(zip(expected, found, strict=True))
    return {}


def names_difference(found: Mapping[str, Tensor], expected: Mapping[str, Tensor]) -> str:
    """Parameter names and shapes side by side where they differ; '' when they agree."""
    one, other = ({name: tuple(t.shape) for name, t in d.items()} for d in (found, expected))
    shown = found.shown if isinstance(found, Parameters) else Parameters(()).shown
    if one == other:
        return ""
    surplus = [n for n in one if n not in other]
    missing = [n for n in other if n not in one]
    lines = [f"found {shown(a)}, expected {b}" for a, b in zip(surplus, missing, strict=False)]
    lines += [f"found {shown(n)}, which should not be there" for n in surplus[len(missing) :]]
    lines += [f"{n} is missing" for n in missing[len(surplus) :]]
    lines += [f"{n} has shape {shape_text(one[n])}, expected {other[n]}" for n in one if n in other and one[n] != other[n]]
    return "parameter names and shapes differ.\n" + "\n".join([*lines[:6], *(["..."] if len(lines) > 6 else [])])


class Submission:
    """One submission, seen through a channel. lines: its source by file or cell name, to quote from."""

    def __init__(self, channel: Channel, lines: Mapping[str, list[str]]) -> None:
        self._channel, self._lines = channel, lines
        self._load_failures: list[dict] = []
        self.interactions: list[Interaction] = []
        self.last_call = ""
        self._tests = self._count = 0

    def begin(self, interactions: list[Interaction]) -> None:
        """Another test: its questions and answers go there. Its handles do not depend on how far the one before it came."""
        self.interactions = interactions
        self._tests, self._count = self._tests + 1, 0

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word of at most 30 letters in the submission as it was handed in, before any hidden input was there."""
        found = (re.findall(r"\w+", line) for lines in self._lines.values() for line in lines)
        return frozenset(word for line in found for word in line if len(word) <= 30)

    def load(self, header: dict[str, Any], blobs: list[bytes]) -> dict[str, list]:
        """Load it. Raises TaskAborted when that fails; what the reply says of a notebook's cells is remembered and returned."""
        reply, _ = self._request(header, blobs, "Loading your file")
        error = well_formed_error(reply.get("error")) if set(reply) == {"error"} else None
        if error is not None and error["kind"] == "memory":
            raise TaskAborted(results.MEMORY_LIMIT, f"Loading your file took more memory than the grader allows. {MEMORY_HINT}")
        if error is not None and error["kind"] == "exception":
            raise TaskAborted(
                results.LOAD_ERROR, f"Your file cannot be loaded: {explain(error, self._lines, hidden_inputs=False)}."
            )
        loaded = reply.get("ok")
        if not _well_formed_load(loaded, header["names"]):
            self.violation()
        self._load_failures = loaded["failures"]
        return loaded

    def __getattr__(self, name: str) -> Callable[..., Answer]:
        if name.startswith("_"):
            raise AttributeError(name)
        return lambda *args, **kwargs: self.call(name, *args, **kwargs)

    def call(self, name: str, *args: Any, **kwargs: Any) -> Answer:
        """Call the function `name` of the submission."""
        return self.call_target({"name": name}, f"{name}(...)", args, kwargs)

    def call_many(self, name: str, cases: Sequence[Sequence[Any]]) -> Iterator[Answer]:
        """Call the function `name` with the arguments of each case, in one exchange; the answers in turn.

        For many small calls, each of which costs less than the exchange does. Only the last answer has gradients.
        """
        label, calls = f"{name}(...)", []
        for args in cases:
            blobs: list[bytes] = []
            calls.append((self._call_header({"name": name}, args, {}, blobs), blobs, args))
        while calls:
            replies = self._batch([(header, blobs) for header, blobs, _ in calls], label)
            for (header, blobs, args), (reply, reply_blobs) in zip(calls, replies, strict=False):
                taken, reply_blobs = self._taken(Interaction(header, blobs, reply, reply_blobs), label)
                yield self._answer(header, taken, reply_blobs, label, partial(self.call, name, *args))
            del calls[: len(replies)]

    def _batch(self, calls: Sequence[tuple[dict, list[bytes]]], label: str) -> list[Reply]:
        """The replies to the first of the calls, to one at least."""
        header = {"op": "batch", "requests": [[header, len(blobs)] for header, blobs in calls]}
        reply, blobs = self._request(header, [blob for _, blobs in calls for blob in blobs], label)
        replies = reply["ok"] if set(reply) == {"ok"} else None
        if not isinstance(replies, list) or not 0 < len(replies) <= len(calls) or not all(map(_is_counted_reply, replies)):
            self.violation()
        ends = list(accumulate((count for _, count in replies), initial=0))
        if ends[-1] != len(blobs):
            self.violation()
        self.last_call = calls[len(replies) - 1][0]["keep"]
        return [(reply, blobs[start:end]) for (reply, _), (start, end) in zip(replies, pairwise(ends), strict=True)]

    def call_target(
        self, target: dict[str, str], label: str, args: Sequence[Any], kwargs: Mapping[str, Any], *, random: bool = False
    ) -> Answer:
        """random: the value is not what the question is about; to recognise a mistake, only its shape is compared."""
        blobs: list[bytes] = []
        header = self._call_header(target, args, kwargs, blobs, random)
        reply, reply_blobs = self._exchange(header, blobs, label)
        again = partial(self.call_target, target, label, args, kwargs, random=random)
        return self._answer(header, reply, reply_blobs, label, again)

    def _call_header(
        self, target: dict[str, str], args: Sequence[Any], kwargs: Mapping[str, Any], blobs: list[bytes], random: bool = False
    ) -> dict[str, Any]:
        plain = [Handle(a.handle) if isinstance(a, RemoteObject) else a for a in args]
        return {"op": "call", "target": target, "keep": self._next("r"),
                "args": encode(plain, blobs), "kwargs": encode(dict(kwargs), blobs), "random": random}  # fmt: skip

    def _answer(self, header: dict, reply: Any, blobs: list[bytes], label: str, again: Callable[[], Answer]) -> Answer:
        if not _has_keys(reply, "value", "changed", "containers_changed"):
            self.violation()
        value = self._with_remotes(self._decoded(reply["value"], blobs), label)
        changed = bool(reply["changed"]) or bool(reply["containers_changed"])
        return Answer(self, label, value, changed, header["keep"], again)

    def new(self, name: str, **kwargs: Any) -> RemoteObject:
        """Make an object of the submission's class `name`; it stays in the child."""
        blobs: list[bytes] = []
        handle = self._next("o")
        label = f"{name}({', '.join(f'{k}={v}' for k, v in kwargs.items())})"
        header = {"op": "new", "name": name, "handle": handle, "kwargs": encode(kwargs, blobs)}
        reply, _ = self._exchange(header, blobs, label)
        if not _has_keys(reply, "module", "type"):
            self.violation()
        if reply["module"] is not True:
            raise CheckFailed(f"{label}: {name} is not a torch.nn.Module. Write `class {name}(nn.Module):`.")
        return RemoteObject(self, handle, name)

    def build(self, source: str, label: str, parameters: Mapping[str, Tensor] | None = None, **names: Any) -> RemoteObject:
        """Make an object in the child from the grader's text, which assigns it to `made`; `names` are its inputs.

        parameters: what to write into those of the object, which is a model then.
        """
        blobs: list[bytes] = []
        handle = self._next("o")
        values = None if parameters is None else encode(dict(parameters), blobs)
        header = {"op": "build", "source": source, "handle": handle, "values": values, "names": encode(names, blobs)}
        self._exchange(header, blobs, label)
        return RemoteObject(self, handle, label)

    def error_of(self, name: str, *args: Any) -> tuple[str, str] | None:
        """The builtin type and the text of what a call raises, or None. The text is for comparing, not for showing."""
        blobs: list[bytes] = []
        header = {"op": "call", "target": {"name": name}, "keep": self._next("r"),
                  "args": encode(list(args), blobs), "kwargs": ["dict", []]}  # fmt: skip
        try:
            self._exchange(header, blobs, f"{name}(...)", tell_errors=False)
        except _Raised as raised:
            return raised.error["type"], raised.error["text"]
        return None

    def ask(self, header: dict, blobs: list[bytes], label: str, decoded: bool = True) -> Any:
        """One request whose `ok` is a value."""
        reply, reply_blobs = self._exchange(header, blobs, label)
        return self._decoded(reply, reply_blobs) if decoded else reply

    def violation(self) -> NoReturn:
        raise TaskAborted(results.PROTOCOL_VIOLATION, PROTOCOL_MESSAGE)

    # ---- inside

    def _next(self, prefix: str) -> str:
        self._count += 1
        return f"{prefix}{self._tests}_{self._count}"

    def _exchange(self, header: dict, blobs: list[bytes], label: str, tell_errors: bool = True) -> tuple[Any, list[bytes]]:
        if header["op"] == "call":
            self.last_call = header["keep"]
        return self._taken(Interaction(header, blobs, *self._request(header, blobs, label)), label, tell_errors)

    def _request(self, header: dict, blobs: list[bytes], label: str) -> Reply:
        try:
            return self._channel.request(header, blobs)
        except ChildEnded as end:
            raise TaskAborted(end.verdict, ending_message(end, label), idle=end.idle) from end

    def _taken(self, exchange: Interaction, label: str, tell_errors: bool = True) -> tuple[Any, list[bytes]]:
        """Note what was asked and answered. Raises CheckFailed for an error, TaskAborted for what no honest child says."""
        self.interactions.append(exchange)
        header, reply = exchange.header, exchange.reply
        if set(reply) == {"ok"}:
            return reply["ok"], exchange.reply_blobs
        if set(reply) != {"error"}:
            self.violation()
        error = well_formed_error(reply["error"])
        if error is None:
            self.violation()
        if not tell_errors and error["kind"] == "exception" and error["type"] != "NotImplementedError":
            raise _Raised(error)
        if "name" in error and error["name"] != _name_asked(header):
            self.violation()
        self._tell(error, label)

    def _tell(self, error: dict, label: str) -> NoReturn:
        kind = error["kind"]
        if kind == "memory":
            raise TaskAborted(results.MEMORY_LIMIT, f"{label} asked for more memory than the grader allows. {MEMORY_HINT}")
        if kind == "missing":
            raise CheckFailed(self._missing(error["name"], label))
        if kind == "not_callable":
            raise CheckFailed(f"{label}: {one_line(error['name'], 60)} is not a function or a class.")
        if kind == "not_a_module":
            raise CheckFailed(f"{label}: expected a torch.nn.Module, found an object of another class.")
        if kind == "names":
            raise CheckFailed(f"{label}: the parameters changed their names or shapes.")
        if error["type"] == "NotImplementedError" and 'missing the required "forward"' in error["text"]:
            raise CheckFailed(
                f"{label}: the class has no method forward. Define it in the class, beside __init__ and not inside it."
            )
        if error["type"] == "NotImplementedError":
            raise NotWritten(f"{label}: not written yet. Replace `raise NotImplementedError()` when you start this task.")
        hint = hint_for(shown_text(error, self._lines))
        raise CheckFailed(f"{label} raised {explain(error, self._lines, hidden_inputs=True)}.", hint=hint)

    def _missing(self, name: str, label: str) -> str:
        name = one_line(name, 60)
        for failure in self._load_failures:
            if failure["kind"] == "exception" and any(
                f"def {name}" in line or f"class {name}" in line for line in self._lines.get(f"cell {failure['cell']}", [])
            ):
                return f"{name} is not defined: its cell raised {explain(failure, self._lines, hidden_inputs=False)}."
        if "." in label.removesuffix("(...)"):
            return f"{label}: there is no method {name}. Keep the names of the stub."
        return f"{name} is not defined in your submission. Keep the name of the stub and define it at the top level."

    def _decoded(self, tree: Any, blobs: list[bytes]) -> Any:
        try:
            return decode(tree, blobs)
        except MalformedValue:
            self.violation()

    def _with_remotes(self, value: Any, label: str) -> Any:
        if isinstance(value, Handle):
            return RemoteObject(self, value.name, object_text(value.type_name))
        if isinstance(value, tuple | list):
            return type(value)(self._with_remotes(item, label) for item in value)
        return value


class _Raised(Exception):
    def __init__(self, error: dict) -> None:
        super().__init__(error["type"])
        self.error = error


PROTOCOL_MESSAGE = (
    "The grader and your code lost touch: something in the submission writes to the grader's own channel or replaces parts of "
    "Python that it needs. Remove code that opens file descriptors or patches builtins."
)
ENDINGS = {
    results.CRASHED: "{label} ended the whole process ({detail}). Look for os._exit, exit() or a crash in native code.",
    results.TIME_LIMIT: "{label} did not finish: {detail}. The reference needs less than a second: does a loop not end, or is "
    "the work done in many more steps than it needs?",
    results.MEMORY_LIMIT: "{label} asked for more memory than the grader allows. {memory_hint}",
    results.OUTPUT_LIMIT: "{label} printed too much ({detail}). Remove prints inside loops.",
    results.PROTOCOL_VIOLATION: PROTOCOL_MESSAGE,
}


def ending_message(end: ChildEnded, label: str) -> str:
    """What a student reads when their process ended instead of answering."""
    if end.idle:
        return f"{label} did not finish: {end.detail}. Look for input(), sleep() or a wait for another thread."
    return ENDINGS[end.verdict].format(label=label, detail=one_line(end.detail, 100), memory_hint=MEMORY_HINT)


MEMORY_HINT = "Look for tensors that grow in a loop, or sizes that are multiplied by mistake."
_ERROR_KEYS = {
    "memory": set(), "missing": {"name"}, "not_callable": {"name", "type"}, "not_a_module": {"type"}, "names": set(),
    "exception": {"type", "text", "place", "line"},
}  # fmt: skip


def well_formed_error(error: Any) -> dict[str, Any] | None:
    """The error if it has exactly the keys and types that the child writes, else None."""
    kind = error.get("kind") if isinstance(error, dict) else None
    if not isinstance(kind, str) or kind not in _ERROR_KEYS:
        return None
    if set(error) - {"kind"} != _ERROR_KEYS[kind]:
        return None
    texts = (value for key, value in error.items() if key != "line")
    line = error.get("line")
    if not all(isinstance(text, str) and len(text) <= 2000 for text in texts) or not (line is None or type(line) is int):
        return None
    return error


def _is_counted_reply(pair: Any) -> bool:
    """A reply and the number of its blobs."""
    return type(pair) is list and len(pair) == 2 and type(pair[0]) is dict and type(pair[1]) is int and pair[1] >= 0


def _has_keys(reply: Any, *keys: str) -> bool:
    return isinstance(reply, dict) and set(reply) == set(keys)


def _name_asked(header: Mapping[str, Any]) -> str | None:
    """The name whose absence a reply may report: that of the function, the method or the class in the request."""
    target = header.get("target", header)
    return target.get("name", target.get("method"))


def _well_formed_load(loaded: Any, names: list[str]) -> bool:
    if not isinstance(loaded, dict) or set(loaded) != {"failures", "missing"}:
        return False
    failures, missing = loaded["failures"], loaded["missing"]
    if not isinstance(failures, list) or not isinstance(missing, list) or any(name not in names for name in missing):
        return False
    for failure in failures:
        number = failure.pop("cell", None) if isinstance(failure, dict) else None
        if type(number) is not int or well_formed_error(failure) is None:
            return False
        failure["cell"] = number
    return True


WAVERS = "The same call, made again, gives another answer: is something drawn at random, or kept from one call to the next?"


def check_all(answers: Iterable[Answer], expected: Iterable[Any], axes: Any = None) -> None:
    """`check` for answer after answer, as they come from `Submission.each`."""
    for answer, right in zip(answers, expected, strict=True):
        check(answer, right, axes)


def check(answer: Answer, expected: Any, axes: Any = None, *, rtol: float = 1e-5, atol: float = 1e-5) -> None:
    """Fail with call, got, expected and the next step unless the answer equals `expected` (see compare.py)."""
    found = mismatch(answer.value, expected, axes, rtol=rtol, atol=atol)
    if found:
        hint, unexplained = found.hint, found.unexplained
        if found.only_values and mismatch(answer.again().value, answer.value) is not None:
            hint, unexplained = WAVERS, False
        text = f"{answer.label}{found.where}: {found.text}" + (f"\n{hint}" if hint else "")
        raise CheckFailed(text, unexplained=unexplained)
