"""Assignment 3 -- nn.RNN by hand and from torch."""
from __future__ import annotations

import torch as th
import torch
from torch import nn, optim
import numpy as np

device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
IDX2CHAR = list("ehlo")
print("running on", device)


def rnn_forward(inputs, h_0, parameters, num_layers):
    out = inputs
    for k in range(num_layers):
        h = h_0[k]
        collected = []
        for x in out:
            h = torch.tanh(x @ parameters[f"weight_ih_l{k}"].T + parameters[f"bias_ih_l{k}"]
                           + h @ parameters[f"weight_hh_l{k}"].T + parameters[f"bias_hh_l{k}"])
            collected.append(h)
        out = torch.stack(collected)
    return out, h


class RNNModel(nn.Module):
    def __init__(self, input_size, hidden_size, batch_size, num_layers=1):
        super().__init__()
        self.history = []
        self.config = dict(input_size=input_size, hidden_size=hidden_size)
        self.num_layers, self.batch_size, self.hidden_size = num_layers, batch_size, hidden_size
        self.rnn = nn.RNN(input_size, hidden_size, num_layers).to(device)

    def forward(self, inputs, hidden=None):
        if hidden is None:
            hidden = torch.zeros((self.num_layers, self.batch_size, self.hidden_size), device=device)
        out, hidden = self.rnn(inputs.to(device), hidden)
        return torch.cat([step for step in out], dim=0)


def decode(logits, idx2char):
    best = np.argmax(logits.detach().cpu().numpy(), axis=1)
    return "".join(np.array(idx2char)[best])


def run_epoch(model, optimizer, inputs, labels):
    logits = model(inputs)
    loss = torch.nn.functional.cross_entropy(logits, labels.view(-1))
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return decode(logits, IDX2CHAR), loss.item()


def train(model, inputs, labels, epochs=15, lr=0.05):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    return [run_epoch(model, optimizer, inputs, labels) for _ in range(epochs)]
