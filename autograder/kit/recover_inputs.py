"""Work back from what an LSTM returned to what it was given: whether the parts of a random answer belong to one run.

For a bidirectional, batch-first nn.LSTM of one layer with fewer inputs than hidden units, run over two steps.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import torch
from torch import Tensor


def recover_inputs(weights: Mapping[str, Tensor], output: Tensor, c_n: Tensor) -> tuple[Tensor, tuple[Tensor, Tensor], float]:
    """The input, the initial states (h_0, c_0), and how badly the run fits the layer: the error of h, which is below 1.

    In each direction the last step gives the output gate o = h / tanh(c), and o gives x. The step before it is the last
    one of the other direction, so its x is known as well, and what is left over there is the initial state.
    """
    weights = {name: value.detach().double() for name, value in weights.items()}
    output, c_n = output.detach().double(), c_n.detach().double()
    hidden_size = c_n.shape[2]
    ends = {"": (0, 1), "_reverse": (1, 0)}  # the first and the last step of each direction
    h = {d: output[:, :, k * hidden_size : (k + 1) * hidden_size] for k, d in enumerate(ends)}
    x: dict[int, Tensor] = {}
    errors, h_0, c_0 = [], [], []
    for k, (d, (first, last)) in enumerate(ends.items()):
        sensitivity, inside = output_gate(h[d][:, last], c_n[k])
        known = gates(weights, d, None, h[d][:, first])[3]
        w = weights[f"weight_ih_l0{d}"][3 * hidden_size :]
        # Weighted by how much h moves with each row: where c is near 0, o is lost in rounding.
        solution = torch.linalg.lstsq(sensitivity[:, :, None] * w, (sensitivity * (inside - known))[:, :, None]).solution
        x[last] = solution[:, :, 0]
        errors.append((sensitivity * (x[last] @ w.T + known - inside)).abs().max())
    for k, (d, (first, last)) in enumerate(ends.items()):
        c = cell_before(c_n[k], gates(weights, d, x[last], h[d][:, first]))
        _, inside = output_gate(h[d][:, first], c)
        residual = inside - gates(weights, d, x[first], None)[3]
        h_0.append(torch.linalg.solve(weights[f"weight_hh_l0{d}"][3 * hidden_size :], residual.T).T)
        c_0.append(cell_before(c, gates(weights, d, x[first], h_0[-1])))
    return torch.stack([x[0], x[1]]), (torch.stack(h_0), torch.stack(c_0)), float(torch.stack(errors).max())


def output_gate(h: Tensor, c: Tensor) -> tuple[Tensor, Tensor]:
    """By how much h moves with the sum inside the output gate, and that sum."""
    o = (h / c.tanh()).nan_to_num(0.5).clamp(1e-6, 1 - 1e-6)
    return c.tanh().abs() * o * (1 - o), o.logit()


def cell_before(c: Tensor, sums: tuple[Tensor, ...]) -> Tensor:
    i, f, g, _ = sums
    return (c - i.sigmoid() * g.tanh()) / f.sigmoid()


def gates(weights: Mapping[str, Tensor], direction: str, x: Tensor | None, h: Tensor | None) -> tuple[Tensor, ...]:
    """The sums inside the gates i, f, g, o, without the terms of x or h when that is None."""
    total = weights[f"bias_ih_l0{direction}"] + weights[f"bias_hh_l0{direction}"]
    total = total if x is None else total + x @ weights[f"weight_ih_l0{direction}"].T
    total = total if h is None else total + h @ weights[f"weight_hh_l0{direction}"].T
    return total.chunk(4, dim=-1)


def distance_from_normal(values: Tensor) -> float:
    """The largest distance between the values' distribution and the standard normal one (Kolmogorov and Smirnov)."""
    ordered = values.detach().flatten().nan_to_num(99.0).sort().values
    below = torch.arange(1, len(ordered) + 1) / len(ordered)
    return float((below - 0.5 * (1 + torch.erf(ordered / math.sqrt(2)))).abs().max())
