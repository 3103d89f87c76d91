import torch
import torch.nn.functional as F
from torch import Tensor, nn

IDX2CHAR = ["e", "h", "l", "o"]


def embed(indices, weight):
    identity = torch.eye(weight.shape[0])
    return torch.matmul(identity[indices], weight.data)


class EmbeddingModel(nn.Module):
    def __init__(self, input_size=4, embedding_size=10, hidden_size=8, num_layers=2, num_class=4):
        super(EmbeddingModel, self).__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.num_class = num_class
        self.emb = torch.nn.Embedding(input_size, embedding_size)
        self.rnn = torch.nn.RNN(input_size=embedding_size, hidden_size=hidden_size, num_layers=num_layers, batch_first=True)
        self.fc = torch.nn.Linear(hidden_size, num_class)

    def forward(self, x):
        hidden = torch.zeros(self.num_layers, x.size(0), self.hidden_size)
        x = self.emb(x)
        x, _ = self.rnn(x, hidden)
        x = self.fc(x)
        return x.view(-1, self.num_class)


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
