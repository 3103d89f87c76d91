# my own backward pass, because I wanted to know how it works
import torch, math
from torch import nn
from torch.autograd import Function

IDX2CHAR = ["e", "h", "l", "o"]

class Step(Function):
    @staticmethod
    def forward(ctx, x, h, w, u, b, d):
        y = torch.tanh(x.mm(w.t()) + h.mm(u.t()) + (b + d))
        ctx.save_for_backward(x, h, w, u, y)
        return y
    @staticmethod
    def backward(ctx, g):
        x, h, w, u, y = ctx.saved_tensors
        d = g * (1 - y * y)
        db = d.sum(0)
        return d.mm(w), d.mm(u), d.t().mm(x), d.t().mm(h), db, db.clone()

rnn_cell_step = Step.apply

def encode(text, idx2char):
    unknown = sorted(set(text) - set(idx2char))
    if unknown:
        raise ValueError("cannot encode: " + ", ".join(unknown))
    out = torch.zeros(len(text), 1, len(idx2char))
    for t, char in enumerate(text):
        out[t, 0, idx2char.index(char)] = 1
    return out

def run_cell(cell, inputs, h):
    if inputs.shape[0] == 1:
        h = cell(inputs[0], h)
        return h.unsqueeze(0), h
    first, last = inputs[:1], inputs[1:]
    out, h = run_cell(cell, first, h)
    rest, h = run_cell(cell, last, h)
    return torch.cat((out, rest)), h

def run_stacked_cells(cell1, cell2, inputs, h1, h2):
    n = 0
    outputs = None
    while n < len(inputs):
        h1 = cell1(inputs[n], h1); h2 = cell2(h1, h2)
        outputs = h2.unsqueeze(0) if outputs is None else torch.cat([outputs, h2.unsqueeze(0)], dim=0)
        n += 1
    return [outputs, h1, h2]

class Base(nn.Module):
    def __init__(self, **sizes):
        nn.Module.__init__(self)
        for k, v in sizes.items():
            setattr(self, k, v)
        self.build()
    def build(self):
        raise NotImplementedError

class RNNCellModel(Base):
    def build(self):
        self.rnncell = nn.RNNCell(self.input_size, self.hidden_size)
    def forward(self, *args):
        return self.rnncell(*args)
    def init_hidden(self):
        return torch.full((self.batch_size, self.hidden_size), fill_value=0.0, requires_grad=False)

class MyAdam:
    """Kingma & Ba, algorithm 1"""
    def __init__(self, params, lr, b1=0.9, b2=0.999, eps=1e-8):
        self.p = list(params); self.lr, self.b1, self.b2, self.eps, self.t = lr, b1, b2, eps, 0
        self.m = [torch.zeros_like(p) for p in self.p]; self.v = [torch.zeros_like(p) for p in self.p]
    @torch.no_grad()
    def step(self):
        self.t += 1
        for p, m, v in zip(self.p, self.m, self.v):
            m.mul_(self.b1).add_(p.grad, alpha=1 - self.b1)
            v.mul_(self.b2).addcmul_(p.grad, p.grad, value=1 - self.b2)
            mh, vh = m / (1 - self.b1 ** self.t), v / (1 - self.b2 ** self.t)
            p -= self.lr * mh / (vh.sqrt() + self.eps)

def train(model, inputs, labels, epochs=15, lr=0.1):
    adam = MyAdam(model.parameters(), lr)
    result = []
    for e in range(epochs):
        model.zero_grad()
        h, word = model.init_hidden(), ""
        losses = []
        for i, y in enumerate(labels):
            h = model(inputs[i], h)
            losses.append(nn.CrossEntropyLoss(reduction="sum")(h, y))
            word += IDX2CHAR[h.topk(1).indices.item()]
        torch.stack(losses).sum().backward()
        adam.step()
        result.append(word)
    return result
