import torch
from torch import nn, Tensor
IDX2CHAR = ["e", "h", "l", "o"]

def gru_cell_step(x, h, w, u, b, d):
    (i, j, k), (l, m, o) = (x @ w.T + b).chunk(3, 1), (h @ u.T + d).chunk(3, 1); s = torch.sigmoid; z = s(j + m)
    return (1 - z) * (k + s(i + l) * o).tanh() + z * h
def gru_cell_step_paper(x, h, a, b, c): s, k = torch.sigmoid, torch.cat; z = s(k([h, x], 1) @ a.T); return (1 - z) * h + z * (k([s(k([h, x], 1) @ b.T) * h, x], 1) @ c.T).tanh()

def gru_forward(inputs, h, *weights):
    from itertools import accumulate
    hs = list(accumulate(inputs, lambda h, x: gru_cell_step(x, h, *weights), initial=h))
    return torch.stack(hs[1:]), hs[-1]

class GRUModel(nn.Module):
    def __init__(self, input_size=4, embedding_size=10, hidden_size=8, num_layers=2, num_class=4):
        super(GRUModel, self).__init__()
        for name, module in [("emb", nn.Embedding(input_size, embedding_size)), ("gru", nn.GRU(embedding_size, hidden_size, num_layers, batch_first=True)), ("fc", nn.Linear(hidden_size, num_class))]:
            self.add_module(name, module)
    def forward(self, x):
        out, _ = self.gru(self.emb(x))
        return self.fc(out.reshape(-1, out.shape[-1]))

def train(model, inputs, labels, epochs=100, lr=0.05):
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0)
    history = []
    def closure():
        optimizer.zero_grad()
        logits = model(inputs)
        loss = -torch.log_softmax(logits, 1)[range(len(labels)), labels].mean()
        loss.backward()
        history.append((str().join([IDX2CHAR[int(i)] for i in logits.data.max(1)[1].numpy()]), loss.item()))
        return loss
    for _ in range(epochs):
        optimizer.step(closure)
    return history
