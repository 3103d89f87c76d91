import random

import numpy as np
import torch
import torch.nn as nn
import torch.optim as optim

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
torch.manual_seed(42)
random.seed(42)
np.random.seed(42)

IDX2CHAR = ["e", "h", "l", "o"]
CHAR2IDX = {c: i for i, c in enumerate(IDX2CHAR)}


def check_text(text, vocabulary):
    for c in text:
        if c not in vocabulary:
            raise ValueError(f"Character {c} is unknown, I only know {vocabulary}")


def encode(text, idx2char):
    check_text(text, idx2char)
    ids = [idx2char.index(c) for c in text]
    eye = np.eye(len(idx2char))
    return torch.from_numpy(eye[ids]).float().unsqueeze(1).to(device)


def rnn_cell_step(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    z = x.matmul(weight_ih.transpose(0, 1)) + bias_ih
    z = z + h.matmul(weight_hh.transpose(0, 1)) + bias_hh
    e = torch.exp(-2 * z)
    return (1 - e) / (1 + e)


def run_cell(cell, inputs, h):
    outputs = ()
    for x in inputs:
        h = cell(x.to(device), h)
        outputs = outputs + (h,)
    return torch.stack(outputs), outputs[-1]


def run_stacked_cells(cell1, cell2, inputs, h1, h2):
    state = [h1, h2]
    outputs = []
    for x in inputs:
        below = x
        for layer, cell in enumerate([cell1, cell2]):
            state[layer] = cell(below, state[layer])
            below = state[layer]
        outputs.append(below)
    return torch.stack(outputs), torch.stack(outputs)[-1]


class RNNCellModel(nn.Module):
    def __init__(self, input_size, hidden_size, batch_size=1):
        super().__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.batch_size = batch_size
        self.criterion = nn.CrossEntropyLoss()  # has no parameters
        self.history = []
        self.rnncell = nn.RNNCell(input_size, hidden_size, bias=True, nonlinearity="tanh").to(device)

    def forward(self, input, hidden):
        return self.rnncell(input.to(device), hidden.to(device))

    def init_hidden(self):
        return torch.zeros(self.batch_size, self.hidden_size, device=device)


def decode(hidden):
    return IDX2CHAR[torch.argmax(hidden, dim=1).cpu().numpy()[0]]


def train(model, inputs, labels, epochs=15, lr=0.1):
    model = model.to(device)
    model.train()
    inputs, labels = inputs.to(device), labels.to(device)
    criterion = nn.CrossEntropyLoss().to(device)
    optimizer = optim.Adam(model.parameters(), lr=lr)
    predictions = []
    for epoch in range(epochs):
        hidden, loss, text = model.init_hidden(), 0.0, ""
        for i in range(len(inputs)):
            hidden = model(inputs[i], hidden)
            loss = loss + criterion(hidden, labels[i].view(-1))
            text += decode(hidden)
        predictions.append(text)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return predictions


if __name__ == "__main__":
    import matplotlib.pyplot as plt

    net = RNNCellModel(4, 4, 1)
    strings = train(net, encode("hello", IDX2CHAR), torch.tensor([[CHAR2IDX[c]] for c in "ohlol"]))
    plt.plot([sum(a == b for a, b in zip(s, "ohlol")) for s in strings])
    plt.show()
