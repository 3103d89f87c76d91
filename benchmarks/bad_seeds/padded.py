"""Compute many problems of different sizes at once: padded with zeros, which change no result, in float64 and in float32.

The float32 forms sum in different orders and write activations differently, as correct submissions do, and all of them use
different kernels from the judge's, as another processor does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from .problems import GATES, Array, Problem

Values = dict[str, Tensor]  # by name; the first axis is that of the problems


@dataclass(frozen=True)
class Form:
    """A correct way to compute. affine: x (problems, rows, size), weights (problems, size, units), bias (problems, 1, units)."""

    name: str
    affine: Callable[[Tensor, Tensor, Tensor], Tensor]
    dtype: torch.dtype = torch.float32
    sigmoid: Callable[[Tensor], Tensor] = torch.sigmoid
    tanh: Callable[[Tensor], Tensor] = torch.tanh
    mix: Callable[[Tensor, Tensor, Tensor], Tensor] = lambda z, one, other: (1 - z) * one + z * other


def _plain(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return torch.bmm(x, weight) + bias


def _backwards(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return torch.bmm(x.flip(2), weight.flip(1)) + bias


def _halves(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    half = x.shape[2] // 2
    return torch.bmm(x[..., :half], weight[:, :half]) + torch.bmm(x[..., half:], weight[:, half:]) + bias


def _bias_first(x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    return torch.baddbmm(bias, x, weight)


def _torch_mix(z: Tensor, one: Tensor, other: Tensor) -> Tensor:
    return (other - one) * z + one


def _sigmoid(x: Tensor) -> Tensor:
    return 1 / (1 + torch.exp(-x))


def _tanh(x: Tensor) -> Tensor:
    return 2 * _sigmoid(2 * x) - 1


REFERENCE = Form("float32", _plain, mix=_torch_mix)
FLOAT64 = Form("float64", _plain, torch.float64)
OTHERS = (
    FLOAT64,
    Form("summed backwards", _backwards),
    Form("summed in halves", _halves),
    Form("written out", _bias_first, sigmoid=_sigmoid, tanh=_tanh),
)


def shares(problems: Sequence[Problem]) -> Tensor:
    """For each problem, the largest share of a tolerance that a form needs. (forms, problems); all have the same structure."""
    batch = {name: stacked([p.tensors[name] for p in problems]) for name in problems[0].tensors}
    cotangents = {name: stacked([p.cotangents[name] for p in problems]) for name in problems[0].cotangents}
    lengths = torch.tensor([len(p.tensors["inputs"]) for p in problems])
    sizes = torch.tensor([p.tensors["inputs"].shape[1] for p in problems])
    right = compute(problems[0], batch, cotangents, lengths, REFERENCE)
    found = []
    for form in OTHERS:
        values = compute(problems[0], batch, cotangents, lengths, form)
        each = [_share(values[name], right[name], name, lengths, sizes) for name in right]
        found.append(torch.stack(each).amax(dim=0))
    return torch.stack(found)


def stacked(arrays: Sequence[Array]) -> Tensor:
    """The arrays with a new first axis, each padded with zeros at the end of every axis."""
    if len({array.shape for array in arrays}) == 1:
        return torch.from_numpy(np.stack(arrays))
    padded = np.zeros((len(arrays), *(max(sizes) for sizes in zip(*(a.shape for a in arrays), strict=True))), dtype=np.float32)
    for i, array in enumerate(arrays):
        padded[(i, *map(slice, array.shape))] = array
    return torch.from_numpy(padded)


def _share(got: Tensor, right: Tensor, name: str, lengths: Tensor, sizes: Tensor) -> Tensor:
    got, right = got.double(), right.double()
    rtol, atol = 1e-5, torch.tensor(1e-5)
    if name.startswith("gradient"):  # like the graders' same_gradient
        rtol, atol = 1e-4, 1e-5 * right.abs().flatten(1).amax(dim=1).clamp(min=1).reshape(-1, *[1] * (right.dim() - 1))
    apart = ((got - right).abs() / (atol + rtol * right.abs())).nan_to_num(nan=torch.inf)
    if name == "output":  # (problems, batch, seq_len, size): what is padded goes on to compute
        apart = apart.masked_fill((torch.arange(apart.shape[1]) >= sizes[:, None])[:, :, None, None], 0)
        apart = apart.masked_fill((torch.arange(apart.shape[2]) >= lengths[:, None])[:, None, :, None], 0)
    elif not name.startswith("gradient"):
        apart = apart.masked_fill((torch.arange(apart.shape[1]) >= sizes[:, None])[:, :, None], 0)
    return apart.flatten(1).amax(dim=1)


def compute(like: Problem, batch: Values, cotangents: Mapping[str, Tensor], lengths: Tensor, form: Form) -> Values:
    """The compared values: the returned values of the problems and, if there are cotangents, the gradients of the leaves."""
    tensors = {name: value.to(form.dtype) for name, value in batch.items()}
    leaves = {name: tensors[name].requires_grad_() for name in like.leaves}
    outputs = _forward(like, tensors, lengths, form)
    if not cotangents:
        return outputs
    total = torch.stack([(outputs[name] * _batch_first(name, c).to(form.dtype)).sum() for name, c in cotangents.items()]).sum()
    found = torch.autograd.grad(total, list(leaves.values()))
    gradients = {f"gradient of {name}": gradient for name, gradient in zip(leaves, found, strict=True)}
    return {name: value.detach() for name, value in outputs.items()} | gradients


def _batch_first(name: str, cotangent: Tensor) -> Tensor:
    return cotangent.transpose(1, 2) if name == "output" else cotangent


def _forward(like: Problem, tensors: Values, lengths: Tensor, form: Form) -> Values:
    x = tensors["inputs"].transpose(1, 2)  # (problems, batch, seq_len, size)
    if "embedding" in tensors:
        x = (x.flatten(1, 2) @ tensors["embedding"]).reshape(*x.shape[:3], -1)  # rows of a one-hot product are exact
    found, last = {}, (torch.arange(len(x)), slice(None), lengths - 1)
    for k in range(like.layers):
        states = _layer(like.kind, k, tensors, x, form)
        for name, value in states.items():
            found[name] = value[last]
        x = states[f"h{k}"]
    if "fc.weight" in tensors:
        x = _affine(form, x, tensors["fc.weight"], tensors["fc.bias"])
    return {name: (found | {"output": x})[name] for name in like.returns}


def _affine(form: Form, x: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """For x with any number of axes; weight (problems, units, size)."""
    rows = form.affine(x.flatten(1, -2), weight.transpose(1, 2), bias.unsqueeze(1))
    return rows.reshape(*x.shape[:-1], -1)


def _layer(kind: str, k: int, tensors: Values, x: Tensor, form: Form) -> Values:
    """The states of all steps, by their names. (problems, batch, seq_len, hidden)"""
    w_ih, w_hh, b_ih, b_hh = (tensors[f"{name}{k}"] for name in ("w_ih", "w_hh", "b_ih", "b_hh"))
    from_x = _affine(form, x, w_ih.flatten(1, 2), b_ih.flatten(1)).unflatten(-1, (GATES[kind], -1))
    h, c = tensors[f"h{k}"], tensors.get(f"c{k}")

    def recur(state: Tensor, first: int = 0, last: int = GATES[kind]) -> Tensor:
        found = _affine(form, state, w_hh[:, first:last].flatten(1, 2), b_hh[:, first:last].flatten(1))
        return found.unflatten(-1, (last - first, -1))

    all_h, all_c = [], []
    for t in range(x.shape[2]):
        h, c = _STEPS[kind](form, from_x[:, :, t], h, c, recur)
        all_h.append(h)
        all_c.append(c)
    states = {f"h{k}": torch.stack(all_h, dim=2)}
    if c is not None:
        states[f"c{k}"] = torch.stack([one for one in all_c if one is not None], dim=2)
    return states


Recur = Callable[..., Tensor]
Step = tuple[Tensor, Tensor | None]


def _rnn(form: Form, x: Tensor, h: Tensor, c: Tensor | None, recur: Recur) -> Step:
    return form.tanh((x + recur(h))[:, :, 0]), None


def _odd(form: Form, x: Tensor, h: Tensor, c: Tensor | None, recur: Recur) -> Step:
    return torch.sin((x + recur(h))[:, :, 0]) + 0.1 * h, None


def _lstm(form: Form, x: Tensor, h: Tensor, c: Tensor | None, recur: Recur) -> Step:
    i, f, g, o = (x + recur(h)).unbind(2)
    c = form.sigmoid(f) * c + form.sigmoid(i) * form.tanh(g)
    return form.sigmoid(o) * form.tanh(c), c


def _gru(form: Form, x: Tensor, h: Tensor, c: Tensor | None, recur: Recur) -> Step:
    (x_r, x_z, x_n), (h_r, h_z, h_n) = x.unbind(2), recur(h).unbind(2)
    n = form.tanh(x_n + form.sigmoid(x_r + h_r) * h_n)
    return form.mix(form.sigmoid(x_z + h_z), n, h), None


def _paper(form: Form, x: Tensor, h: Tensor, c: Tensor | None, recur: Recur) -> Step:
    z, r = form.sigmoid(x[:, :, :2] + recur(h, 0, 2)).unbind(2)
    candidate = form.tanh(x[:, :, 2] + recur(r * h, 2, 3)[:, :, 0])
    return form.mix(z, h, candidate), None


_STEPS = {"rnn": _rnn, "odd": _odd, "lstm": _lstm, "gru": _gru, "paper": _paper}
