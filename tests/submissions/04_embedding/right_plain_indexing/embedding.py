import torch
import torch.nn.functional as F
from torch import Tensor, nn

IDX2CHAR = ["e", "h", "l", "o"]


def embed(indices, weight):
    return weight[indices]


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
