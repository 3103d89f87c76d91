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


import matplotlib.pyplot as plt

inputs = torch.tensor([[1, 0, 2, 2, 3]])
labels = torch.tensor([3, 1, 2, 3, 2])
model = EmbeddingModel()
history = train(model, inputs, labels)
fig = plt.figure()
plt.plot([l for _, l in history])
plt.title(history[-1][0])
plt.show()
