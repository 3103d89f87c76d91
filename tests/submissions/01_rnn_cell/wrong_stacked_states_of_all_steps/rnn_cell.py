import torch
import torch.nn as nn
import torch.nn.functional as F
import matplotlib.pyplot as plt

IDX2CHAR = ["e", "h", "l", "o"]


def encode(text, idx2char):
    rows = []
    for ch in text:
        try:
            place = idx2char.index(ch)
        except ValueError:
            raise ValueError(f"I do not know the letter '{ch}'") from None
        row = [0.0] * len(idx2char)
        row[place] = 1.0
        rows.append([row])
    return torch.tensor(rows)


def rnn_cell_step(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    batch, hidden_size = h.shape
    assert x.shape[0] == batch and weight_hh.shape == (hidden_size, hidden_size)
    joined = torch.cat([x, h], dim=1)  # (batch, in + hidden)
    weight = torch.cat([weight_ih, weight_hh], dim=1)  # (hidden, in + hidden)
    return torch.tanh(joined @ weight.T + (bias_ih + bias_hh))


def run_cell(cell, inputs, h):
    outputs = []
    t = 0
    while t < len(inputs):
        h = cell(inputs[t, :, :], h)
        assert h.dim() == 2
        outputs.append(h)
        t += 1
    h_n = outputs[-1]
    return torch.stack(outputs, 0), h_n


def run_stacked_cells(cell1, cell2, inputs, h1, h2):
    first, second = [], []
    for x in inputs:
        first.append(cell1(x, first[-1] if first else h1))
    for x in first:
        second.append(cell2(x, second[-1] if second else h2))
    return torch.stack(second), torch.stack(first), second[-1]


class RNNCellModel(nn.Module):
    def __init__(self, input_size, hidden_size, batch_size):
        super().__init__()
        self.rnncell = nn.RNNCell(input_size, hidden_size)
        nn.init.xavier_uniform_(self.rnncell.weight_ih)
        nn.init.zeros_(self.rnncell.bias_ih)
        nn.init.zeros_(self.rnncell.bias_hh)
        self.start = torch.zeros(batch_size, hidden_size)

    def forward(self, input, hidden):
        return self.rnncell(input, hidden)

    def init_hidden(self):
        return self.start.clone()


def train(model, inputs, labels, epochs=15, lr=0.1):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    answers = []
    for epoch in range(epochs):
        h = model.init_hidden()
        logits = []
        for x in inputs:
            h = model(x, h)
            logits.append(h)
        logits = torch.cat(logits)  # (seq_len, classes)
        loss = F.cross_entropy(logits, labels.squeeze(1))  # the mean over time: Adam does not mind
        optimizer.zero_grad()
        loss.backward(retain_graph=True)
        optimizer.step()
        answers.append("".join([IDX2CHAR[i] for i in logits.argmax(1)]))
    return answers
