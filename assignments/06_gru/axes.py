"""Show the shapes of a layer with the names of their axes: `show_shapes(nn.LSTM(4, 2), torch.randn(5, 3, 4))`.

For nn.RNN, nn.LSTM, nn.GRU and their cells, nn.Embedding and nn.Linear. This file comes with the exercise; use it as you wish.
"""

from __future__ import annotations

from collections.abc import Iterator

from torch import Tensor, nn

BLOCKS = {"RNN": 1, "LSTM": 4, "GRU": 3}  # gates stacked in one weight matrix


def show_shapes(layer: nn.Module, *inputs: Tensor) -> None:
    """Call the layer and print the shapes of inputs, outputs and parameters, one per line."""
    print(layer)
    for name, axes, shape in named_shapes(layer, *inputs):
        print(f"  {name:22} ({', '.join(axes)}) = {shape}" if axes else f"  {name:22} {shape}")


def named_shapes(layer: nn.Module, *inputs: Tensor) -> Iterator[tuple[str, tuple[str, ...], tuple[int, ...]]]:
    """Yield (name, axes, shape) for each input, output and parameter."""
    for name, tensor in zip(("x", "state", "c"), inputs, strict=False):
        yield name, _input_axes(layer, name, tensor), tuple(tensor.shape)
    for name, tensor in _outputs(layer(*inputs)):
        yield name, _output_axes(layer, name, tensor), tuple(tensor.shape)
    for name, parameter in layer.named_parameters():
        yield name, _parameter_axes(layer, name), tuple(parameter.shape)


def _outputs(result: Tensor | tuple[Tensor, Tensor | tuple[Tensor, Tensor]]) -> list[tuple[str, Tensor]]:
    if isinstance(result, Tensor):
        return [("output", result)]
    first, rest = result
    if isinstance(rest, tuple):
        return list(zip(("output", "h_n", "c_n"), (first, *rest), strict=True))
    return [("output", first), ("h_n", rest)] if first.dim() == 3 else [("h", first), ("c", rest)]


def _sequence_axes(layer: nn.RNNBase) -> tuple[str, str]:
    return ("batch", "seq_len") if layer.batch_first else ("seq_len", "batch")


def _input_axes(layer: nn.Module, name: str, tensor: Tensor) -> tuple[str, ...]:
    if isinstance(layer, nn.RNNBase):
        return (*_sequence_axes(layer), "input_size") if name == "x" else _state_axes(layer)
    if isinstance(layer, nn.RNNCellBase):
        return ("batch", "input_size" if name == "x" else "hidden_size")
    before = {1: ("batch",), 2: ("batch", "seq_len")}.get(tensor.dim() - isinstance(layer, nn.Linear))
    if before is None:
        return ()
    return (*before, "in_features") if isinstance(layer, nn.Linear) else before


def _state_axes(layer: nn.RNNBase) -> tuple[str, ...]:
    return ("2*num_layers" if layer.bidirectional else "num_layers", "batch", "hidden_size")


def _output_axes(layer: nn.Module, name: str, tensor: Tensor) -> tuple[str, ...]:
    if isinstance(layer, nn.RNNBase):
        if name != "output":
            return _state_axes(layer)
        return (*_sequence_axes(layer), "2*hidden_size" if layer.bidirectional else "hidden_size")
    if isinstance(layer, nn.RNNCellBase):
        return ("batch", "hidden_size")
    last = "embedding_size" if isinstance(layer, nn.Embedding) else "out_features"
    return {2: ("batch", last), 3: ("batch", "seq_len", last)}.get(tensor.dim(), ())


def _parameter_axes(layer: nn.Module, name: str) -> tuple[str, ...]:
    if isinstance(layer, nn.Embedding):
        return ("num_embeddings", "embedding_size")
    if isinstance(layer, nn.Linear):
        return ("out_features", "in_features") if name == "weight" else ("out_features",)
    blocks = BLOCKS[type(layer).__name__.removesuffix("Cell")]
    rows = "hidden_size" if blocks == 1 else f"{blocks}*hidden_size"
    if name.startswith("bias"):
        return (rows,)
    if name.startswith("weight_hh"):
        return (rows, "hidden_size")
    upper = isinstance(layer, nn.RNNBase) and not name.startswith("weight_ih_l0")
    both = isinstance(layer, nn.RNNBase) and layer.bidirectional
    return (rows, ("2*hidden_size" if both else "hidden_size") if upper else "input_size")
