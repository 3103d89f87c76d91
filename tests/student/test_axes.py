"""The names of the axes fit the sizes, for every layer of the course: all sizes differ, so a wrong name is seen."""

from __future__ import annotations

from typing import Any

import axes
import pytest
import torch
from torch import nn

SIZES = {"batch": 2, "seq_len": 3, "input_size": 5, "hidden_size": 7, "num_layers": 4, "in_features": 5, "out_features": 11}
SIZES |= {"num_embeddings": 13, "embedding_size": 17}
SEQUENCE, STEP, INDICES = torch.randn(3, 2, 5), torch.randn(2, 5), torch.tensor([[1, 2, 3], [4, 5, 6]])
CASES: dict[str, tuple[nn.Module, Any]] = {
    "Embedding": (nn.Embedding(13, 17), INDICES),
    "Linear": (nn.Linear(5, 11), STEP),
    "Linear on a sequence": (nn.Linear(5, 11), SEQUENCE.transpose(0, 1)),
}
for kind in ("RNN", "LSTM", "GRU"):
    CASES[f"{kind}Cell"] = (getattr(nn, f"{kind}Cell")(5, 7), STEP)
    layer = getattr(nn, kind)
    CASES[kind] = (layer(5, 7, 4), SEQUENCE)
    both = layer(5, 7, 4, batch_first=True, bidirectional=True)
    CASES[f"{kind} batch first, both directions"] = (both, SEQUENCE.transpose(0, 1))


def size(axis: str) -> int:
    factor, _, name = axis.rpartition("*")
    return int(factor or 1) * SIZES[name]


@pytest.mark.parametrize(("layer", "x"), CASES.values(), ids=CASES.keys())
def test_each_axis_has_the_size_of_its_name(layer: nn.Module, x: torch.Tensor) -> None:
    found = list(axes.named_shapes(layer, x))
    assert len(found) >= 3
    for name, named, shape in found:
        assert tuple(size(axis) for axis in named) == shape, name


def test_it_is_printed(capsys: pytest.CaptureFixture[str]) -> None:
    axes.show_shapes(nn.LSTM(5, 7, 4), SEQUENCE)
    printed = capsys.readouterr().out
    assert "(seq_len, batch, hidden_size) = (3, 2, 7)" in printed
    assert "(4*hidden_size, input_size) = (28, 5)" in printed
