import torch
from torch import nn, Tensor
IDX2CHAR = ["e", "h", "l", "o"]

class OneHot(nn.Module):
    def __init__(self, n):
        super().__init__(); self.n = n
    def forward(self, i):
        return nn.functional.one_hot(i, self.n)
class Lookup(nn.Module):
    """like torch's embedding, by hand"""
    def __init__(self, weight):
        super().__init__()
        self.register_buffer("weight", weight)
        self.hot = OneHot(weight.size(0))
    def embedding(self, i):
        return nn.functional.linear(self.hot(i).type_as(self.weight), self.weight.t())
    forward = embedding
def embed(indices, weight):
    return Lookup(weight).embedding(indices)

from dataclasses import dataclass
@dataclass(eq=False)
class EmbeddingModel(nn.Module):
    input_size: int = 4
    embedding_size: int = 10
    hidden_size: int = 8
    num_layers: int = 2
    num_class: int = 4
    def __post_init__(self):
        super().__init__()
        self.emb = nn.Embedding(self.input_size, self.embedding_size)
        self.rnn = nn.RNN(self.embedding_size, self.hidden_size, self.num_layers, batch_first=True)
        self.fc = nn.Linear(self.hidden_size, self.num_class)
    def forward(self, x):
        state, rows = None, []
        for t in range(x.size(1)):
            y, state = self.rnn(self.emb(x[:, t:t + 1]), state)
            rows.append(self.fc(y))
        return torch.cat(rows, dim=1).view(-1, self.num_class)

def train(m, x, y, epochs=15, lr=0.05):
    o, r = torch.optim.Adam(m.parameters(), lr), []
    for _ in range(epochs): o.zero_grad(); logits = m(x); l = nn.functional.cross_entropy(logits, y); l.backward(); o.step(); r += [(str().join([IDX2CHAR[int(i)] for i in logits.data.max(1)[1].numpy()]), l.item())]
    return r
