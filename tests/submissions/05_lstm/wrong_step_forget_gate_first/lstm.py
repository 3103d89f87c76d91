from typing import NamedTuple

import torch
from torch import Tensor, nn
from torch.nn import functional as F

IDX2CHAR = ["e", "h", "l", "o"]


class State(NamedTuple):
    h: Tensor
    c: Tensor


def lstm_cell_step(x, state, weight_ih, weight_hh, bias_ih, bias_hh):
    old = State(*state)
    n = old.h.shape[-1]
    both = F.linear(x, weight_ih, bias_ih) + F.linear(old.h, weight_hh, bias_hh)
    gate = dict(zip("figo", both.split(n, dim=-1)))
    c = torch.sigmoid(gate["f"]) * old.c + torch.sigmoid(gate["i"]) * torch.tanh(gate["g"])
    return State(h=torch.sigmoid(gate["o"]) * torch.tanh(c), c=c)


def lstm_forward(inputs, state, weight_ih, weight_hh, bias_ih, bias_hh):
    from itertools import accumulate

    def step(state, x):
        return lstm_cell_step(
            x=x, state=state, weight_ih=weight_ih, weight_hh=weight_hh, bias_ih=bias_ih, bias_hh=bias_hh
        )

    _, *states = accumulate(inputs, step, initial=State(*state))
    return torch.stack([h for h, c in states]), states[-1]


class LSTMModel(nn.Module):
    def __init__(self, input_size=4, embedding_size=10, hidden_size=8, num_layers=2, num_class=4):
        nn.Module.__init__(self)
        self.fc = nn.Linear(hidden_size, num_class)
        self.emb = nn.Embedding(input_size, embedding_size)
        lstm = nn.LSTM(embedding_size, hidden_size, num_layers, batch_first=True)
        self.lstm = lstm
        self.steps = 0

    def forward(self, x):
        self.steps += 1
        hidden_states, _ = self.lstm(self.emb(x))
        return F.linear(hidden_states, self.fc.weight, self.fc.bias).flatten(0, 1)


def train(model, inputs, labels, epochs=100, lr=0.05):
    nll = nn.NLLLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = []

    def closure():
        optimizer.zero_grad()
        log_p = F.log_softmax(model(inputs), dim=1)
        loss = nll(log_p, labels)
        loss.backward()
        history.append(("".join(IDX2CHAR[i] for i in log_p.argmax(1).tolist()), loss.item()))
        return loss

    for _ in range(epochs):
        optimizer.step(closure)
    return history
