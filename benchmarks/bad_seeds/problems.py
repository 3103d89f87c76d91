"""The calls of hidden tests as data: a recurrent computation with its inputs, and which of its results are compared."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from torch import Tensor

from autograder.judge.draw import Draw

GATES = {"rnn": 1, "odd": 1, "lstm": 4, "gru": 3, "paper": 3}
State = Tensor | tuple[Tensor, ...]
Array = np.ndarray[Any, np.dtype[np.float32]]  # less overhead per operation than tensors, and there are millions of operations


@dataclass(frozen=True)
class Problem:
    """Layers of one kind, optionally between an embedding and a linear layer.

    tensors: "inputs" (seq_len, batch, input_size); for layer k "w_ihk" (gates, hidden, input), "w_hhk", "b_ihk", "b_hhk" (gates,
    hidden), "hk" and for an LSTM "ck" (batch, hidden); optionally "embedding", "fc.weight" and "fc.bias".
    returns: the compared results: "output" (seq_len, batch, size), and final states under the names of the initial ones.
    cotangents: by what is returned, where gradients are compared. leaves: the tensors whose gradients are.
    """

    kind: str
    layers: int
    tensors: Mapping[str, Array]
    returns: tuple[str, ...]
    cotangents: Mapping[str, Array] = field(default_factory=dict)
    leaves: tuple[str, ...] = ()

    def gradients(self, of: Sequence[str], *cotangents: Tensor) -> Problem:
        """The same problem, with gradients to compare. of: "inputs", "states", "weights"."""
        found = dict(zip(self.returns, (cotangent.numpy() for cotangent in cotangents), strict=True))
        without = "b_" if self.kind == "paper" else "-"  # it has no biases
        leaves = tuple(name for name in self.tensors if _group(name) in of and not name.startswith(without))
        return Problem(self.kind, self.layers, self.tensors, self.returns, found, leaves)


def _group(name: str) -> str:
    return "inputs" if name == "inputs" else "states" if name[0] in "hc" else "weights"


def layer(kind: str, k: int, weights: Sequence[Tensor], state: State) -> dict[str, Array]:
    """The tensors of layer k, from weights as PyTorch stores them or, for the form of the paper, as the slide does."""
    states = [part.numpy() for part in (state if isinstance(state, tuple) else (state,))]
    gates, hidden = GATES[kind], states[0].shape[1]
    if kind == "paper":
        both = np.stack([w.numpy() for w in weights])  # (gates, hidden, hidden + input)
        zeros = np.zeros((gates, hidden), dtype=np.float32)
        parts = [both[:, :, hidden:], both[:, :, :hidden], zeros, zeros]
    else:
        parts = [w.numpy().reshape(gates, hidden, *w.shape[1:]) for w in weights]
    return dict(zip([f"{name}{k}" for name in ("w_ih", "w_hh", "b_ih", "b_hh", "h", "c")], [*parts, *states], strict=False))


def step(kind: str, args: Sequence[Any]) -> Problem:
    """One step: x, the state, the weights."""
    x, state, *weights = args
    returns = ("h0", "c0") if isinstance(state, tuple) else ("h0",)
    return Problem(kind, 1, {"inputs": x.unsqueeze(0).numpy(), **layer(kind, 0, weights, state)}, returns)


def loop(kind: str, args: Sequence[Any]) -> Problem:
    """A loop over time: inputs, the first state, the weights."""
    inputs, state, *weights = args
    returns = ("output", "h0", "c0") if isinstance(state, tuple) else ("output", "h0")
    return Problem(kind, 1, {"inputs": inputs.numpy(), **layer(kind, 0, weights, state)}, returns)


def stack(inputs: Tensor, states: Sequence[Tensor], weights: Sequence[Sequence[Tensor]]) -> Problem:
    """Plain RNN layers on top of each other, each with its first state."""
    tensors = {"inputs": inputs.numpy()}
    for k, (own, state) in enumerate(zip(weights, states, strict=True)):
        tensors |= layer("rnn", k, own, state)
    return Problem("rnn", len(states), tensors, ("output", *(f"h{k}" for k in range(len(states)))))


def model(kind: str, attribute: str, weights: Mapping[str, Tensor], inputs: Tensor) -> Problem:
    """A module that starts from zeros and returns its output only. inputs: time first; indices where there is an embedding."""
    tensors = {"inputs": inputs.numpy()}
    if (embedding := weights.get("emb.weight")) is not None:
        tensors = {"inputs": np.eye(len(embedding), dtype=np.float32)[inputs.numpy()], "embedding": embedding.numpy()}
    layers = sum(name.startswith(f"{attribute}.weight_hh") for name in weights)
    for k in range(layers):
        own = [weights[f"{attribute}.{name}_l{k}"] for name in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
        zeros = own[1].new_zeros(inputs.shape[1], own[1].shape[1])
        tensors |= layer(kind, k, own, (zeros, zeros) if kind == "lstm" else zeros)
    tensors |= {name: value.numpy() for name, value in weights.items() if name.startswith("fc.")}
    return Problem(kind, layers, tensors, ("output",))


def output_shape(problem: Problem) -> tuple[int, ...]:
    """The shape of the top layer's states: (seq_len, batch, hidden_size)."""
    return (*problem.tensors["inputs"].shape[:2], problem.tensors[f"h{problem.layers - 1}"].shape[1])


def drawn_like(draw: Draw, problem: Problem) -> list[Tensor]:
    """Cotangents for the problem's results, in the order in which the probes draw them."""
    shapes = [output_shape(problem) if name == "output" else problem.tensors[name].shape for name in problem.returns]
    return [draw.normal(*shape) for shape in shapes]
