"""A child's replies: `Ok` with the result of a request, or `Error`.

Reading is strict, because the other end may be hostile: exactly the keys and types that `to_wire` writes, and each blob used
exactly once. Anything else is a `MalformedMessage`, which the judge takes for a violation of the protocol.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from typing import Any

from .values import Handle, MalformedValue, decode_all, encode

Blobs = Sequence[bytes]
Wire = tuple[dict[str, Any], list[bytes]]
Keep = Callable[[Any], Handle]

MAX_TEXT = 2000
MAX_SKIPPED = 20
REQUIRES_GRAD, DEFAULT_DTYPE, GRAD_MODE = SETTINGS = ("requires_grad", "default dtype", "grad mode")  # a call leaves them alone


class MalformedMessage(ValueError):
    """A message that `to_wire` never writes."""


def require(condition: bool, text: str) -> None:
    if not condition:
        raise MalformedMessage(text)


def _parts(node: Any, *names: str) -> list[Any]:
    """The values of a JSON object that has exactly these keys."""
    if type(node) is not dict or node.keys() != set(names):
        raise MalformedMessage(f"expected an object with {', '.join(names) or 'nothing'}")
    return [node[name] for name in names]


def _is_text(value: Any) -> bool:
    return type(value) is str and len(value) <= MAX_TEXT


@dataclass(frozen=True)
class Error:
    """Why there is no result.

    kind: `memory`; `missing` or `not_callable` (name); `not_a_module`; `names`, when parameters do not fit; `exception`, with
    its builtin type, its text and the last line of the submission that it passed through.
    """

    kind: str
    name: str = ""
    type: str = ""
    text: str = ""
    place: str = ""
    line: int | None = None

    def to_wire(self) -> dict[str, Any]:
        return {"kind": self.kind, **{key: getattr(self, key) for key in _ERROR_PARTS[self.kind]}}

    @classmethod
    def from_wire(cls, node: Any) -> Error:
        kind = node.get("kind") if type(node) is dict else None
        if type(kind) is not str or kind not in _ERROR_PARTS:
            raise MalformedMessage("no such kind of error")
        names = _ERROR_PARTS[kind]
        parts = dict(zip(names, _parts(node, "kind", *names)[1:], strict=True))
        line = parts.get("line")
        require(line is None or type(line) is int, "a line has a number")
        require(all(_is_text(part) for key, part in parts.items() if key != "line"), "an error is told in short texts")
        return cls(kind, **parts)


_ERROR_PARTS: dict[str, tuple[str, ...]] = {
    "memory": (), "missing": ("name",), "not_callable": ("name", "type"), "not_a_module": ("type",), "names": (),
    "exception": ("type", "text", "place", "line"),
}  # fmt: skip


@dataclass(frozen=True)
class Skipped:
    """A top-level statement that failed and was skipped. place: its file or cell. timed_out: it took too long."""

    place: str
    line: int
    error: Error
    timed_out: bool = False
    column: int = 0

    @property
    def position(self) -> tuple[str, int, int]:
        """Distinguishes it from all other statements, even those on the same line."""
        return self.place, self.line, self.column

    def to_wire(self) -> list[Any]:
        return [self.place, self.line, self.error.to_wire(), self.timed_out, self.column]

    @classmethod
    def from_wire(cls, node: Any) -> Skipped:
        require(type(node) is list and len(node) == 5, "a place, a line, an error, whether time ran out, and a column")
        place, line, error, timed_out, column = node
        require(_is_text(place) and type(line) is type(column) is int, "a place has a text and two numbers")
        require(type(timed_out) is bool, "yes or no")
        return cls(place, line, Error.from_wire(error), timed_out, column)


@dataclass(frozen=True)
class Loaded:
    """A loaded submission. skipped: the statements that failed. missing: the tasks that are not defined."""

    skipped: tuple[Skipped, ...] = ()
    missing: tuple[str, ...] = ()

    def to_wire(self) -> dict[str, Any]:
        return {"skipped": [one.to_wire() for one in self.skipped[:MAX_SKIPPED]], "missing": list(self.missing)}

    @classmethod
    def from_wire(cls, node: Any, names: Collection[str]) -> Loaded:
        skipped, missing = _parts(node, "skipped", "missing")
        require(type(missing) is list and all(type(name) is str and name in names for name in missing), "names asked for")
        require(type(skipped) is list and len(skipped) <= MAX_SKIPPED, "a list of skipped statements")
        return cls(tuple(map(Skipped.from_wire, skipped)), tuple(missing))


@dataclass(frozen=True)
class Returned:
    """A call's result.

    changed: indices of input tensors that it changed. containers_changed: a list or dict changed. switched: settings, of
    SETTINGS, that it left in another state.
    """

    value: Any
    changed: tuple[int, ...] = ()
    containers_changed: bool = False
    switched: tuple[str, ...] = ()

    def to_wire(self, blobs: list[bytes], keep: Keep | None) -> dict[str, Any]:
        return {"value": encode(self.value, blobs, keep), "changed": list(self.changed),
                "containers_changed": self.containers_changed, "switched": list(self.switched)}  # fmt: skip

    @classmethod
    def from_wire(cls, node: Any, blobs: Blobs) -> Returned:
        value, changed, containers_changed, switched = _parts(node, "value", "changed", "containers_changed", "switched")
        require(type(changed) is list and all(type(n) is int for n in changed), "inputs have numbers")
        require(type(containers_changed) is bool, "yes or no")
        require(type(switched) is list and all(type(name) is str and name in SETTINGS for name in switched), "known settings")
        return cls(decode_all(value, blobs), tuple(changed), containers_changed, tuple(switched))


@dataclass(frozen=True)
class Made:
    """A new object: whether it is a torch.nn.Module, and the name of its class."""

    is_module: bool
    type_name: str

    def to_wire(self) -> dict[str, Any]:
        return {"module": self.is_module, "type": self.type_name}

    @classmethod
    def from_wire(cls, node: Any) -> Made:
        is_module, type_name = _parts(node, "module", "type")
        require(type(is_module) is bool and _is_text(type_name), "an object is a module or not, and has a class")
        return cls(is_module, type_name)


@dataclass(frozen=True)
class Batched:
    """The replies to several requests, each in wire form."""

    replies: Sequence[Wire]

    def to_wire(self, blobs: list[bytes]) -> list[Any]:
        for _, own in self.replies:
            blobs += own
        return [[header, len(own)] for header, own in self.replies]


@dataclass(frozen=True)
class Ok:
    """The result of a request: one of the records above, or a plain value."""

    result: Any

    def to_wire(self, keep: Keep | None = None) -> Wire:
        blobs: list[bytes] = []
        result = self.result
        if isinstance(result, Returned):
            return {"ok": result.to_wire(blobs, keep)}, blobs
        if isinstance(result, Batched):
            return {"ok": result.to_wire(blobs)}, blobs
        return {"ok": result.to_wire() if isinstance(result, Loaded | Made) else encode(result, blobs)}, blobs


Reply = Ok | Error


def reply_from_wire(
    header: dict[str, Any], blobs: Blobs, result_from_wire: Callable[[Any, Blobs], Any], name_asked: str | None
) -> Reply:
    """result_from_wire: reads the result of the request. name_asked: the one name whose absence the reply may report."""
    try:
        if header.keys() == {"ok"}:
            return Ok(result_from_wire(header["ok"], blobs))
        require(header.keys() == {"error"} and not blobs, "a reply is a result or an error")
        error = Error.from_wire(header["error"])
        require(error.kind not in ("missing", "not_callable") or error.name == name_asked, "an error about another name")
        return error
    except MalformedValue as malformed:
        raise MalformedMessage(str(malformed)) from malformed
