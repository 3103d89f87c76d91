import torch
from torch import nn, Tensor
IDX2CHAR = ["e", "h", "l", "o"]

def _step(x: Tensor, h: Tensor, w: Tensor, u: Tensor, b: Tensor, d: Tensor) -> Tensor:
    xr, xz, xn = (torch.mm(x, w.t()) + b).chunk(3, 1)
    hr, hz, hn = (torch.mm(h, u.t()) + d).chunk(3, 1)
    r = torch.sigmoid(xr + hr)
    z = torch.sigmoid(xz + hz)
    n = torch.tanh(xn + r * hn)
    return n - n * z + z * h
gru_cell = torch.jit.script(_step)
def gru_cell_step(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    return gru_cell(x, h, weight_ih, weight_hh, bias_ih, bias_hh)
@torch.jit.script
def gru_cell_step_paper(x: Tensor, h: Tensor, w_z: Tensor, w_r: Tensor, w: Tensor) -> Tensor:
    hx = torch.cat([h, x], dim=1)
    z = torch.sigmoid(torch.matmul(hx, w_z.t()))
    r = torch.sigmoid(torch.matmul(hx, w_r.t()))
    n = torch.tanh(torch.matmul(torch.cat([r * h, x], dim=1), w.t()))
    return (1.0 - z) * h + z * n

def gru_forward(inputs, h, *weights):
    from itertools import accumulate
    hs = list(accumulate(inputs, lambda h, x: gru_cell_step(x, h, *weights), initial=h))
    return torch.stack(hs[1:]), hs[-1]

class _Base(nn.Module):
    name = None
    kind = None
    def __init__(self, input_size=4, embedding_size=10, hidden_size=8, num_layers=2, num_class=4):
        super().__init__()
        self.emb = nn.Embedding(num_embeddings=input_size, embedding_dim=embedding_size)
        setattr(self, self.name, self.kind(input_size=embedding_size, hidden_size=hidden_size, num_layers=num_layers, batch_first=True))
        self.fc = nn.Linear(in_features=hidden_size, out_features=num_class, bias=True)
        self.num_class = num_class
    def recur(self, e):
        return getattr(self, self.name)(e)
    def forward(self, x):
        e = self.emb(x)
        o, *_ = self.recur(e)
        return torch.cat([self.fc(word) for word in o])
class GRUModel(_Base):
    name, kind = "gru", nn.GRU

def train(model, inputs, labels, epochs=100, lr=0.05):
    names, params = zip(*model.named_parameters())
    optimizer = torch.optim.Adam([torch.tensor([0.0])], lr=1)      # placeholder, replaced below
    optimizer = torch.optim.Adam(params, lr=torch.tensor(lr))
    scaler = torch.amp.GradScaler("cpu", enabled=False)
    hist = []
    for e in range(epochs):
        with torch.autocast("cpu", enabled=False):
            logits = model(inputs)
            loss = nn.CrossEntropyLoss(label_smoothing=0.0, weight=torch.ones(logits.size(1)))(logits, labels)
        optimizer.zero_grad()
        scaler.scale(loss).backward(inputs=list(params))
        scaler.step(optimizer)
        scaler.update()
        hist.append(("".join(IDX2CHAR[i] for i in logits.argmax(dim=1)), loss.item()))
    return hist
