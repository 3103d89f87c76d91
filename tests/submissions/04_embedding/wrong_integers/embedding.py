import torch
import torch.nn.functional as F
from torch import Tensor, nn

IDX2CHAR = ["e", "h", "l", "o"]


def embed(indices, weight):
    one_hot = nn.functional.one_hot(indices, len(weight))
    return torch.matmul(one_hot, weight)


class EmbeddingModel(nn.Module):
    def __init__(self, input_size=4, embedding_size=10, hidden_size=8, num_layers=2, num_class=4):
        super().__init__()
        self.emb = nn.Embedding(input_size, embedding_size)
        self.rnn = nn.RNN(embedding_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, num_class)

    def forward(self, x):
        return self.fc(self.rnn(self.emb(x))[0]).flatten(0, 1)


def to_text(logits):
    return "".join(IDX2CHAR[int(row.argmax())] for row in logits)


def step(model, optimizer, inputs, labels):
    scores = model(inputs)
    loss = nn.functional.cross_entropy(scores, labels)
    optimizer.zero_grad()
    loss.backward()
    optimizer.step()
    return to_text(scores), float(loss)


def train(model, inputs, labels, epochs=15, lr=0.05):
    optimizer = torch.optim.Adam(model.parameters(), lr)
    return [step(model, optimizer, inputs, labels) for _ in range(epochs)]
