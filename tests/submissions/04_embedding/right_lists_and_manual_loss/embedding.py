"""Assignment 4."""
from __future__ import annotations

import math
import numpy as np
import torch
from torch import nn

DEVICE = "cuda:0" if torch.cuda.is_available() else "cpu"
IDX2CHAR = [*"ehlo"]
CHAR2IDX = {c: i for i, c in enumerate(IDX2CHAR)}


def embed(indices, weight):
    if indices.dim() > 1:
        return torch.stack([embed(part, weight) for part in indices])
    rows = []
    for i in indices.tolist():
        hot = [0.0] * weight.size(0)
        hot[i] = 1.0
        rows.append(torch.tensor(hot) @ weight)
    return torch.stack(rows)


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


def train(model, inputs, labels, epochs=15, lr=0.05):
    model.train()
    optimizer = torch.optim.Adam([{"params": model.parameters()}], lr=lr)
    texts, losses = [], []
    for _ in range(epochs):
        scores = model(inputs)
        p = scores.exp() / scores.exp().sum(dim=1, keepdim=True)
        loss = sum(-torch.log(p[n, label]) for n, label in enumerate(labels.tolist()))
        model.zero_grad()
        loss.backward()
        optimizer.step()
        texts.append(''.join([IDX2CHAR[i] for i in scores.topk(1).indices.view(-1).tolist()]))
        losses.append(loss.item())
    return [[text, loss] for text, loss in zip(texts, losses)]


if __name__ == '__main__':
    x = torch.LongTensor([[1, 0, 2, 2, 3]])
    y = torch.LongTensor([3, 1, 2, 3, 2])
    print(train(EmbeddingModel(), x, y)[-1])
