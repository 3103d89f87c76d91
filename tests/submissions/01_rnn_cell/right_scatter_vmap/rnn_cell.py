"""
ChatGPT style: typed, documented, defensive
"""
import logging
from typing import Callable, Final, NamedTuple, Optional, Protocol, runtime_checkable
import torch
import torch.nn as nn
import torch.optim as optim
from torch import Tensor

logging.basicConfig(level=logging.INFO)
logger = logging.getLogger(__name__)
IDX2CHAR: Final[list[str]] = ["e", "h", "l", "o"]
DEVICE: Final = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")

@runtime_checkable
class Cell(Protocol):
    def __call__(self, x: Tensor, h: Tensor) -> Tensor: ...

class RunResult(NamedTuple):
    outputs: Tensor
    h_n: Tensor

class StackedResult(NamedTuple):
    outputs: Tensor
    h1: Tensor
    h2: Tensor

def _check_2d(**tensors: Tensor) -> None:
    for name, t in tensors.items():
        if t.dim() != 2:
            raise ValueError(f"{name} must be 2-D, got {t.dim()}-D")

def encode(text: str, idx2char: list[str]) -> Tensor:
    char2idx: dict[str, int] = {ch: i for i, ch in enumerate(idx2char)}
    missing: list[str] = [ch for ch in text if ch not in char2idx]
    if missing:
        raise ValueError(f"Unknown character(s): {missing!r}. Known: {idx2char!r}")
    indices: Tensor = torch.tensor([char2idx[ch] for ch in text], dtype=torch.int64)
    out: Tensor = torch.zeros(len(text), 1, len(idx2char), dtype=torch.float32)
    return out.scatter_(dim=2, index=indices.view(-1, 1, 1), value=1.0)

def rnn_cell_step(x: Tensor, h: Tensor, weight_ih: Tensor, weight_hh: Tensor, bias_ih: Tensor, bias_hh: Tensor) -> Tensor:
    _check_2d(x=x, h=h, weight_ih=weight_ih, weight_hh=weight_hh)
    def single(xi: Tensor, hi: Tensor) -> Tensor:
        return torch.tanh(weight_ih @ xi + bias_ih + weight_hh @ hi + bias_hh)
    return torch.vmap(single)(x, h)

def run_cell(cell: Cell, inputs: Tensor, h: Tensor) -> RunResult:
    assert callable(cell) and inputs.ndim == 3, "inputs must be (seq_len, batch, input_size)"
    seq_len, batch, _ = inputs.size()
    h_t: Tensor = h
    all_h: list[Tensor] = []
    for t in range(seq_len):
        h_t = cell(inputs[t, :, :], h_t)
        all_h.append(h_t)
    return RunResult(outputs=torch.stack(all_h, dim=0), h_n=h_t)

def run_stacked_cells(cell1: Cell, cell2: Cell, inputs: Tensor, h1: Tensor, h2: Tensor) -> StackedResult:
    class Stack(nn.Module):
        def forward(self, x, hs):
            a = cell1(x, hs[0])
            return a, cell2(a, hs[1])
    stack = Stack()
    collected: list[Tensor] = []
    state: tuple[Tensor, Tensor] = (h1, h2)
    for x_t in inputs:
        state = stack(x_t, state)
        collected.append(state[1])
    return StackedResult(torch.stack(collected), *state)

class RNNCellModel(nn.Module):
    """Thin wrapper"""
    def __init__(self, input_size: int, hidden_size: int, batch_size: int) -> None:
        super().__init__()
        self.input_size, self.hidden_size, self.batch_size = input_size, hidden_size, batch_size
        self.rnncell: nn.RNNCell = nn.RNNCell(input_size, hidden_size)
        self.reset_parameters()
        self.to(DEVICE)
    def reset_parameters(self) -> None:
        self.rnncell.reset_parameters()
    def forward(self, input: Tensor, hidden: Tensor) -> Tensor:
        return self.rnncell(input.to(DEVICE), hidden.to(DEVICE))
    def init_hidden(self) -> Tensor:
        return torch.zeros(self.batch_size, self.hidden_size, device=DEVICE)
    def extra_repr(self) -> str:
        return f"batch_size={self.batch_size}"

def train(model: nn.Module, inputs: Tensor, labels: Tensor, epochs: int = 15, lr: float = 0.1) -> list[str]:
    model.to(DEVICE).train()
    inputs, labels = inputs.to(DEVICE), labels.to(DEVICE)
    criterion = nn.CrossEntropyLoss(reduction="mean")
    optimizer = optim.Adam(model.parameters(), lr=lr, betas=(0.9, 0.999), eps=1e-8, weight_decay=0, amsgrad=False)
    predictions: list[str] = []
    for epoch in range(epochs):
        optimizer.zero_grad()
        hidden: Tensor = model.init_hidden()
        loss: Tensor = torch.tensor(0.0, device=DEVICE)
        predicted: list[str] = []
        with torch.set_grad_enabled(True):
            for step, (x_t, y_t) in enumerate(zip(inputs, labels)):
                hidden = model(x_t, hidden)
                loss += criterion(hidden, y_t)
                _, idx = hidden.max(dim=1)
                predicted.append(IDX2CHAR[idx.item()])
        loss.backward()
        optimizer.step()
        text = "".join(predicted)
        predictions.append(text)
        logger.info("epoch %d/%d loss=%.4f predicted=%s", epoch + 1, epochs, loss.item(), text)
    return predictions
