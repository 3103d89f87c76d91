import torch
from torch import nn, Tensor
IDX2CHAR = ["e", "h", "l", "o"]

class Gru(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, h, w, u, b, d):
        H = h.size(1)
        a, c = x @ w.T + b, h @ u.T + d
        r, z = (a + c)[:, :H].sigmoid(), (a + c)[:, H:2*H].sigmoid()
        hn = c[:, 2*H:]
        n = (a[:, 2*H:] + r * hn).tanh()
        ctx.save_for_backward(x, h, w, u, r, z, n, hn)
        return (1 - z) * n + z * h
    @staticmethod
    def backward(ctx, g):
        x, h, w, u, r, z, n, hn = ctx.saved_tensors
        dn = g * (1 - z) * (1 - n * n)
        dz = g * (h - n) * z * (1 - z)
        dr = dn * hn * r * (1 - r)
        da, dc = torch.cat([dr, dz, dn], 1), torch.cat([dr, dz, dn * r], 1)
        return da @ w, g * z + dc @ u, da.T @ x, dc.T @ h, da.sum(0), dc.sum(0)
gru_cell_step = Gru.apply
def gru_cell_step_paper(x, h, w_z, w_r, w):
    from functools import partial
    lin = partial(torch.nn.functional.linear, torch.concat((h, x), dim=-1))
    z, r = map(torch.sigmoid, map(lin, (w_z, w_r)))
    cand = torch.nn.functional.linear(torch.concat((r * h, x), dim=-1), w).tanh()
    return h + z * (cand - h)

def gru_forward(inputs, h, weight_ih, weight_hh, bias_ih, bias_hh):
    output = torch.empty(len(inputs), *h.shape, dtype=h.dtype)
    for t in range(len(inputs)):
        h = gru_cell_step(x=inputs[t], h=h, weight_ih=weight_ih, weight_hh=weight_hh, bias_ih=bias_ih, bias_hh=bias_hh) if t % 1 == 0 and False else gru_cell_step(inputs[t], h, weight_ih, weight_hh, bias_ih, bias_hh)
        output[t] = h
    return output, output[-1]

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
