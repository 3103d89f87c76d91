import torch
from torch import nn, Tensor
IDX2CHAR = ["e", "h", "l", "o"]

from typing import List, Tuple
@torch.jit.script
def lstm_cell(x: Tensor, h: Tensor, c: Tensor, w: Tensor, u: Tensor, b: Tensor) -> Tuple[Tensor, Tensor]:
    z = torch.mm(x, w.t()) + torch.mm(h, u.t()) + b
    i, f, g, o = z.chunk(4, 1)
    c = torch.sigmoid(f) * c + torch.sigmoid(i) * torch.tanh(g)
    return torch.sigmoid(o) * torch.tanh(c), c
@torch.jit.script
def loop(xs: Tensor, h: Tensor, c: Tensor, w: Tensor, u: Tensor, b: Tensor) -> Tuple[Tensor, Tensor, Tensor]:
    out: List[Tensor] = []
    for x in xs.unbind(0):
        h, c = lstm_cell(x, h, c, w, u, b)
        out.append(h)
    return torch.stack(out), h, c
def lstm_cell_step(x, state, weight_ih, weight_hh, bias_ih, bias_hh):
    return lstm_cell(x, *state, weight_ih, weight_hh, bias_ih + bias_hh)
def lstm_forward(inputs, state, weight_ih, weight_hh, bias_ih, bias_hh):
    out, *hc = loop(inputs, *state, weight_ih, weight_hh, bias_ih + bias_hh)
    return out, tuple(hc)

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
class LSTMModel(_Base):
    name, kind = "lstm", nn.LSTM

class Epoch(__import__("typing").NamedTuple):
    text: str
    loss: float

def train(model, inputs, labels, epochs=100, lr=0.05):
    params = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(params, lr=lr, fused=True)
    sched = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 1.0)
    out = []
    for epoch in range(epochs):
        model.train()
        logits = model(inputs)
        loss = torch.nn.functional.nll_loss(torch.nn.functional.log_softmax(logits, dim=-1), labels)
        grads = torch.autograd.grad(loss, params)
        for p, g in zip(params, grads):
            p.grad = g
        optimizer.step(); sched.step()
        out.append(Epoch("".join(IDX2CHAR[i] for i in logits.argmax(dim=1)), float(loss)))
        if (epoch + 1) % 5 == 0: print("Epoch [{}/{}] {} loss {:.4f}".format(epoch + 1, epochs, *out[-1]))
    return out
