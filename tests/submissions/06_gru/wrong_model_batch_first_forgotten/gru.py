import torch
from torch import nn, optim
import torch.nn.functional as F

IDX2CHAR = ["e", "h", "l", "o"]


def _blocks(v, W, b):
    """v times the three blocks of W, as (batch, 3, hidden)."""
    return (torch.einsum("bi,gi->bg", v, W) + b).reshape(v.size(0), 3, -1)


def gru_cell_step(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    a = _blocks(x, weight_ih, bias_ih)
    b = _blocks(h, weight_hh, bias_hh)
    r, z = (a[:, :2] + b[:, :2]).sigmoid().unbind(1)
    n = (a[:, 2] + r * b[:, 2]).tanh()
    return torch.lerp(n, h, z)          # n + z (h - n)


def gru_cell_step_paper(x, h, w_z, w_r, w):
    v = torch.hstack([h, x])
    z, r = torch.einsum("bi,kgi->kbg", v, torch.stack([w_z, w_r])).sigmoid()
    return h - z * h + z * torch.einsum("bi,gi->bg", torch.hstack([r * h, x]), w).tanh()


def gru_forward(inputs, h, weight_ih, weight_hh, bias_ih, bias_hh):
    steps, batch, _ = inputs.shape
    out = torch.zeros(steps, batch, h.size(1), dtype=inputs.dtype)
    for t, x in enumerate(inputs.unbind(0)):
        h = gru_cell_step(x, h, weight_ih, weight_hh, bias_ih, bias_hh)
        out[t] = h
    return [out, out[-1]]


class GRUModel(nn.Module):

    def __init__(self, input_size=4, embedding_size=10, hidden_size=8, num_layers=2, num_class=4):
        super().__init__()
        self.emb = nn.Embedding(num_embeddings=input_size, embedding_dim=embedding_size)
        self.gru = nn.GRU(embedding_size, hidden_size, num_layers=num_layers, dropout=0)
        self.fc = nn.Linear(in_features=hidden_size, out_features=num_class)

    def forward(self, x):
        e = self.emb(x)
        y, h_n = self.gru(e)
        logits = self.fc(y)
        return logits.reshape(logits.size(0) * logits.size(1), -1)


def train(model, inputs, labels, epochs=100, lr=0.05):
    opt = optim.Adam(model.parameters(), lr)
    log = []
    model.train()
    for _ in range(epochs):
        logits = model(inputs)
        loss = F.cross_entropy(logits, labels)
        with torch.no_grad():
            text = "".join(map(IDX2CHAR.__getitem__, logits.argmax(-1).tolist()))
        log += [(text, float(loss))]
        loss.backward()
        opt.step()
        opt.zero_grad()
    return log
