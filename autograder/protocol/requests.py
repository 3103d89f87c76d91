"""The judge's requests to a child: one frozen dataclass each.

`to_wire` writes a header of JSON and raw blobs; `request_from_wire` reads them back, in the child and, for a misconception,
in the judge. `result_from_wire` reads an honest child's answer to this request (see replies.py).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import islice
from typing import Any, ClassVar, Protocol

from torch import Tensor

from .replies import Blobs, Loaded, Made, MalformedMessage, Reply, Returned, Wire, reply_from_wire, require
from .values import Odd, decode, decode_all, encode

Objects = Mapping[str, Any]  # the child's objects by handle


class Request(Protocol):
    @property
    def name_asked(self) -> str | None:
        """The function, method or class whose absence the reply may report."""

    def to_wire(self) -> Wire: ...

    def result_from_wire(self, node: Any, blobs: Blobs) -> Any:
        """Read the result under `ok`. Raises MalformedMessage for anything that an honest child does not answer."""


class _NamesNothing:
    name_asked: ClassVar[str | None] = None


class _WithoutResult(_NamesNothing):
    def result_from_wire(self, node: Any, blobs: Blobs) -> None:
        require(decode_all(node, blobs) is None, "a result where there is none")


@dataclass(frozen=True)
class Load(_NamesNothing):
    """Load a submission: a module's text or a notebook's code cells, and the modules beside it. names: the tasks to look for.

    without: the positions of statements that took too long in an earlier child and are skipped now.
    """

    kind: str
    name: str
    cells: Sequence[str]
    helpers: Mapping[str, str]
    names: Sequence[str]
    without: Sequence[tuple[str, int, int]] = ()

    def to_wire(self) -> Wire:
        header = {"op": "load", "kind": self.kind, "name": self.name, "helpers": list(self.helpers),
                  "names": list(self.names), "without": list(map(list, self.without))}  # fmt: skip
        return header, [text.encode() for text in (*self.helpers.values(), *self.cells)]

    @classmethod
    def from_wire(cls, header: dict[str, Any], blobs: Blobs, objects: Objects) -> Load:
        texts, helpers = [blob.decode() for blob in blobs], header["helpers"]
        require(len(texts) >= len(helpers), "a helper without text")
        modules = dict(zip(helpers, texts, strict=False))
        without = [(place, line, column) for place, line, column in header["without"]]
        return cls(header["kind"], header["name"], texts[len(helpers) :], modules, header["names"], without)

    def result_from_wire(self, node: Any, blobs: Blobs) -> Loaded:
        require(not blobs, "surplus blobs")
        return Loaded.from_wire(node, self.names)


@dataclass(frozen=True)
class Call:
    """Call the submission's function `name`, or a method of the object `handle`; '' calls the object itself.

    keep: prefix for the handles of objects in the answer. compare_values: whether a mistake is recognised by the values in the
    answer, or only by their shapes, when they are random or have several right values. It is not sent to the child.
    """

    name: str
    args: Sequence[Any]
    keep: str
    kwargs: Mapping[str, Any] = field(default_factory=dict)
    handle: str | None = None
    compare_values: bool = True

    @property
    def name_asked(self) -> str:
        return self.name

    def to_wire(self) -> Wire:
        blobs: list[bytes] = []
        header = {"op": "call", "name": self.name, "handle": self.handle, "keep": self.keep,
                  "args": encode(list(self.args), blobs), "kwargs": encode(dict(self.kwargs), blobs)}  # fmt: skip
        return header, blobs

    @classmethod
    def from_wire(cls, header: dict[str, Any], blobs: Blobs, objects: Objects) -> Call:
        args, kwargs = decode(header["args"], blobs, objects), decode(header["kwargs"], blobs, objects)
        return cls(header["name"], args, header["keep"], kwargs, header["handle"])

    def result_from_wire(self, node: Any, blobs: Blobs) -> Returned:
        return Returned.from_wire(node, blobs)


@dataclass(frozen=True)
class Batch(_NamesNothing):
    """Several requests in one exchange. The child stops after an error or when the replies are large; it answers at least one."""

    requests: Sequence[Wire]

    def to_wire(self) -> Wire:
        counted = [[header, len(blobs)] for header, blobs in self.requests]
        return {"op": "batch", "requests": counted}, [blob for _, blobs in self.requests for blob in blobs]

    @classmethod
    def from_wire(cls, header: dict[str, Any], blobs: Blobs, objects: Objects) -> Batch:
        left = iter(blobs)
        return cls([(request, list(islice(left, count))) for request, count in header["requests"]])

    def result_from_wire(self, node: Any, blobs: Blobs) -> list[Wire]:
        """Each reply with its blobs; its own request reads it further."""
        require(type(node) is list and 0 < len(node) <= len(self.requests), "replies without requests")
        left, replies = iter(blobs), []
        for pair in node:
            require(type(pair) is list and len(pair) == 2, "a reply is a pair")
            reply, count = pair
            require(type(reply) is dict and type(count) is int and count >= 0, "a reply and the number of its blobs")
            replies.append((reply, list(islice(left, count))))
            require(len(replies[-1][1]) == count, "blobs are missing")
        require(next(left, None) is None, "surplus blobs")
        return replies


@dataclass(frozen=True)
class Gradients(_NamesNothing):
    """Gradients of sum(output * cotangent) of the last call: for its inputs, then for the parameters of the named objects."""

    cotangents: Sequence[Tensor]
    parameters_of: Sequence[str] = ()

    def to_wire(self) -> Wire:
        blobs: list[bytes] = []
        cotangents = encode(list(self.cotangents), blobs)
        return {"op": "gradients", "cotangents": cotangents, "parameters_of": list(self.parameters_of)}, blobs

    @classmethod
    def from_wire(cls, header: dict[str, Any], blobs: Blobs, objects: Objects) -> Gradients:
        return cls(decode(header["cotangents"], blobs), header["parameters_of"])

    def result_from_wire(self, node: Any, blobs: Blobs) -> list[Tensor | None]:
        found = decode_all(node, blobs)
        require(type(found) is list and all(g is None or isinstance(g, Tensor) for g in found), "gradients are tensors")
        return list(found)


@dataclass(frozen=True)
class New:
    """Make an object of the submission's class `name`, known as `handle` from then on."""

    name: str
    handle: str
    kwargs: Mapping[str, Any]

    @property
    def name_asked(self) -> str:
        return self.name

    def to_wire(self) -> Wire:
        blobs: list[bytes] = []
        return {"op": "new", "name": self.name, "handle": self.handle, "kwargs": encode(dict(self.kwargs), blobs)}, blobs

    @classmethod
    def from_wire(cls, header: dict[str, Any], blobs: Blobs, objects: Objects) -> New:
        return cls(header["name"], header["handle"], decode(header["kwargs"], blobs, objects))

    def result_from_wire(self, node: Any, blobs: Blobs) -> Made:
        require(not blobs, "surplus blobs")
        return Made.from_wire(node)


@dataclass(frozen=True)
class Build(_WithoutResult):
    """Run a source text of ours that assigns an object to `made`. names: its inputs. values: for the object's parameters."""

    source: str
    handle: str
    names: Mapping[str, Any]
    values: Mapping[str, Tensor] | None = None

    def to_wire(self) -> Wire:
        blobs: list[bytes] = []
        values = None if self.values is None else dict(self.values)
        return {"op": "build", "source": self.source, "handle": self.handle, "values": encode(values, blobs),
                "names": encode(dict(self.names), blobs)}, blobs  # fmt: skip

    @classmethod
    def from_wire(cls, header: dict[str, Any], blobs: Blobs, objects: Objects) -> Build:
        values = decode(header["values"], blobs)
        return cls(header["source"], header["handle"], decode(header["names"], blobs), values)


@dataclass(frozen=True)
class Parameters(_NamesNothing):
    """Names and values of an object's parameters."""

    handle: str

    def to_wire(self) -> Wire:
        return {"op": "parameters", "handle": self.handle}, []

    @classmethod
    def from_wire(cls, header: dict[str, Any], blobs: Blobs, objects: Objects) -> Parameters:
        return cls(header["handle"])

    def result_from_wire(self, node: Any, blobs: Blobs) -> dict[str, Tensor | Odd]:
        pairs, found = decode_all(node, blobs), {}
        require(type(pairs) is list, "parameters are a list of pairs")
        for pair in pairs:
            require(type(pair) is tuple and len(pair) == 2 and type(pair[0]) is str, "a parameter has a name")
            require(pair[0] not in found and isinstance(pair[1], Tensor | Odd), "a name stands for one tensor")
            found[pair[0]] = pair[1]
        return found


@dataclass(frozen=True)
class SetParameters(_WithoutResult):
    """Write values into an object's parameters."""

    handle: str
    values: Mapping[str, Tensor]

    def to_wire(self) -> Wire:
        blobs: list[bytes] = []
        return {"op": "set_parameters", "handle": self.handle, "values": encode(dict(self.values), blobs)}, blobs

    @classmethod
    def from_wire(cls, header: dict[str, Any], blobs: Blobs, objects: Objects) -> SetParameters:
        return cls(header["handle"], decode(header["values"], blobs))


@dataclass(frozen=True)
class Attributes(_NamesNothing):
    """Attributes of an object by name; None for one that it lacks."""

    handle: str
    names: Sequence[str]

    def to_wire(self) -> Wire:
        return {"op": "attributes", "handle": self.handle, "names": list(self.names)}, []

    @classmethod
    def from_wire(cls, header: dict[str, Any], blobs: Blobs, objects: Objects) -> Attributes:
        return cls(header["handle"], header["names"])

    def result_from_wire(self, node: Any, blobs: Blobs) -> dict[str, Any]:
        found = decode_all(node, blobs)
        require(type(found) is dict and found.keys() == set(self.names), "the attributes that were asked for")
        return dict(found)


@dataclass(frozen=True)
class Operators(_NamesNothing):
    """Make a call and report which of these operators of PyTorch ran in it."""

    call: Call
    names: Sequence[str]

    def to_wire(self) -> Wire:
        header, blobs = self.call.to_wire()
        return {"op": "operators", "call": header, "names": list(self.names)}, blobs

    @classmethod
    def from_wire(cls, header: dict[str, Any], blobs: Blobs, objects: Objects) -> Operators:
        return cls(Call.from_wire(header["call"], blobs, objects), header["names"])

    def result_from_wire(self, node: Any, blobs: Blobs) -> list[str]:
        found = decode_all(node, blobs)
        require(type(found) is list and all(type(one) is str and one in self.names for one in found), "names asked about")
        return list(found)


_REQUESTS: dict[str, Any] = {
    "load": Load, "call": Call, "batch": Batch, "gradients": Gradients, "new": New, "build": Build,
    "parameters": Parameters, "set_parameters": SetParameters, "attributes": Attributes, "operators": Operators,
}  # fmt: skip


def request_from_wire(header: dict[str, Any], blobs: Blobs, objects: Objects) -> Any:
    """The request in a header and blobs. objects: by handle."""
    if header.get("op") not in _REQUESTS:
        raise MalformedMessage("no such request")
    return _REQUESTS[header["op"]].from_wire(header, blobs, objects)


def answer_from_wire(request: Request, header: dict[str, Any], blobs: Blobs) -> Reply:
    """The reply to a request. Raises MalformedMessage for anything that an honest child does not send."""
    return reply_from_wire(header, blobs, request.result_from_wire, request.name_asked)
