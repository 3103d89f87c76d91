import torch
from torch import nn, Tensor
IDX2CHAR = ["e", "h", "l", "o"]

def embed(indices, weight):
    hot = nn.functional.one_hot(indices.long(), num_classes=weight.size(dim=0)).float().to(weight.dtype)
    result = (hot.unsqueeze(-1) * weight).sum(dim=-2)
    assert result.shape == (*indices.shape, weight.shape[-1])
    return result

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

def train(model, inputs, labels, epochs=15, lr=0.05):
    opt = torch.optim.Adam([{"params": [p]} for p in model.parameters()], lr=lr, maximize=True, foreach=True)
    def one_epoch():
        logits = model(inputs)
        gain = -torch.nn.functional.cross_entropy(logits.T[None], labels[None], reduction="sum")
        for p in model.parameters(): p.grad = None
        gain.backward()
        opt.step()
        return str().join([IDX2CHAR[int(i)] for i in logits.data.max(1)[1].numpy()]), -gain.item()
    return [one_epoch() for _ in range(epochs)]
