import torch
from torch import nn, Tensor
IDX2CHAR = ["e", "h", "l", "o"]

from typing import NamedTuple
class State(NamedTuple):
    h: Tensor
    c: Tensor
# a look at torch first
lstm = nn.LSTM(3, 2)
out, (h, c) = lstm(torch.randn(4, 1, 3))
print(out.shape, h.shape, c.shape)
def lstm_cell_step(x, state, weight_ih, weight_hh, bias_ih, bias_hh):
    s = State(*state)
    pre = torch.einsum("bi,gi->bg", x, weight_ih) + torch.einsum("bj,gj->bg", s.h, weight_hh) + bias_ih + bias_hh
    act = dict(zip("ifgo", torch.tensor_split(pre, 4, dim=-1)))
    act = {k: (torch.tanh if k == "g" else torch.sigmoid)(v) for k, v in act.items()}
    c = act["f"] * s.c + act["i"] * act["g"]
    return State(h=act["o"] * torch.tanh(c), c=c)
def lstm_forward(inputs, state, weight_ih, weight_hh, bias_ih, bias_hh):
    s, hs = state, []
    for t in range(inputs.size(0)):
        s = lstm_cell_step(inputs[t], s, weight_ih, weight_hh, bias_ih, bias_hh)
        hs += [s.h]
    return torch.stack(hs), s

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

def train(m, x, y, epochs=100, lr=0.05):
    o, r = torch.optim.Adam(m.parameters(), lr), []
    for _ in range(epochs): o.zero_grad(); logits = m(x); l = nn.functional.cross_entropy(logits, y); l.backward(); o.step(); r += [(str().join([IDX2CHAR[int(i)] for i in logits.data.max(1)[1].numpy()]), l.item())]
    return r
