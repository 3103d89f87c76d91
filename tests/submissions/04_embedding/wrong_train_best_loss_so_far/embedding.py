import torch
import torch.nn.functional as F
from torch import Tensor, nn

IDX2CHAR = ["e", "h", "l", "o"]


def embed(indices, weight):
    one_hot = F.one_hot(indices, num_classes=weight.size(0)).float()
    return torch.matmul(one_hot, weight)


class EmbeddingModel(nn.Module):
    def __init__(self, input_size=4, embedding_size=10, hidden_size=8, num_layers=2, num_class=4):
        super().__init__()
        self.emb = nn.Embedding(input_size, embedding_size)
        self.rnn = nn.RNN(embedding_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, num_class)

    def forward(self, x):
        return self.fc(self.rnn(self.emb(x))[0]).flatten(0, 1)


def train(model, inputs, labels, epochs=15, lr=0.05):
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    best_loss = float("inf")
    for epoch in range(epochs):
        optimizer.zero_grad()
        outputs = model(inputs)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()
        if loss.item() < best_loss:
            best_loss = loss.item()
        prediction = "".join(IDX2CHAR[i] for i in outputs.argmax(dim=1))
        print(f"epoch {epoch}: {prediction}, best loss {best_loss:.3f}")
        history.append((prediction, best_loss))
    return history
