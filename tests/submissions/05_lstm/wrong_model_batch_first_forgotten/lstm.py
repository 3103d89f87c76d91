import torch
from torch import nn, optim
import torch.nn.functional as F

IDX2CHAR = ["e", "h", "l", "o"]


def _pre(x, h, W, U, b, d):
    """All four brackets at once, as (batch, 4, hidden)."""
    z = torch.einsum("bi,gi->bg", x, W) + torch.einsum("bj,gj->bg", h, U) + b + d
    return z.reshape(x.size(0), 4, -1)


def lstm_cell_step(x, state, weight_ih, weight_hh, bias_ih, bias_hh):
    h, c = state
    i, f, g, o = _pre(x, h, weight_ih, weight_hh, bias_ih, bias_hh).unbind(dim=1)
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    h = o.sigmoid() * c.tanh()
    return [h, c]


def lstm_forward(inputs, state, weight_ih, weight_hh, bias_ih, bias_hh):
    h, c = state
    steps, batch, _ = inputs.shape
    out = torch.zeros(steps, batch, h.size(1), dtype=inputs.dtype)
    for t, x in enumerate(inputs.unbind(0)):
        h, c = lstm_cell_step(x, [h, c], weight_ih, weight_hh, bias_ih, bias_hh)
        out[t] = h
    return out, [h, c]


class LSTMModel(nn.Module):

    def __init__(self, input_size=4, embedding_size=10, hidden_size=8, num_layers=2, num_class=4):
        super().__init__()
        self.emb = nn.Embedding(num_embeddings=input_size, embedding_dim=embedding_size)
        self.lstm = nn.LSTM(embedding_size, hidden_size, num_layers=num_layers, dropout=0)
        self.fc = nn.Linear(in_features=hidden_size, out_features=num_class)

    def forward(self, x):
        e = self.emb(x)
        y, (h_n, c_n) = self.lstm(e)
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
