import torch
from torch import nn, Tensor
IDX2CHAR = ["e", "h", "l", "o"]

def gru_cell_step(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    a = torch.addmm(bias_ih, x, weight_ih.t()).tensor_split(3, dim=1)
    b = torch.addmm(bias_hh, h, weight_hh.t()).tensor_split(3, dim=1)
    r, z = ((p + q).sigmoid() for p, q in zip(a[:2], b[:2]))
    n = torch.addcmul(a[2], r, b[2]).tanh()
    return torch.lerp(n, h, z)
def gru_cell_step_paper(x, h, w_z, w_r, w):
    zr = torch.sigmoid(torch.cat([h, x], 1) @ torch.cat([w_z, w_r]).t())
    z, r = zr.chunk(2, 1)
    return torch.lerp(h, torch.tanh(torch.cat([r * h, x], 1) @ w.t()), z)

def gru_forward(inputs, h, *weights):
    from itertools import accumulate
    hs = list(accumulate(inputs, lambda h, x: gru_cell_step(x, h, *weights), initial=h))
    return torch.stack(hs[1:]), hs[-1]

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
