# ---
# jupyter:
#   jupytext:
#     text_representation:
#       extension: .py
#       format_name: percent
# ---

# %% [markdown]
# # 1. The RNN cell

# %% nbgrader={"grade": false, "grade_id": "setup", "locked": true, "schema_version": 3, "solution": false, "task": false}
from collections.abc import Callable

import ipytest
import torch
import torch.nn.functional as F
from torch import Tensor, nn

IDX2CHAR = ["e", "h", "l", "o"]
X_DATA = [1, 0, 2, 2, 3]
Y_DATA = [3, 1, 2, 3, 2]

ipytest.autoconfig(raise_on_error=True)

# %% nbgrader={"grade": false, "grade_id": "encode", "locked": false, "schema_version": 3, "solution": true, "task": false}
def encode(text: str, idx2char: list[str]) -> Tensor:
    """Turn a text into one-hot vectors, one per character."""
    # my solution
    eye = torch.eye(len(idx2char))
    rows = []
    for char in text:
        if char not in idx2char:
            raise ValueError(f"{char} is unknown")
        rows.append(eye[idx2char.index(char)])
    return torch.stack(rows).unsqueeze(1)

# %% nbgrader={"grade": true, "grade_id": "check_encode", "locked": true, "points": 3, "schema_version": 3, "solution": false, "task": false}
# %%ipytest
def test_encode_hello():
    assert encode("hello", IDX2CHAR).shape == (5, 1, 4)

# %% nbgrader={"grade": false, "grade_id": "rnn_cell_step", "locked": false, "schema_version": 3, "solution": true, "task": false}
def rnn_cell_step(
    x: Tensor,
    h: Tensor,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor,
    bias_hh: Tensor,
) -> Tensor:
    """Compute the next hidden state: h' = tanh(W_ih x + b_ih + W_hh h + b_hh)."""
    x_t = x[0]
    return torch.tanh(weight_ih @ x_t + bias_ih + (weight_hh @ h.T).T + bias_hh)

# %% nbgrader={"grade": false, "grade_id": "run_cell", "locked": false, "schema_version": 3, "solution": true, "task": false}
def run_cell(cell: Callable[[Tensor, Tensor], Tensor], inputs: Tensor, h: Tensor) -> tuple[Tensor, Tensor]:
    """Run a cell over a sequence and collect the hidden state of every step."""
    outputs = torch.empty(0)
    for x in inputs:
        h = cell(x, h)
        outputs = torch.cat((outputs, h.unsqueeze(0))) if len(outputs) else h.unsqueeze(0)
    return outputs, h

# %% nbgrader={"grade": false, "grade_id": "run_stacked_cells", "locked": false, "schema_version": 3, "solution": true, "task": false}
def run_stacked_cells(cell1, cell2, inputs: Tensor, h1: Tensor, h2: Tensor) -> tuple[Tensor, Tensor, Tensor]:
    """Run two cells on top of each other; the second reads the new state of the first."""
    first_outputs, h1_n = run_cell(cell1, inputs, h1)
    outputs, h2_n = run_cell(cell2, first_outputs, h2)
    return outputs, h1_n, h2_n

# %% nbgrader={"grade": false, "grade_id": "RNNCellModel", "locked": false, "schema_version": 3, "solution": true, "task": false}
class RNNCellModel(nn.Module):
    """One nn.RNNCell as a model, kept in the attribute `rnncell` (lecture, Example 12-1)."""

    def __init__(self, input_size: int, hidden_size: int, batch_size: int) -> None:
        super().__init__()
        self.rnncell = nn.RNNCell(input_size, hidden_size)
        self.batch_size = batch_size

    def forward(self, input: Tensor, hidden: Tensor) -> Tensor:
        return self.rnncell(input, hidden)

    def init_hidden(self) -> Tensor:
        return torch.zeros(self.batch_size, self.rnncell.weight_hh.shape[0])

# %% nbgrader={"grade": false, "grade_id": "train", "locked": false, "schema_version": 3, "solution": true, "task": false}
def train(model: nn.Module, inputs: Tensor, labels: Tensor, epochs: int = 15, lr: float = 0.1) -> list[str]:
    """Train the model in place with Adam and return what it predicted in each epoch."""
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    results = []
    for _ in range(epochs):
        hidden, loss, letters = model.init_hidden(), 0, []
        for t in range(inputs.size(0)):
            hidden = model(inputs[t], hidden)
            loss += F.cross_entropy(hidden, labels[t])
            letters.append(IDX2CHAR[hidden.argmax(dim=1).item()])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        results.append("".join(letters))
    return results

# %% tags=["demo"]
show_training(seed=3)
