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
    criterion = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    results = []
    for epoch in range(epochs):
        optimizer.zero_grad()
        outputs = model(inputs)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()

        _, idx = outputs.max(dim=1)
        idx = idx.data.numpy()
        result_str = [IDX2CHAR[c] for c in idx.squeeze()]
        print("Predicted: ", ''.join(result_str), ', Epoch [%d/%d] loss = %.3f' % (epoch + 1, epochs, loss.item()))
        results.append((''.join(result_str), loss.item()))
    return results
