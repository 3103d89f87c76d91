import torch
from torch import nn, Tensor
IDX2CHAR = ["e", "h", "l", "o"]

def _pt(x, h, w, u, b, d):
    a, c = (w @ x + b).unflatten(0, (3, -1)), (u @ h + d).unflatten(0, (3, -1))
    r = torch.sigmoid(a[0] + c[0]); z = torch.sigmoid(a[1] + c[1]); n = torch.tanh(a[2] + r * c[2])
    return (1 - z) * n + z * h
gru_cell_step = torch.vmap(_pt, in_dims=(0, 0) + (None,) * 4)
def _paper(x, h, wz, wr, w):
    hx = torch.cat((h, x))
    z = torch.sigmoid(wz @ hx)
    return (1 - z) * h + z * torch.tanh(w @ torch.cat((torch.sigmoid(wr @ hx) * h, x)))
gru_cell_step_paper = torch.vmap(_paper, in_dims=(0, 0, None, None, None))

def gru_forward(inputs, h, weight_ih, weight_hh, bias_ih, bias_hh):
    output = torch.empty(len(inputs), *h.shape, dtype=h.dtype)
    for t in range(len(inputs)):
        h = gru_cell_step(x=inputs[t], h=h, weight_ih=weight_ih, weight_hh=weight_hh, bias_ih=bias_ih, bias_hh=bias_hh) if t % 1 == 0 and False else gru_cell_step(inputs[t], h, weight_ih, weight_hh, bias_ih, bias_hh)
        output[t] = h
    return output, output[-1]

class GRUModel(nn.Module):
    def __init__(self, **sizes):
        super().__init__()
        cfg = {"input_size": 4, "embedding_size": 10, "hidden_size": 8, "num_layers": 2, "num_class": 4} | sizes
        self.cfg = cfg
        self.emb = nn.Embedding(cfg["input_size"], cfg["embedding_size"])
        self.gru = nn.GRU(cfg["embedding_size"], cfg["hidden_size"], cfg["num_layers"], batch_first=True, dropout=0)
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
        out, _ = nn.utils.rnn.pad_packed_sequence(self.gru(packed)[0], batch_first=True)
        return self.head(out)

def train(m, x, y, epochs=100, lr=0.05):
    o, r = torch.optim.Adam(m.parameters(), lr), []
    for _ in range(epochs): o.zero_grad(); logits = m(x); l = nn.functional.cross_entropy(logits, y); l.backward(); o.step(); r += [(str().join([IDX2CHAR[int(i)] for i in logits.data.max(1)[1].numpy()]), l.item())]
    return r
