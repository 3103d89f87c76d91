"""Python values as a small typed tree of JSON plus raw tensor bytes, in both directions.

Both the child and the judge use it, so neither side ever unpickles anything. `decode` trusts nothing:
it raises `MalformedValue` unless every node has exactly the form that `encode` writes.

A node is a list whose first item names its kind:
    ["none"] ["bool", b] ["int", i] ["float", x] ["str", s] ["list", [...]] ["tuple", [...]] ["dict", [[key, value], ...]]
    ["tensor", dtype, shape, blob index, requires_grad]   ["handle", name, type name]   ["odd", description]
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch

DTYPES = {
    str(dtype).removeprefix("torch."): dtype
    for dtype in (
        torch.float32, torch.float64, torch.float16, torch.bfloat16,
        torch.int64, torch.int32, torch.int16, torch.int8, torch.uint8, torch.bool,
    )
}  # fmt: skip
MAX_TENSOR_BYTES = 32 << 20
MAX_TEXT = 100_000
MAX_NODES = 20_000
MAX_DEPTH = 12
MAX_DIMENSIONS = 16


class MalformedValue(ValueError):
    """A tree that `encode` would never write."""


@dataclass(frozen=True)
class Handle:
    """An object that stays in the child: a model, a layer, a callable. type_name: its class's name, as the child reports it."""

    name: str
    type_name: str = ""


@dataclass(frozen=True)
class Odd:
    """A value that no task expects, so it is only described: a generator, a sparse tensor, a huge one."""

    description: str


def encode(value: Any, blobs: list[bytes], keep: Callable[[Any], Handle] | None = None, depth: int = 0) -> list[Any]:
    """Write `value` as a node and append tensor bytes to `blobs`. keep: makes a handle for an object that stays here."""
    if depth > MAX_DEPTH:
        return ["odd", "a value nested too deeply"]
    if value is None:
        return ["none"]
    if isinstance(value, bool):
        return ["bool", bool(value)]
    if isinstance(value, int):
        return ["int", int(value)] if abs(value) < 1 << 63 else ["odd", "a huge int"]
    if isinstance(value, float):
        return ["float", float(value)]
    if isinstance(value, str):
        return ["str", str(value[:MAX_TEXT]).encode("utf-8", "replace").decode()]
    if isinstance(value, torch.Tensor):
        return _encode_tensor(value, blobs)
    if isinstance(value, Handle):
        return ["handle", value.name, value.type_name]
    if isinstance(value, list | tuple):
        if len(value) > MAX_NODES:
            return ["odd", "a very long sequence"]
        kind = "list" if isinstance(value, list) else "tuple"
        return [kind, [encode(item, blobs, keep, depth + 1) for item in value]]
    if isinstance(value, dict):
        if len(value) > MAX_NODES:
            return ["odd", "a very large dict"]
        pairs = [[encode(k, blobs, keep, depth + 1), encode(v, blobs, keep, depth + 1)] for k, v in value.items()]
        return ["dict", pairs]
    if keep is not None and isinstance(value, torch.nn.Module):
        handle = keep(value)
        return ["handle", handle.name, handle.type_name]
    return _encode_number_like(value) or ["odd", f"a value of type {type(value).__name__[:60]}"]


def _encode_number_like(value: Any) -> list[Any] | None:
    """Treat numpy's scalars as Python's numbers: learners get them from `.numpy()`."""
    if type(value).__module__ != "numpy" or not hasattr(value, "item") or getattr(value, "shape", None) != ():
        return None
    item = value.item()
    return encode(item, []) if isinstance(item, bool | int | float | str) else None


def _encode_tensor(tensor: torch.Tensor, blobs: list[bytes]) -> list[Any]:
    plain = torch.Tensor.detach(tensor).as_subclass(torch.Tensor)
    dtype = str(plain.dtype).removeprefix("torch.")
    if plain.layout != torch.strided or plain.device.type != "cpu" or plain.is_quantized or dtype not in DTYPES:
        return ["odd", f"a tensor of dtype {dtype}, layout {plain.layout}, device {plain.device.type}"]
    if plain.numel() * plain.element_size() > MAX_TENSOR_BYTES or plain.dim() > MAX_DIMENSIONS:
        return ["odd", f"a tensor with {plain.numel()} elements"]
    plain = plain.resolve_neg()
    bits = plain.view(torch.int16) if plain.dtype == torch.bfloat16 else plain  # numpy has no bfloat16
    blobs.append(bits.numpy().tobytes())
    return ["tensor", dtype, list(plain.shape), len(blobs) - 1, bool(tensor.requires_grad)]


def decode(node: Any, blobs: Sequence[bytes], handles: Mapping[str, Any] | None = None) -> Any:
    """Read a node. Tensors are new copies; one marked requires_grad becomes a leaf that requires a gradient.

    handles: the objects by handle, in the child; None in the judge, where a handle remains a `Handle`.
    Raises MalformedValue for anything that `encode` does not write.
    """
    return _Decoder(blobs, handles).value(node, 0)


def decode_all(node: Any, blobs: Sequence[bytes]) -> Any:
    """As `decode`, but every blob must be used exactly once."""
    decoder = _Decoder(blobs, None)
    value = decoder.value(node, 0)
    if len(decoder.used) != len(blobs):
        raise MalformedValue("a blob is not used")
    return value


class _Decoder:
    def __init__(self, blobs: Sequence[bytes], handles: Mapping[str, Any] | None) -> None:
        self.blobs, self.handles, self.nodes = blobs, handles, 0
        self.used: set[int] = set()

    def value(self, node: Any, depth: int) -> Any:
        self.nodes += 1
        if self.nodes > MAX_NODES or depth > MAX_DEPTH:
            raise MalformedValue("too many or too deeply nested values")
        if type(node) is not list or not node or type(node[0]) is not str:
            raise MalformedValue("a node is a list that starts with its kind")
        reader, length = _READERS.get(node[0], (None, 0))
        if reader is None or len(node) != length:
            raise MalformedValue("unknown kind of node, or one of the wrong length")
        return reader(self, depth, *node[1:])

    def _none(self, depth: int) -> None:
        return None

    def _bool(self, depth: int, value: Any) -> bool:
        return bool(_typed(value, bool))

    def _int(self, depth: int, value: Any) -> int:
        if abs(_typed(value, int)) >= 1 << 63:
            raise MalformedValue("int out of range")
        return int(value)

    def _float(self, depth: int, value: Any) -> float:
        return float(_typed(value, float, int))

    def _str(self, depth: int, value: Any) -> str:
        if len(_typed(value, str)) > MAX_TEXT:
            raise MalformedValue("text too long")
        return str(value)

    def _list(self, depth: int, items: Any) -> list[Any]:
        return [self.value(item, depth + 1) for item in _typed(items, list)]

    def _tuple(self, depth: int, items: Any) -> tuple[Any, ...]:
        return tuple(self._list(depth, items))

    def _dict(self, depth: int, pairs: Any) -> dict[Any, Any]:
        result: dict[Any, Any] = {}
        for pair in _typed(pairs, list):
            if type(pair) is not list or len(pair) != 2:
                raise MalformedValue("a dict is a list of pairs")
            key = self.value(pair[0], depth + 1)
            if not isinstance(key, str | int | float | bool | tuple | None):
                raise MalformedValue("a key that cannot be one")
            try:
                result[key] = self.value(pair[1], depth + 1)
            except TypeError as error:  # a tuple that holds a list
                raise MalformedValue("a key that cannot be one") from error
        return result

    def _tensor(self, depth: int, dtype: Any, shape: Any, index: Any, requires_grad: Any) -> torch.Tensor:
        if _typed(dtype, str) not in DTYPES or len(_typed(shape, list)) > MAX_DIMENSIONS:
            raise MalformedValue("unknown dtype or too many dimensions")
        if any(type(n) is not int or not 0 <= n < 1 << 31 for n in shape):
            raise MalformedValue("a shape is a list of sizes")
        if type(index) is not int or not 0 <= index < len(self.blobs):
            raise MalformedValue("no such blob")
        if index in self.used:
            raise MalformedValue("a blob is used twice")
        self.used.add(index)
        kind, data = DTYPES[dtype], self.blobs[index]
        if math.prod(shape) * kind.itemsize != len(data):
            raise MalformedValue("the bytes do not fit the shape")
        if kind is torch.bool and data.translate(None, b"\x00\x01"):
            raise MalformedValue("a bool is 0 or 1")
        flat = torch.frombuffer(bytearray(data), dtype=kind) if data else torch.empty(0, dtype=kind)
        wants_grad = _typed(requires_grad, bool) and kind.is_floating_point
        try:
            return flat.reshape(shape).requires_grad_(wants_grad)
        except RuntimeError as error:  # sizes whose product overflows
            raise MalformedValue("a shape that no tensor has") from error

    def _handle(self, depth: int, name: Any, type_name: Any) -> Any:
        _typed(name, str), _typed(type_name, str)
        if len(name) > 60 or len(type_name) > 60:
            raise MalformedValue("a name that is too long")
        if self.handles is None:
            return Handle(name, type_name)
        if name not in self.handles:
            raise MalformedValue("no such handle")
        return self.handles[name]

    def _odd(self, depth: int, description: Any) -> Odd:
        if len(_typed(description, str)) > 200:
            raise MalformedValue("a description that is too long")
        return Odd(description)


_READERS = {
    kind: (getattr(_Decoder, f"_{kind}"), length)
    for kind, length in {"none": 1, "bool": 2, "int": 2, "float": 2, "str": 2, "list": 2, "tuple": 2, "dict": 2,
                         "tensor": 5, "handle": 3, "odd": 2}.items()
}  # fmt: skip


def _typed(value: Any, *types: type) -> Any:
    if type(value) not in types:
        raise MalformedValue(f"expected {types[0].__name__}")
    return value
