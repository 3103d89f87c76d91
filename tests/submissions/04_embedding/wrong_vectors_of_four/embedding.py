import torch
import torch.nn.functional as F
from torch import Tensor, nn

IDX2CHAR = ["e", "h", "l", "o"]


def embed(indices, weight):
    one_hot_lookup = torch.tensor([[1., 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]])
    return one_hot_lookup[indices] @ weight


class EmbeddingModel(nn.Module):
    def __init__(self, input_size=4, embedding_size=10, hidden_size=8, num_layers=2, num_class=4):
        super().__init__()
        self.emb = nn.Embedding(input_size, embedding_size)
        self.rnn = nn.RNN(embedding_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, num_class)

    def forward(self, x):
        return self.fc(self.rnn(self.emb(x))[0]).flatten(0, 1)


def train(model, inputs, labels, epochs=15, lr=0.05):
    loss_fn = nn.CrossEntropyLoss(reduction='sum')
    opt = torch.optim.Adam(model.parameters(), lr=lr)
    history = list()
    for i in range(epochs):
        logits = model(inputs)
        loss = loss_fn(logits, labels)
        word = "".join(IDX2CHAR[k] for k in logits.argmax(dim=-1))
        history.append((word, loss.item()))
        loss.backward()
        opt.step()
        opt.zero_grad()
    return history
