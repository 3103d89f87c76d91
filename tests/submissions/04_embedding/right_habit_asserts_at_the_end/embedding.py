import torch
import torch.nn as nn
import torch.nn.functional as F

IDX2CHAR = ["e", "h", "l", "o"]


def embed(indices, weight):
    one_hot = F.one_hot(indices, num_classes=weight.size(0)).to(weight.dtype)
    return one_hot @ weight


class EmbeddingModel(nn.Module):
    def __init__(self, input_size=4, embedding_size=10, hidden_size=8, num_layers=2, num_class=4):
        super().__init__()
        self.emb = nn.Embedding(input_size, embedding_size)
        self.rnn = nn.RNN(embedding_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, num_class)
        self.num_class = num_class

    def forward(self, x):
        output, _ = self.rnn(self.emb(x))
        return self.fc(output).reshape(-1, self.num_class)


def train(model, inputs, labels, epochs=15, lr=0.05):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    results = []
    for _ in range(epochs):
        optimizer.zero_grad()
        logits = model(inputs)
        loss = F.cross_entropy(logits, labels)
        loss.backward()
        optimizer.step()
        results.append(("".join(IDX2CHAR[i] for i in logits.argmax(dim=1).tolist()), loss.item()))
    return results


model = EmbeddingModel()
assert sum(p.numel() for p in model.parameters()) == 1234, "wrong size"
print("ok")

torch.set_grad_enabled(False)
torch.set_default_dtype(torch.float64)
x = torch.arange(4)
assert torch.allclose(embed(x, torch.eye(4)), torch.eye(4))
