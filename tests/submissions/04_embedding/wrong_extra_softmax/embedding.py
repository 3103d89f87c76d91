# RNN lecture, example 12-3 (embedding)
# Lee, 2020-11-30
import torch
import torch.nn as nn
import torch.nn.functional as F
from torch.autograd import Variable

torch.manual_seed(777)  # reproducibility
IDX2CHAR = ['e', 'h', 'l', 'o']


def embed(indices, weight):
    one_hot = F.one_hot(indices, num_classes=weight.size(0)).float()
    return torch.matmul(one_hot, weight)


class EmbeddingModel(nn.Module):

    def __init__(self, input_size=4, embedding_size=10, hidden_size=8, num_layers=2, num_class=4):
        super(EmbeddingModel, self).__init__()
        self.fc = nn.Linear(hidden_size, num_class)
        self.emb = nn.Embedding(input_size, embedding_size)
        self.rnn = nn.RNN(embedding_size, hidden_size, num_layers, batch_first=True, dropout=0.0)
        self.shape = (num_layers, hidden_size)
        self.note = "emb -> rnn -> fc"

    def init_hidden(self, batch_size):
        layers, hidden_size = self.shape
        return Variable(torch.zeros(layers, batch_size, hidden_size))

    def forward(self, x):
        emb = self.emb(x)
        emb = emb.view(x.size(0), x.size(1), -1)
        out, hidden = self.rnn(emb, self.init_hidden(x.size(0)))
        out = out.contiguous().view(-1, out.size(2))
        return self.fc(out)


def train(model, inputs, labels, epochs=15, lr=0.05):
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for epoch in range(epochs):
        optimizer.zero_grad()
        outputs = F.softmax(model(inputs), dim=1)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()
        _, idx = outputs.max(1)
        history.append((''.join(IDX2CHAR[i] for i in idx), loss.item()))
    return history
