import torch
import torch.nn.functional as F
from torch import Tensor, nn

IDX2CHAR = ["e", "h", "l", "o"]


def embed(indices, weight):
    one_hot = F.one_hot(indices, num_classes=weight.size(0)).float()
    return torch.matmul(one_hot, weight)


class EmbeddingModel(nn.Module):
    """keeps time in front inside, as nn.RNN likes it"""

    def __init__(self, *, input_size=4, embedding_size=10, hidden_size=8, num_layers=2, num_class=4):
        super().__init__()
        self.emb = nn.Embedding(num_embeddings=input_size, embedding_dim=embedding_size)
        self.rnn = nn.RNN(embedding_size, hidden_size, num_layers)
        self.fc = nn.Linear(hidden_size, num_class, bias=True)

    def forward(self, x):
        states, _ = self.rnn(self.emb(x.t()))       # (seq_len, batch, hidden)
        logits = self.fc(states).transpose(0, 1)    # back to (batch, seq_len, num_class)
        return logits.reshape(-1, logits.shape[-1])


def train(model, inputs, labels, epochs=15, lr=0.05):
    optimizer = torch.optim.SGD(model.parameters(), lr)
    history = []
    for _ in range(epochs):
        logits = model(inputs)
        loss = -torch.log_softmax(logits, 1).gather(1, labels[:, None]).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        history.append(("".join(IDX2CHAR[i] for i in logits.argmax(1).tolist()), loss.item()))
    return history
