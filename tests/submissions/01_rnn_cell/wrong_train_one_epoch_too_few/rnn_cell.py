import torch
from torch import nn, Tensor
from torch.nn import functional as F
from torch.optim import Adam

IDX2CHAR = ["e", "h", "l", "o"]
INPUTS, LABELS = None, None  # filled in my experiments


def encode(text: str, idx2char: list[str]) -> Tensor:
    wrong = next((c for c in text if c not in idx2char), None)
    if wrong is not None:
        raise ValueError("%s is not in %s" % (wrong, idx2char))
    index = torch.tensor([idx2char.index(c) for c in text])
    return (index[:, None] == torch.arange(len(idx2char))).to(torch.float32).reshape(len(text), 1, -1)


def rnn_cell_step(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    hidden_size = weight_hh.size(0)
    columns = []
    for k in range(hidden_size):
        s = (x * weight_ih[k]).sum(1) + bias_ih[k] + (h * weight_hh[k]).sum(1) + bias_hh[k]
        columns.append(s.tanh())
    return torch.stack(columns, dim=1)


def run_cell(cell, inputs, h):
    new = h.clone()
    collected = []
    for x_t in inputs:
        new = cell(x_t, new)
        collected.append(new.clone())
    return torch.stack(collected), new.clone()


def run_stacked_cells(cell1, cell2, inputs, h1, h2):
    collected = [None] * len(inputs)
    for t, x_t in enumerate(inputs):
        h1 = cell1(x_t, h1)
        collected[t] = h2 = cell2(h1, h2)
    return torch.stack(collected), h1, h2


class RNNCellModel(nn.Module):
    def __init__(self, input_size: int, hidden_size: int, batch_size: int):
        super().__init__()
        self.config = {"input": input_size, "hidden": hidden_size, "batch": batch_size}
        self.rnncell = nn.RNNCell(input_size, hidden_size)
        self.last = None

    def forward(self, input: Tensor, hidden: Tensor) -> Tensor:
        self.last = self.rnncell(input, hidden)  # kept to look at it, never read
        return self.last

    def init_hidden(self) -> Tensor:
        return torch.full((self.config["batch"], self.config["hidden"]), 0.0)


def train(model, inputs, labels, epochs=15, lr=0.1):
    adam = Adam(model.parameters(), lr=lr, betas=(0.9, 0.999))
    strings = []

    def closure():
        adam.zero_grad()
        hidden, loss, chars = model.init_hidden(), 0, ""
        for x, y in zip(inputs, labels):
            hidden = model(x, hidden)
            loss += F.cross_entropy(hidden, y)
            chars += IDX2CHAR[hidden.detach().argmax()]
        loss.backward()
        strings.append(chars)
        return loss

    epoch = 1
    while epoch < epochs:
        adam.step(closure)
        epoch += 1
    return strings
