import torch
from torch import nn, Tensor
IDX2CHAR = ["e", "h", "l", "o"]

def embed(indices, weight):
    n = weight.size(0)
    one = lambda i: torch.where(torch.arange(n) == i, 1.0, 0.0).to(weight.dtype) @ weight
    return torch.vmap(one)(indices.flatten()).unflatten(0, indices.shape)

class _Base(nn.Module):
    name = None
    kind = None
    def __init__(self, input_size=4, embedding_size=10, hidden_size=8, num_layers=2, num_class=4):
        super().__init__()
        self.emb = nn.Embedding(num_embeddings=input_size, embedding_dim=embedding_size)
        setattr(self, self.name, self.kind(input_size=embedding_size, hidden_size=hidden_size, num_layers=num_layers, batch_first=True))
        self.fc = nn.Linear(in_features=hidden_size, out_features=num_class, bias=True)
        self.num_class = num_class
    def recur(self, e):
        return getattr(self, self.name)(e)
    def forward(self, x):
        e = self.emb(x)
        o, *_ = self.recur(e)
        return torch.cat([self.fc(word) for word in o])
class EmbeddingModel(_Base):
    name, kind = "rnn", nn.RNN

def train(model, inputs, labels, epochs=15, lr=0.05):
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0)
    history = []
    def closure():
        optimizer.zero_grad()
        logits = model(inputs)
        loss = -torch.log_softmax(logits, 1)[range(len(labels)), labels].mean()
        loss.backward()
        history.append((str().join([IDX2CHAR[int(i)] for i in logits.data.max(1)[1].numpy()]), loss.item()))
        return loss
    for _ in range(epochs):
        optimizer.step(closure)
    return history
