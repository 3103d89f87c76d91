"""Carry out the judge's requests on a submission: load it, call a function, build a model, read its parameters.

It shares a process with the student's code, so the judge does not trust its answers. The judge runs the same class in its own
process on trusted code (references, misconceptions), so both sides of a comparison get the same requests.

Requests and replies are the types of protocol/requests.py and protocol/replies.py.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, ClassVar

import torch

from ..protocol.replies import (
    DEFAULT_DTYPE,
    GRAD_MODE,
    MAX_SKIPPED,
    REQUIRES_GRAD,
    Batched,
    Error,
    Loaded,
    Made,
    Ok,
    Returned,
    Skipped,
    Wire,
)
from ..protocol.requests import (
    Attributes,
    Batch,
    Build,
    Call,
    Gradients,
    Load,
    New,
    Operators,
    Parameters,
    SetParameters,
    request_from_wire,
)
from ..protocol.values import Handle
from . import loading
from .operators import operators_in

ENOUGH_BYTES = 1 << 20  # of replies in a batch; the judge asks again for the rest
_equal, _autograd = torch.equal, torch.autograd.grad  # as they were before the submission could replace them
_modes: dict[str, tuple[Callable[[], Any], Callable[[Any], object]]] = {
    DEFAULT_DTYPE: (torch.get_default_dtype, torch.set_default_dtype),
    GRAD_MODE: (torch.is_grad_enabled, torch.set_grad_enabled),
}


class RequestFailed(Exception):
    """The request cannot be carried out on this submission."""

    def __init__(self, error: Error) -> None:
        super().__init__(error.kind)
        self.error = error


class Runner:
    """One submission and the objects made from it.

    namespace: that of trusted code, which is already loaded; None: the first request must be a `Load`.
    """

    def __init__(self, namespace: dict[str, Any] | None = None) -> None:
        self.namespace = namespace if namespace is not None else {}
        self.objects: dict[str, Any] = {}
        self.last: tuple[list[torch.Tensor], list[torch.Tensor]] = ([], [])  # outputs and grad inputs of the last call

    def execute(self, header: dict[str, Any], blobs: Sequence[bytes]) -> Wire:
        """Answer one request. An exception of the submission becomes an `Error`, never an exception here."""
        try:
            request = request_from_wire(header, blobs, self.objects)
            keep = partial(self._keep, request.keep) if isinstance(request, Call) else None
            return Ok(self._CARRY_OUT[type(request)](self, request)).to_wire(keep)
        except RequestFailed as failure:
            return {"error": failure.error.to_wire()}, []
        except BaseException as error:  # including SystemExit and KeyboardInterrupt
            return {"error": describe_error(error).to_wire()}, []

    # ---- requests

    def _load(self, request: Load) -> Loaded:
        with _restored_modes():  # a demonstration may end with gradients off
            if request.kind == "module":
                self.namespace, failures = loading.load_module(request.name, request.cells[0], request.helpers, request.without)
            else:
                self.namespace, failures = loading.load_notebook(request.cells, request.helpers, request.without)
        missing = tuple(name for name in request.names if name not in self.namespace)
        skipped = tuple(Skipped(f.place, f.line, describe_error(f.error), f.timed_out, f.column) for f in failures[:MAX_SKIPPED])
        return Loaded(skipped, missing)

    def _call(self, request: Call) -> Returned:
        args, kwargs = request.args, request.kwargs
        function = self._target(request.name, request.handle)
        inputs = [*_tensors(args), *_tensors(kwargs)]
        before = [tensor.detach().clone() for tensor in inputs]
        contents = [_items(arg) for arg in args]
        flags = [tensor.requires_grad for tensor in inputs]
        self.last = ([], [])  # frees the last call's graph
        with _restored_modes() as switched:
            result = function(*args, **kwargs)
        if [tensor.requires_grad for tensor in inputs] != flags:
            switched.append(REQUIRES_GRAD)
        changed = tuple(i for i, (now, then) in enumerate(zip(inputs, before, strict=True)) if not _same(now, then))
        containers_changed = [_items(arg) for arg in args] != contents
        self.last = _tensors(result), [tensor for tensor in inputs if tensor.requires_grad]
        return Returned(result, changed, containers_changed, tuple(switched))

    def _batch(self, request: Batch) -> Batched:
        """Answer the requests one by one, until one fails or the replies are large."""
        replies: list[Wire] = []
        size = 0
        for header, blobs in request.requests:
            reply, own = self.execute(header, blobs)
            replies.append((reply, own))
            size += sum(map(len, own))
            if "error" in reply or size > ENOUGH_BYTES:
                break
        return Batched(replies)

    def _gradients(self, request: Gradients) -> list[torch.Tensor | None]:
        outputs, inputs = self.last
        for handle in request.parameters_of:
            inputs = [*inputs, *self._module(handle).parameters()]
        floating = [output for output in outputs if output.is_floating_point()]
        pairs = [(o, c) for o, c in zip(floating, request.cotangents, strict=True) if o.requires_grad]
        if not pairs:
            return [None] * len(inputs)
        live = [tensor for tensor in inputs if tensor.requires_grad]  # the others are frozen
        found = iter(_autograd([o for o, _ in pairs], live, [c for _, c in pairs], retain_graph=True, allow_unused=True))
        return [next(found) if tensor.requires_grad else None for tensor in inputs]

    def _new(self, request: New) -> Made:
        made = self._target(request.name)(**request.kwargs)
        self.objects[request.handle] = made
        return Made(isinstance(made, torch.nn.Module), type(made).__name__[:60])

    def _build(self, request: Build) -> None:
        scope = {"torch": torch, "nn": torch.nn, **request.names}
        exec(request.source, scope)
        self.objects[request.handle] = scope["made"]
        if request.values is not None:
            self._write(request.handle, request.values)

    def _parameters(self, request: Parameters) -> list[tuple[str, torch.Tensor]]:
        return [(name, p.detach()) for name, p in self._module(request.handle).named_parameters()]

    def _set_parameters(self, request: SetParameters) -> None:
        self._write(request.handle, request.values)

    def _attributes(self, request: Attributes) -> dict[str, Any]:
        thing = self.objects[request.handle]
        return {name: getattr(thing, name, None) for name in request.names}

    def _operators(self, request: Operators) -> list[str]:
        call = request.call
        function = self._target(call.name, call.handle)
        return operators_in(lambda: function(*call.args, **call.kwargs), request.names)

    _CARRY_OUT: ClassVar[dict[type, Callable[..., Any]]] = {
        Load: _load, Call: _call, Batch: _batch, Gradients: _gradients, New: _new, Build: _build,
        Parameters: _parameters, SetParameters: _set_parameters, Attributes: _attributes, Operators: _operators,
    }  # fmt: skip

    # ---- helpers

    def _target(self, name: str, handle: str | None = None) -> Callable[..., Any]:
        """A function or class of the submission; a method of an object, or with '' the object itself."""
        if handle is None:
            found = self.namespace.get(name)
        else:
            thing = self.objects[handle]
            found = getattr(thing, name, None) if name else thing
        if found is None:
            raise RequestFailed(Error("missing", name=name))
        if not callable(found):
            raise RequestFailed(Error("not_callable", name=name, type=type(found).__name__[:60]))
        target: Callable[..., Any] = found
        return target

    def _module(self, handle: str) -> torch.nn.Module:
        thing = self.objects[handle]
        if not isinstance(thing, torch.nn.Module):
            raise RequestFailed(Error("not_a_module", type=type(thing).__name__[:60]))
        return thing

    def _write(self, handle: str, values: Mapping[str, torch.Tensor]) -> None:
        """Write values into the parameters in place, so that tied parameters stay tied."""
        found = dict(self._module(handle).named_parameters())
        if {n: list(t.shape) for n, t in values.items()} != {n: list(p.shape) for n, p in found.items()}:
            raise RequestFailed(Error("names"))
        with torch.no_grad():
            for name, value in values.items():
                found[name].copy_(value)

    def _keep(self, call: str, thing: Any) -> Handle:
        """Keep an object that a call returned, under a handle whose name depends only on this call."""
        count = sum(name.startswith(f"{call}.") for name in self.objects)
        handle = Handle(f"{call}.{count}", type(thing).__name__[:60])
        self.objects[handle.name] = thing
        return handle


def describe_error(error: BaseException) -> Error:
    """The error as plain data: builtin type, text, and the last line of the submission in its traceback."""
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and "can't allocate memory" in _text(error)):
        gc.collect()
        return Error("memory")
    builtin = next((t for t in type(error).__mro__ if t.__module__ == "builtins"), BaseException)
    if isinstance(error, ValueError):  # required by some tasks; a subclass counts as well
        builtin = ValueError
    place, line = "", None
    if isinstance(error, SyntaxError) and (line := getattr(error, "lineno", None)) is not None:
        place = str(error.filename)[:80]
    trace = error.__traceback__
    while trace is not None:
        filename = trace.tb_frame.f_code.co_filename
        if "/" not in filename and not filename.startswith("<"):
            place, line = filename[:80], trace.tb_lineno
        trace = trace.tb_next
    return Error("exception", type=builtin.__name__, text=_text(error), place=place, line=line)


@contextmanager
def _restored_modes() -> Iterator[list[str]]:
    """Undo settings that the block switched, since later calls would fail; yields a list that then holds their names."""
    before = {name: read() for name, (read, _) in _modes.items()}
    switched: list[str] = []
    try:
        yield switched
    finally:
        for name, (read, write) in _modes.items():
            if read() != before[name]:
                write(before[name])
                switched.append(name)


def _text(error: BaseException) -> str:
    try:
        text = error.msg if isinstance(error, SyntaxError) else str(error)
        return str(text)[:1000].encode("utf-8", "replace").decode()
    except BaseException:  # the submission's own __str__ raised
        return ""


def _tensors(value: Any) -> list[torch.Tensor]:
    """Every tensor in a value, in the order of `encode`."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, list | tuple):
        return [tensor for item in value for tensor in _tensors(item)]
    if isinstance(value, dict):
        return [tensor for item in value.values() for tensor in _tensors(item)]
    return []


def _items(value: Any) -> list[int]:
    """The identities of the items of a list or dict, to notice that an item was added, removed or replaced."""
    if isinstance(value, dict):
        return [id(item) for pair in value.items() for item in pair]
    return [id(item) for item in value] if isinstance(value, list) else []


def _same(now: torch.Tensor, then: torch.Tensor) -> bool:
    return now.shape == then.shape and now.dtype == then.dtype and bool(_equal(now.detach(), then))
