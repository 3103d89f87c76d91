import torch
from torch import nn, Tensor
IDX2CHAR = ["e", "h", "l", "o"]

def _gates(a, h, u):
    n = h.shape[-1]
    z = a + h @ u.swapaxes(0, 1)
    return z[..., 0:n], z[..., n:2*n], z[..., 2*n:3*n], z[..., 3*n:]
def _update(a, state, u):
    match state:
        case (h, c) | [h, c]:
            i, f, g, o = _gates(a, h, u)
    s = lambda v: 0.5 * (torch.tanh(0.5 * v) + 1)
    c = s(f) * c + s(i) * (2 * torch.sigmoid(2 * g) - 1)
    return s(o) * c.tanh(), c
def lstm_cell_step(x, state, weight_ih, weight_hh, bias_ih, bias_hh):
    return _update(nn.functional.linear(x, weight_ih, bias_ih + bias_hh), state, weight_hh)
def lstm_forward(inputs, state, weight_ih, weight_hh, bias_ih, bias_hh):
    pre = inputs @ weight_ih.T + (bias_ih + bias_hh)
    def rec(t, state):
        if t == len(pre):
            return [], state
        state = _update(pre[t], state, weight_hh)
        rest, last = rec(t + 1, state)
        return [state[0], *rest], last
    hs, last = rec(0, state)
    return torch.stack(hs), last

class LSTMModel(nn.Module):
    def __init__(self, **sizes):
        super().__init__()
        cfg = {"input_size": 4, "embedding_size": 10, "hidden_size": 8, "num_layers": 2, "num_class": 4} | sizes
        self.cfg = cfg
        self.emb = nn.Embedding(cfg["input_size"], cfg["embedding_size"])
        self.lstm = nn.LSTM(cfg["embedding_size"], cfg["hidden_size"], cfg["num_layers"], batch_first=True, dropout=0)
        self.fc = nn.Linear(cfg["hidden_size"], cfg["num_class"])
        self.head = nn.Sequential(nn.Dropout(0.0), self.fc, nn.Flatten(0, 1))
        self.apply(self._init_weights)
    @staticmethod
    def _init_weights(m):
        if isinstance(m, nn.Linear):
            nn.init.kaiming_uniform_(m.weight); nn.init.zeros_(m.bias)
        elif isinstance(m, nn.Embedding):
            nn.init.normal_(m.weight, std=0.1)
    def forward(self, x):
        lengths = torch.full((x.size(0),), x.size(1))
        packed = nn.utils.rnn.pack_padded_sequence(self.emb(x), lengths, batch_first=True, enforce_sorted=False)
        out, _ = nn.utils.rnn.pad_packed_sequence(self.lstm(packed)[0], batch_first=True)
        return self.head(out)

def train(model, inputs, labels, epochs=100, lr=0.05):
    opt = torch.optim.Adam([{"params": [p]} for p in model.parameters()], lr=lr, maximize=True, foreach=True)
    def one_epoch():
        logits = model(inputs)
        gain = -torch.nn.functional.cross_entropy(logits.T[None], labels[None], reduction="sum")
        for p in model.parameters(): p.grad = None
        gain.backward()
        opt.step()
        return str().join([IDX2CHAR[int(i)] for i in logits.data.max(1)[1].numpy()]), -gain.item()
    return [one_epoch() for _ in range(epochs)]
