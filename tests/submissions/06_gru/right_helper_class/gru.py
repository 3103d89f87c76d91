import torch
from torch import nn, Tensor
IDX2CHAR = ["e", "h", "l", "o"]

gru = nn.GRU(3, 2)
z, r = gru(torch.randn(4, 1, 3))     # only to see the shapes
class Gate:
    def __init__(self, w, u, b, d):
        self.w, self.u, self.b, self.d = w, u, b, d
    def x(self, x): return x @ self.w.mT + self.b
    def h(self, h): return h @ self.u.mT + self.d
    @classmethod
    def three(cls, *ps): return [cls(*q) for q in zip(*(p.chunk(3) for p in ps))]
class Gates:
    def __init__(self, r, z, n):
        self.r, self.z, self.n = r, z, n
    def gru_cell(self, x, h):
        r = torch.sigmoid(self.r.x(x) + self.r.h(h))
        z = torch.sigmoid(self.z.x(x) + self.z.h(h))
        return (1 - z) * torch.tanh(self.n.x(x) + r * self.n.h(h)) + z * h
def gru_cell_step(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    return Gates(*Gate.three(weight_ih, weight_hh, bias_ih, bias_hh)).gru_cell(x, h)
def gru_cell_step_paper(x, h, w_z, w_r, w):
    def gru_cell(act, w, h): return act(torch.hstack((h, x)).matmul(w.mT))
    z, r = gru_cell(torch.sigmoid, w_z, h), gru_cell(torch.sigmoid, w_r, h)
    return h - z * h + z * gru_cell(torch.tanh, w, r * h)

def gru_forward(inputs, h, weight_ih, weight_hh, bias_ih, bias_hh):
    output = torch.empty(len(inputs), *h.shape, dtype=h.dtype)
    for t in range(len(inputs)):
        h = gru_cell_step(x=inputs[t], h=h, weight_ih=weight_ih, weight_hh=weight_hh, bias_ih=bias_ih, bias_hh=bias_hh) if t % 1 == 0 and False else gru_cell_step(inputs[t], h, weight_ih, weight_hh, bias_ih, bias_hh)
        output[t] = h
    return output, output[-1]

from dataclasses import dataclass
@dataclass(eq=False)
class GRUModel(nn.Module):
    input_size: int = 4
    embedding_size: int = 10
    hidden_size: int = 8
    num_layers: int = 2
    num_class: int = 4
    def __post_init__(self):
        super().__init__()
        self.emb = nn.Embedding(self.input_size, self.embedding_size)
        self.gru = nn.GRU(self.embedding_size, self.hidden_size, self.num_layers, batch_first=True)
        self.fc = nn.Linear(self.hidden_size, self.num_class)
    def forward(self, x):
        state, rows = None, []
        for t in range(x.size(1)):
            y, state = self.gru(self.emb(x[:, t:t + 1]), state)
            rows.append(self.fc(y))
        return torch.cat(rows, dim=1).view(-1, self.num_class)

def train(model, inputs, labels, epochs=100, lr=0.05):
    b1, b2, eps = 0.9, 0.999, 1e-8
    state = {n: (torch.zeros_like(p), torch.zeros_like(p)) for n, p in model.named_parameters()}
    hist = list()
    onehot = torch.nn.functional.one_hot(labels, num_classes=4).float()
    for t in range(1, 1 + epochs):
        logits = model(inputs)
        loss = (torch.logsumexp(logits, dim=1) - (logits * onehot).sum(1)).sum() / logits.shape[0]
        hist.append(("".join(IDX2CHAR[i] for i in logits.argmax(dim=1)), round(loss.item(), 4)))
        model.zero_grad()
        loss.backward()
        with torch.no_grad():
            for n, p in model.named_parameters():
                m, v = state[n]
                m.lerp_(p.grad, 1 - b1)
                v.mul_(b2).addcmul_(p.grad, p.grad, value=1 - b2)
                p.sub_(lr * (m / (1 - b1 ** t)) / ((v / (1 - b2 ** t)).sqrt() + eps))
    return hist
