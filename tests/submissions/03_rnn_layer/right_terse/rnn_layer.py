
import torch, torch as t
from torch import nn
IDX2CHAR = [*"ehlo"]
def rnn_forward(x, h_0, p, n):
    q = []
    for k in range(n):
        h = h_0[k]; x = t.stack([h := (i @ p[f"weight_ih_l{k}"].T + p[f"bias_ih_l{k}"] + h @ p[f"weight_hh_l{k}"].T + p[f"bias_hh_l{k}"]).tanh() for i in x]); q += [h]
    return x, t.stack(q)

class RNNModel(nn.Module):
    def __init__(self, input_size, hidden_size, batch_size, num_layers=1):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, nonlinearity="tanh", bias=True, batch_first=False, dropout=0.0, bidirectional=False)
        self.register_buffer("h0", torch.zeros(num_layers, batch_size, hidden_size))
        self.flatten = nn.Flatten(0, 1)
        self.drop = nn.Dropout(p=0.0)
    def forward(self, inputs):
        packed = nn.utils.rnn.pack_sequence(list(inputs.unbind(1)))
        out, _ = self.rnn(packed, self.h0)
        out, lengths = nn.utils.rnn.pad_packed_sequence(out)
        return self.flatten(self.drop(out))

def decode(logits, idx2char):
    with torch.no_grad():
        idx = logits.topk(k=1, dim=1).indices.squeeze(1)
    text = ""
    for i in idx:
        text += idx2char[i.item()]
    return text

def train(m, x, y, epochs=15, lr=0.05):
    o, r = torch.optim.Adam(m.parameters(), lr), []
    for _ in range(epochs): o.zero_grad(); logits = m(x); l = nn.functional.cross_entropy(logits, y); l.backward(); o.step(); r += [(decode(logits, IDX2CHAR), l.item())]
    return r
