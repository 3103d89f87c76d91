import torch
import torch.nn.functional as F
from torch import Tensor, nn

IDX2CHAR = ["e", "h", "l", "o"]


def embed(indices, weight):
    vocab = weight.size(0)
    hot = torch.eye(vocab)[indices.view(-1)]
    return hot.mm(weight)


class EmbeddingModel(nn.Module):
    def __init__(self, input_size=4, embedding_size=10, hidden_size=8, num_layers=2, num_class=4):
        super().__init__()
        self.emb = nn.Embedding(input_size, embedding_size)
        self.rnn = nn.RNN(embedding_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, num_class)

    def forward(self, x):
        return self.fc(self.rnn(self.emb(x))[0]).flatten(0, 1)


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
