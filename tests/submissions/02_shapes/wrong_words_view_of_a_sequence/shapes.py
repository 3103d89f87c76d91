# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 2. Shapes

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
import ipytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

IDX2CHAR = ["h", "e", "l", "o"]  # the lab's vocabulary
WORDS = ["hello", "eolll", "lleel"]  # the lab's batch

ipytest.autoconfig(raise_on_error=True)

# %% nbgrader={"grade": false, "grade_id": "word_batch", "locked": false, "schema_version": 3, "solution": true, "task": false}
def word_batch(words: list[str], idx2char: list[str]) -> Tensor:
    """Turn words of equal length into a batch of one-hot vectors."""
    seq_len = len(words[0])
    if any(len(word) != seq_len for word in words):
        raise ValueError("unequal words")
    for char in "".join(words):
        if char not in idx2char:
            raise ValueError(f"unknown character {char}")
    flat = torch.tensor([idx2char.index(char) for char in "".join(words)])
    return torch.eye(len(idx2char)).index_select(0, flat).view(seq_len, len(words), -1)

# %% nbgrader={"grade": true, "grade_id": "check_word_batch", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# %%ipytest
def test_word_batch_of_the_lab():
    assert word_batch(WORDS, IDX2CHAR).shape == (3, 5, 4)

# %% nbgrader={"grade": false, "grade_id": "to_time_major", "locked": false, "schema_version": 3, "solution": true, "task": false}
def to_time_major(batch_first: Tensor) -> Tensor:
    """Swap the first two axes, so that time comes first."""
    swapped = batch_first.new_empty((batch_first.shape[1], batch_first.shape[0]) + batch_first.shape[2:])
    for b in range(batch_first.shape[0]):
        swapped[:, b] = batch_first[b]
    return swapped

# %% nbgrader={"grade": false, "grade_id": "output_shapes", "locked": false, "schema_version": 3, "solution": true, "task": false}
def output_shapes(
    kind: str,
    seq_len: int,
    batch: int,
    input_size: int,
    hidden_size: int,
    num_layers: int = 1,
    bidirectional: bool = False,
    batch_first: bool = False,
) -> dict[str, tuple[int, ...]]:
    """Predict the shapes that a recurrent layer returns, by reasoning."""
    width = hidden_size * (2 if bidirectional else 1)
    height = num_layers * (2 if bidirectional else 1)
    shapes = {"output": (seq_len, batch, width), "h_n": (height, batch, hidden_size)}
    if batch_first:
        shapes["output"] = (batch, seq_len, width)
    if kind == "LSTM":
        shapes["c_n"] = (height, batch, hidden_size)
    return shapes

# %% nbgrader={"grade": false, "grade_id": "parameter_shapes", "locked": false, "schema_version": 3, "solution": true, "task": false}
def parameter_shapes(
    kind: str,
    input_size: int,
    hidden_size: int,
    num_layers: int = 1,
    bidirectional: bool = False,
) -> dict[str, tuple[int, ...]]:
    """Predict the names and shapes of a recurrent layer's parameters, by reasoning."""
    blocks = {"RNN": 1, "LSTM": 4, "GRU": 3}[kind]
    rows = blocks * hidden_size
    columns = [input_size] + [hidden_size * (2 if bidirectional else 1)] * (num_layers - 1)
    result = {}
    for layer, width in enumerate(columns):
        for ending in (f"l{layer}", f"l{layer}_reverse"):
            if ending.endswith("reverse") and not bidirectional:
                continue
            result[f"weight_ih_{ending}"] = (rows, width)
            result[f"weight_hh_{ending}"] = (rows, hidden_size)
            result[f"bias_ih_{ending}"] = (rows,)
            result[f"bias_hh_{ending}"] = (rows,)
    return result

# %% nbgrader={"grade": false, "grade_id": "flatten_for_loss", "locked": false, "schema_version": 3, "solution": true, "task": false}
def flatten_for_loss(outputs: Tensor, labels: Tensor) -> tuple[Tensor, Tensor]:
    """Merge time and batch, so that cross-entropy sees one prediction per row."""
    return outputs.reshape(outputs.size(0) * outputs.size(1), -1).clone(), labels.reshape(-1).clone()

# %% nbgrader={"grade": false, "grade_id": "build_and_run", "locked": false, "schema_version": 3, "solution": true, "task": false}
def build_and_run(
    input_size: int,
    hidden_size: int,
    num_layers: int,
    batch: int = 16,
    seq_len: int = 25,
) -> tuple[nn.LSTM, Tensor, tuple[Tensor, Tensor]]:
    """Build a bidirectional, batch-first LSTM and run it once on random input and random states."""
    layer = nn.LSTM(input_size, hidden_size, num_layers, batch_first=True, bidirectional=True)
    x = torch.randn(batch, seq_len, input_size)
    h_0 = torch.randn(2 * num_layers, batch, hidden_size)
    c_0 = torch.randn(2 * num_layers, batch, hidden_size)
    output, (h_n, c_n) = layer(x, (h_0, c_0))
    return layer, output, (h_n, c_n)

# %% nbgrader={"grade": false, "grade_id": "last_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def last_step(output: Tensor, batch_first: bool, bidirectional: bool, hidden_size: int) -> Tensor:
    """Read the final state of the top layer from a recurrent layer's output."""
    if not batch_first:
        output = output.permute(1, 0, 2)
    forward, backward = output[:, -1, :hidden_size], output[:, 0, hidden_size:]
    return torch.cat([forward, backward], dim=1)  # backward is empty for one direction

# %% tags=["demo"]
demo_layer, demo_output, _ = build_and_run(10, 20, 2)
show(demo_output)
