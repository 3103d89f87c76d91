import copy
from collections import OrderedDict

import torch
from torch import nn
from torch.nn import functional as F, init

IDX2CHAR = ("e", "h", "l", "o")
assert len(IDX2CHAR) == 4


def embed(indices, weight):
    # one_hot[..., k] is 1 where the index is k
    one_hot = (indices.unsqueeze(-1) == torch.arange(len(weight))).to(weight)
    return torch.einsum("...k,ke->...e", one_hot, weight)


class EmbeddingModel(nn.Module):
    def __init__(self, input_size=4, embedding_size=10, hidden_size=8, num_layers=2, num_class=4):
        super().__init__()
        self.emb = nn.Embedding(input_size, embedding_size)
        self.rnn = nn.RNN(embedding_size, hidden_size, num_layers=num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, num_class)
        init.xavier_uniform_(self.fc.weight)
        init.zeros_(self.fc.bias)

    def forward(self, x):
        batch, seq_len = x.shape
        h = None
        rows = []
        for t in range(seq_len):
            out, h = self.rnn(self.emb(x[:, t:t + 1]), h)
            rows.append(self.fc(out.squeeze(1)))
        return torch.stack(rows, dim=1).view(batch * seq_len, -1)


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
