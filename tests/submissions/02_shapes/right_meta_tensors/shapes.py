"""shapes with tensors on the meta device, so no layer is built"""
import torch
from torch import Tensor, nn
from torch.utils.data import default_collate
import torch.nn.functional as F
IDX2CHAR = ["h", "e", "l", "o"]
from typing import Literal
Kind = Literal["RNN", "LSTM", "GRU"]

def one_hot(word: str, idx2char: list[str]) -> Tensor:
    eye = dict(zip(idx2char, torch.eye(len(idx2char))))
    if not set(word) <= eye.keys():
        raise ValueError(f"{word!r} has characters outside of {idx2char}: {set(word) - eye.keys()}")
    return torch.stack([eye[c] for c in word])

def word_batch(words: list[str], idx2char: list[str]) -> Tensor:
    encoded = [one_hot(w, idx2char) for w in words]
    try:
        return default_collate(encoded)
    except RuntimeError as e:
        raise ValueError("words differ in length") from e

def to_time_major(batch_first: Tensor) -> Tensor:
    return batch_first.permute(1, 0, *range(2, batch_first.ndim)).contiguous()

def output_shapes(kind: Kind, seq_len: int, batch: int, input_size: int, hidden_size: int, num_layers: int = 1, bidirectional: bool = False, batch_first: bool = False) -> dict[str, tuple[int, ...]]:
    one = torch.empty(seq_len, batch, hidden_size, device="meta")
    out = torch.cat([one] * (2 if bidirectional else 1), dim=2)
    if batch_first:
        out = out.transpose(0, 1)
    h = torch.empty(0, batch, hidden_size, device="meta")
    for _ in range(num_layers):
        h = torch.cat([h] + [one[:1]] * (2 if bidirectional else 1))
    shapes = {"output": tuple(out.shape), "h_n": tuple(h.shape)}
    if kind == "LSTM":
        shapes["c_n"] = tuple(torch.empty_like(h).size())
    return shapes

def parameter_shapes(kind: Kind, input_size: int, hidden_size: int, num_layers: int = 1, bidirectional: bool = False) -> dict[str, tuple[int, ...]]:
    G = "R GL".index(kind[0]) + 1 if kind != "GRU" else 3
    names = [f"{p}_{w}_l{k}{d}" for k in range(num_layers) for d in ("", "_reverse")[:2 if bidirectional else 1] for p in ("weight", "bias") for w in ("ih", "hh")]
    def shape(name: str):
        if name.startswith("bias"):
            return (G * hidden_size,)
        if "_hh_" in name:
            return (G * hidden_size, hidden_size)
        return (G * hidden_size, input_size if "_l0" in name else hidden_size * (1 + int(bidirectional)))
    return {n: shape(n) for n in names}

def flatten_for_loss(outputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    return nn.Flatten(0, 1)(outputs), nn.Flatten(0, 1)(labels)

def build_and_run(input_size: int, hidden_size: int, num_layers: int, batch: int = 16, seq_len: int = 25):
    g = torch.Generator().manual_seed(2023)
    layer = nn.LSTM(input_size, hidden_size, num_layers, batch_first=True, bidirectional=True)
    draw = lambda *size: torch.randn(*size, generator=g)
    x, h_0, c_0 = draw(batch, seq_len, input_size), draw(2 * num_layers, batch, hidden_size), draw(2 * num_layers, batch, hidden_size)
    layer.flatten_parameters()
    output, (h_n, c_n) = layer.forward(x, hx=(h_0, c_0))
    print(f"{output.shape=} {h_n.shape=} {c_n.shape=}")
    return layer, output.detach(), (h_n.detach(), c_n.detach())

def last_step(output: Tensor, batch_first: bool, bidirectional: bool, hidden_size: int) -> Tensor:
    seq_first = to_time_major(output) if batch_first else output
    match bidirectional:
        case False:
            return seq_first[-1, ...]
        case True:
            fwd, bwd = torch.split(seq_first, hidden_size, dim=-1)
            return torch.cat((fwd[-1], bwd[0]), dim=-1)
