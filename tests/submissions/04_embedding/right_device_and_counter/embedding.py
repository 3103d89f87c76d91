"""Assignment 4."""
from __future__ import annotations

import math
import numpy as np
import torch
from torch import nn

DEVICE = "cuda:0" if torch.cuda.is_available() else "cpu"
IDX2CHAR = [*"ehlo"]
CHAR2IDX = {c: i for i, c in enumerate(IDX2CHAR)}


def embed(indices: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    hot = torch.zeros(*indices.shape, weight.shape[0], dtype=weight.dtype)
    hot.scatter_(-1, indices.unsqueeze(-1), 1)
    return nn.functional.linear(hot, weight.t())


class EmbeddingModel(nn.Module):
    def __init__(self, input_size=4, embedding_size=10, hidden_size=8, num_layers=2, num_class=4):
        super().__init__()
        self.sizes = {"hidden": hidden_size, "layers": num_layers, "classes": num_class}
        self.calls = 0
        self.emb = nn.Embedding(input_size, embedding_size)
        self.rnn = nn.RNN(embedding_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, num_class)
        self.to(DEVICE)

    def forward(self, x, h=None):
        self.calls += 1
        x = x.to(DEVICE)
        vectors = self.emb(x)
        if h is None:
            h = vectors.new_zeros(self.sizes["layers"], len(x), self.sizes["hidden"])
        out, h = self.rnn(vectors, h)
        return torch.cat([self.fc(word) for word in out], dim=0)


def train(model, inputs, labels, epochs: int = 15, lr: float = 0.05):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr, weight_decay=0)
    history = []

    def closure():
        optimizer.zero_grad()
        output = torch.log_softmax(model(inputs), dim=1)
        loss = nn.NLLLoss()(output, labels)
        loss.backward()
        history.append((''.join(IDX2CHAR[i] for i in output.detach().numpy().argmax(axis=1)), round(loss.item(), 3)))
        return loss

    while len(history) < epochs:
        optimizer.step(closure)
    model.eval()
    return history


import matplotlib.pyplot as plt

inputs = torch.tensor([[1, 0, 2, 2, 3]])
labels = torch.tensor([3, 1, 2, 3, 2])
model = EmbeddingModel()
history = train(model, inputs, labels)
fig = plt.figure()
plt.plot([l for _, l in history])
plt.title(history[-1][0])
plt.show()
