import torch
import torch.nn.functional as F
from torch import Tensor, nn

IDX2CHAR = ["e", "h", "l", "o"]


def embed(indices: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
    hot = torch.zeros(*indices.shape, weight.shape[0], dtype=weight.dtype)
    hot.scatter_(-1, indices.unsqueeze(-1), 1)
    return nn.functional.linear(hot, weight.t())


class EmbeddingModel(nn.Module):
    def __init__(self, input_size=4, embedding_size=10, hidden_size=8, num_layers=2, num_class=4):
        super().__init__()
        self.emb = nn.Embedding(input_size, embedding_size)
        self.rnn = nn.RNN(embedding_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, num_class)

    def forward(self, x):
        return self.fc(self.rnn(self.emb(x))[0]).flatten(0, 1)


def train(model, inputs, labels, epochs: int = 15, lr: float = 0.05):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr, weight_decay=0)
    history = []

    def closure():
        optimizer.zero_grad()
        output = torch.log_softmax(model(inputs), dim=1)
        loss = nn.NLLLoss()(output, labels)
        loss.backward()
        history.append((''.join(IDX2CHAR[i] for i in output.detach().numpy().argmax(axis=1)), round(loss.item(), 3)))
        return loss

    while len(history) < epochs:
        optimizer.step(closure)
    model.eval()
    return history


# ---- try it out
print(embed(torch.tensor([2, 0]), torch.tensor([[0.1, 0.2], [1.1, 1.2], [2.1, 2.2]])))
net = EmbeddingModel()
print(net)
print(sum(p.numel() for p in net.parameters()), "parameters")
