"""Assignment 2."""
from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

IDX2CHAR = list("helo")
GATES = {"RNN": 1, "LSTM": 4, "GRU": 3}


def word_batch(words: list[str], idx2char: list[str]) -> Tensor:
    if len(set(map(len, words))) != 1:
        raise ValueError(f"lengths differ: {sorted(set(map(len, words)))}")
    if unknown := set("".join(words)) - set(idx2char):
        raise ValueError(f"unknown characters: {unknown}")
    index = torch.tensor([[idx2char.index(c) for c in w] for w in words])
    return F.one_hot(index, len(idx2char)).float()


def to_time_major(batch_first: Tensor) -> Tensor:
    return batch_first.swapaxes(0, 1).contiguous()


def output_shapes(
    kind: str, seq_len: int, batch: int, input_size: int, hidden_size: int,
    num_layers: int = 1, bidirectional: bool = False, batch_first: bool = False,
) -> dict[str, tuple[int, ...]]:
    directions = 1 + bidirectional
    state = (num_layers * directions, batch, hidden_size)
    steps = (batch, seq_len) if batch_first else (seq_len, batch)
    return {"h_n": state, "output": (*steps, directions * hidden_size)} | ({"c_n": state} if kind == "LSTM" else {})


def parameter_shapes(
    kind: str, input_size: int, hidden_size: int, num_layers: int = 1, bidirectional: bool = False
) -> dict[str, tuple[int, ...]]:
    rows, directions = GATES[kind] * hidden_size, 1 + bidirectional
    return {
        f"{what}_l{layer}{'_reverse' * backward}": shape
        for layer in range(num_layers)
        for backward in range(directions)
        for what, shape in (
            ("weight_ih", (rows, directions * hidden_size if layer else input_size)),
            ("weight_hh", (rows, hidden_size)),
            ("bias_ih", (rows,)),
            ("bias_hh", (rows,)),
        )
    }


def flatten_for_loss(outputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    return outputs.flatten(0, 1).clone(), labels.flatten().clone()


def build_and_run(
    input_size: int, hidden_size: int, num_layers: int, batch: int = 16, seq_len: int = 25
) -> tuple[nn.LSTM, Tensor, tuple[Tensor, Tensor]]:
    layer = nn.LSTM(input_size, hidden_size, num_layers=num_layers, bidirectional=True, batch_first=True)
    state = tuple(torch.randn(2, 2 * num_layers, batch, hidden_size))
    return layer, *layer(torch.randn(batch, seq_len, input_size), state)


def last_step(output: Tensor, batch_first: bool, bidirectional: bool, hidden_size: int) -> Tensor:
    if bidirectional:
        forward, backward = output.split(hidden_size, dim=-1)
        return torch.cat([forward[-1], backward[0]], dim=-1)
    return output[-1]
