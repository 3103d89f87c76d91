"""Carry out the judge's requests on a submission: load it, call a function, build a model, read its parameters.

Stands next to the student's code and is therefore believed by nobody. The judge runs the very same class in its own
process on code it trusts (references, misconceptions), so both sides of a comparison are asked in the same words.

A request is a header with `op` and tensor blobs; the answer is `{"ok": ...}` or `{"error": {...}}` with blobs.
"""

from __future__ import annotations

import gc
from collections.abc import Callable, Sequence
from itertools import islice
from typing import Any, ClassVar

import torch

from ..protocol.values import Handle, decode, encode
from . import loading

Reply = tuple[dict[str, Any], list[bytes]]
ENOUGH_BYTES = 1 << 20  # of answers to several requests in one: the rest is asked for again
_equal, _autograd = torch.equal, torch.autograd.grad  # as they were before the submission could replace them


class RequestFailed(Exception):
    """The request cannot be carried out on this submission; `kind` and `detail` say why."""

    def __init__(self, kind: str, **detail: Any) -> None:
        super().__init__(kind)
        self.kind, self.detail = kind, detail


class Runner:
    """One submission and the objects made from it.

    namespace: code that is loaded already (the judge's own); without it, the `load` request comes first.
    """

    def __init__(self, namespace: dict[str, Any] | None = None) -> None:
        self.namespace = namespace if namespace is not None else {}
        self.objects: dict[str, Any] = {}
        self.last: tuple[list[torch.Tensor], list[torch.Tensor]] = ([], [])  # the last call's outputs, and inputs with a gradient

    def execute(self, header: dict[str, Any], blobs: Sequence[bytes]) -> Reply:
        """Answer one request. An exception of the submission becomes an `error`, never an exception here."""
        out: list[bytes] = []
        try:
            return {"ok": self._OPS[header["op"]](self, header, list(blobs), out)}, out
        except RequestFailed as failure:
            return {"error": {"kind": failure.kind, **failure.detail}}, []
        except BaseException as error:  # SystemExit and KeyboardInterrupt are answers like any other
            return {"error": describe_error(error)}, []

    # ---- requests

    def _load(self, header: dict, blobs: list[bytes], out: list[bytes]) -> Any:
        texts = [blob.decode("utf-8") for blob in blobs]
        helpers = dict(zip(header["helpers"], texts, strict=False))
        main = texts[len(helpers) :]
        if header["form"] == "module":
            self.namespace, skipped = loading.load_module(header["name"], main[0], helpers)
        else:
            self.namespace, skipped = loading.load_notebook(main, helpers)
        return {
            "failures": [{"cell": s.cell, **describe_error(s.error)} for s in skipped[:20]],
            "missing": [name for name in header["names"] if name not in self.namespace],
        }

    def _call(self, header: dict, blobs: list[bytes], out: list[bytes]) -> Any:
        args = decode(header["args"], blobs, self.objects)
        kwargs = decode(header["kwargs"], blobs, self.objects)
        function = self._target(header["target"])
        inputs = [*_tensors(args), *_tensors(kwargs)]
        before = [tensor.detach().clone() for tensor in inputs]
        contents = [_items(arg) for arg in args]
        self.last = ([], [])  # it holds its whole graph
        result = function(*args, **kwargs)
        changed = [i for i, (now, then) in enumerate(zip(inputs, before, strict=True)) if not _same(now, then)]
        containers_changed = [_items(arg) for arg in args] != contents
        self.last = _tensors(result), [tensor for tensor in inputs if tensor.requires_grad]
        return {
            "value": encode(result, out, lambda thing: self._keep(thing, header["keep"])),
            "changed": changed,
            "containers_changed": containers_changed,
        }

    def _batch(self, header: dict, blobs: list[bytes], out: list[bytes]) -> Any:
        """Requests in one, each answered as if it came alone, until one fails or the answers are large."""
        replies, left = [], iter(blobs)
        for request, count in header["requests"]:
            reply, made = self.execute(request, list(islice(left, count)))
            out += made
            replies.append([reply, len(made)])
            if "error" in reply or sum(map(len, out)) > ENOUGH_BYTES:
                break
        return replies

    def _gradients(self, header: dict, blobs: list[bytes], out: list[bytes]) -> Any:
        """Gradients of sum(output * cotangent) for the last call's inputs, then for the parameters of the named objects."""
        cotangents = decode(header["cotangents"], blobs)
        outputs, inputs = self.last
        for name in header["parameters_of"]:
            inputs = [*inputs, *self._module(name).parameters()]
        floating = [output for output in outputs if output.is_floating_point()]
        pairs = [(o, c) for o, c in zip(floating, cotangents, strict=True) if o.requires_grad]
        if not pairs:
            return encode([None] * len(inputs), out)
        found = _autograd([o for o, _ in pairs], inputs, [c for _, c in pairs], retain_graph=True, allow_unused=True)
        return encode(list(found), out)

    def _new(self, header: dict, blobs: list[bytes], out: list[bytes]) -> Any:
        made = self._target({"name": header["name"]})(**decode(header["kwargs"], blobs, self.objects))
        self.objects[header["handle"]] = made
        return {"module": isinstance(made, torch.nn.Module), "type": type(made).__name__[:60]}

    def _build(self, header: dict, blobs: list[bytes], out: list[bytes]) -> Any:
        """Make an object from the judge's own text, such as a cell to hand to the student's loop. It is no secret."""
        scope = {"torch": torch, "nn": torch.nn, **decode(header["names"], blobs)}
        exec(header["source"], scope)
        self.objects[header["handle"]] = scope["made"]
        if header["values"] is not None:
            self._set_parameters(header, blobs, out)
        return {}

    def _parameters(self, header: dict, blobs: list[bytes], out: list[bytes]) -> Any:
        return encode([(name, p.detach()) for name, p in self._module(header["handle"]).named_parameters()], out)

    def _set_parameters(self, header: dict, blobs: list[bytes], out: list[bytes]) -> Any:
        """Write values into the parameters in place, so that whatever the model tied together stays tied."""
        wanted = decode(header["values"], blobs)
        found = dict(self._module(header["handle"]).named_parameters())
        if {n: list(t.shape) for n, t in wanted.items()} != {n: list(p.shape) for n, p in found.items()}:
            raise RequestFailed("names")
        with torch.no_grad():
            for name, value in wanted.items():
                found[name].copy_(value)
        return {}

    def _attributes(self, header: dict, blobs: list[bytes], out: list[bytes]) -> Any:
        thing = self.objects[header["handle"]]
        return encode({name: getattr(thing, name, None) for name in header["names"]}, out)

    _OPS: ClassVar[dict[str, Callable[..., Any]]] = {
        "load": _load, "call": _call, "batch": _batch, "gradients": _gradients, "new": _new, "build": _build,
        "parameters": _parameters, "set_parameters": _set_parameters, "attributes": _attributes,
    }  # fmt: skip

    # ---- helpers

    def _target(self, target: dict[str, str]) -> Callable[..., Any]:
        if "handle" in target:
            thing = self.objects[target["handle"]]
            found = thing if not target["method"] else getattr(thing, target["method"], None)
            name = target["method"]
        else:
            found, name = self.namespace.get(target["name"]), target["name"]
        if found is None:
            raise RequestFailed("missing", name=name)
        if not callable(found):
            raise RequestFailed("not_callable", name=name, type=type(found).__name__[:60])
        return found

    def _module(self, handle: str) -> torch.nn.Module:
        thing = self.objects[handle]
        if not isinstance(thing, torch.nn.Module):
            raise RequestFailed("not_a_module", type=type(thing).__name__[:60])
        return thing

    def _keep(self, thing: Any, call: str) -> Handle:
        """A handle for an object that a call returned; its name depends on this call alone."""
        count = sum(name.startswith(f"{call}.") for name in self.objects)
        handle = Handle(f"{call}.{count}", type(thing).__name__[:60])
        self.objects[handle.name] = thing
        return handle


def describe_error(error: BaseException) -> dict[str, Any]:
    """The error as plain data: builtin type, text, and the last line of the submission it passed through."""
    if isinstance(error, MemoryError) or (isinstance(error, RuntimeError) and "can't allocate memory" in _text(error)):
        gc.collect()
        return {"kind": "memory"}
    builtin = next((t for t in type(error).__mro__ if t.__module__ == "builtins"), BaseException)
    if isinstance(error, ValueError):  # what the tasks ask for, whatever else it is
        builtin = ValueError
    place, line = "", getattr(error, "lineno", None) if isinstance(error, SyntaxError) else None
    if line is not None:
        place = str(error.filename)[:80]
    trace = error.__traceback__
    while trace is not None:
        filename = trace.tb_frame.f_code.co_filename
        if "/" not in filename and not filename.startswith("<"):
            place, line = filename[:80], trace.tb_lineno
        trace = trace.tb_next
    return {"kind": "exception", "type": builtin.__name__, "text": _text(error), "place": place, "line": line}


def _text(error: BaseException) -> str:
    try:
        text = error.msg if isinstance(error, SyntaxError) else str(error)
        return str(text)[:1000].encode("utf-8", "replace").decode()
    except BaseException:  # a __str__ of the submission's own
        return ""


def _tensors(value: Any) -> list[torch.Tensor]:
    """Every tensor in a value, in the order in which `encode` meets them."""
    if isinstance(value, torch.Tensor):
        return [value]
    if isinstance(value, list | tuple):
        return [tensor for item in value for tensor in _tensors(item)]
    if isinstance(value, dict):
        return [tensor for item in value.values() for tensor in _tensors(item)]
    return []


def _items(value: Any) -> list[int]:
    """What a list or dict holds, by identity: enough to see that an item was put in, taken out or exchanged."""
    if isinstance(value, dict):
        return [id(item) for pair in value.items() for item in pair]
    return [id(item) for item in value] if isinstance(value, list) else []


def _same(now: torch.Tensor, then: torch.Tensor) -> bool:
    return now.shape == then.shape and now.dtype == then.dtype and bool(_equal(now.detach(), then))
