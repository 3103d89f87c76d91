import torch
from torch import nn
from torch.nn import NLLLoss
from torch.nn.functional import log_softmax

IDX2CHAR = ["e", "h", "l", "o"]


def encode(text, idx2char):
    if not set(text) <= set(idx2char):
        raise ValueError("unknown: " + ", ".join(sorted(set(text) - set(idx2char))))
    return torch.stack([torch.tensor([[float(c == v) for v in idx2char]]) for c in text])


def rnn_cell_step(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    rows = []
    for one_x, one_h in zip(x, h):  # one item of the batch at a time, as in the equation
        rows.append(torch.tanh(weight_ih @ one_x + bias_ih + weight_hh @ one_h + bias_hh))
    return torch.stack(rows)


def run_cell(cell, inputs, h):
    outputs = []
    for chunk in torch.split(inputs, 1):
        h = cell(chunk.squeeze(0), h)
        outputs.append(h)
    return torch.stack(outputs), h


def run_stacked_cells(cell1, cell2, inputs, h1, h2):
    outputs = []
    for x in inputs:
        new1 = cell1(x, h1)
        new2 = cell2(h1, h2)
        h1, h2 = new1, new2
        outputs.append(h2)
    return torch.stack(outputs), h1, h2


class RNNCellModel(nn.Module):
    """Built on the cell of PyTorch."""

    names = IDX2CHAR

    def __init__(self, input_size, hidden_size, batch_size):
        nn.Module.__init__(self)
        self.rnncell = nn.RNNCell(input_size=input_size, hidden_size=hidden_size)
        self.register_buffer("zeros", torch.zeros(batch_size, hidden_size))

    def forward(self, input, hidden):
        return self.rnncell.forward(input, hidden)

    def init_hidden(self):
        return torch.zeros_like(self.zeros)


def train(model, inputs, labels, epochs=15, lr=0.1):
    criterion, optimizer = NLLLoss(), torch.optim.Adam(model.parameters(), lr=lr)
    log = []
    for _ in range(epochs):
        hidden = model.init_hidden()
        total, chars = torch.zeros(1), []
        for step, x in enumerate(inputs):
            hidden = model(x, hidden)
            total = total + criterion(log_softmax(hidden, dim=1), labels[step])
            chars.append(IDX2CHAR[hidden.topk(1).indices.item()])
        optimizer.zero_grad(set_to_none=False)
        total.backward()
        optimizer.step()
        log.append("".join(chars))
    return log
