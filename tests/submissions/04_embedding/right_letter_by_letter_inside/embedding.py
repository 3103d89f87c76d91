import copy
from collections import OrderedDict

import torch
from torch import nn
from torch.nn import functional as F, init

IDX2CHAR = ("e", "h", "l", "o")
assert len(IDX2CHAR) == 4


def embed(indices, weight):
    lookup = torch.eye(weight.shape[0])
    return lookup[indices] @ weight


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


def train(model, inputs, labels, epochs=15, lr=0.05):
    loss_fn = nn.CrossEntropyLoss(reduction='sum')
    opt = torch.optim.Adam(model.parameters(), lr=lr)
    history = list()
    for i in range(epochs):
        logits = model(inputs)
        loss = loss_fn(logits, labels)
        word = "".join(IDX2CHAR[k] for k in logits.argmax(dim=-1))
        history.append((word, loss.item()))
        loss.backward()
        opt.step()
        opt.zero_grad()
    return history


if __name__ == '__main__':
    x = torch.LongTensor([[1, 0, 2, 2, 3]])
    y = torch.LongTensor([3, 1, 2, 3, 2])
    print(train(EmbeddingModel(), x, y)[-1])
