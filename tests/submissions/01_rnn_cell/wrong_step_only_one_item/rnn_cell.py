"""Assignment 1, with torch.nn.functional wherever it helps."""
from typing import Callable, List, Tuple

import torch
import torch.nn.functional as F
from torch import Tensor, nn

IDX2CHAR = ["e", "h", "l", "o"]
Cell = Callable[[Tensor, Tensor], Tensor]


def encode(text: str, idx2char: List[str]) -> Tensor:
    char2idx = {char: idx for idx, char in enumerate(idx2char)}
    unknown = [char for char in text if char not in char2idx]
    if unknown:
        raise ValueError(f"not in the vocabulary: {unknown}")
    indices = torch.tensor([char2idx[char] for char in text])
    return F.one_hot(indices, num_classes=len(idx2char)).float()[:, None, :]


def rnn_cell_step(
    x: Tensor, h: Tensor, weight_ih: Tensor, weight_hh: Tensor, bias_ih: Tensor, bias_hh: Tensor
) -> Tensor:
    out = (F.linear(x, weight_ih, bias_ih) + F.linear(h, weight_hh, bias_hh)).tanh()
    return out[0].unsqueeze(0)


def run_cell(cell: Cell, inputs: Tensor, h: Tensor) -> Tuple[Tensor, Tensor]:
    states: List[Tensor] = [h]
    for x in inputs.unbind(0):
        states.append(cell(x, states[-1]))
    return torch.stack(states[1:]), states[-1]


def run_stacked_cells(cell1: Cell, cell2: Cell, inputs: Tensor, h1: Tensor, h2: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    lower, h1 = run_cell(cell1, inputs, h1)
    upper, h2 = run_cell(cell2, lower, h2)
    return upper, h1, h2


class RNNCellModel(nn.Module):
    def __init__(self, input_size: int, hidden_size: int, batch_size: int) -> None:
        super().__init__()
        self.shape = (batch_size, hidden_size)
        self.rnncell = nn.RNNCell(input_size, hidden_size)

    def forward(self, input: Tensor, hidden: Tensor) -> Tensor:
        return self.rnncell(input, hidden)

    def init_hidden(self) -> Tensor:
        return next(self.parameters()).new_zeros(self.shape)


def train(model: nn.Module, inputs: Tensor, labels: Tensor, epochs: int = 15, lr: float = 0.1) -> List[str]:
    optimizer = torch.optim.Adam(model.parameters(), lr)
    strings: List[str] = []
    for _ in range(epochs):
        logits, _ = run_cell(model, inputs, model.init_hidden())
        loss = F.cross_entropy(logits.flatten(0, 1), labels.flatten(), reduction="sum")
        strings.append("".join(IDX2CHAR[i] for i in logits.argmax(dim=-1).flatten().tolist()))
        loss.backward()
        optimizer.step()
        optimizer.zero_grad()
    return strings
