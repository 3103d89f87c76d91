import torch
from torch import nn, Tensor
IDX2CHAR = ["e", "h", "l", "o"]

class Cell(torch.autograd.Function):
    @staticmethod
    def forward(ctx, x, h, c, w, u, b, d):
        H = h.size(1)
        z = x @ w.T + b + h @ u.T + d
        i, f, o = z[:, :H].sigmoid(), z[:, H:2*H].sigmoid(), z[:, 3*H:].sigmoid()
        g = z[:, 2*H:3*H].tanh()
        cn = f * c + i * g
        tc = cn.tanh()
        ctx.save_for_backward(x, h, c, w, u, i, f, g, o, tc)
        return o * tc, cn
    @staticmethod
    def backward(ctx, gh, gc):
        x, h, c, w, u, i, f, g, o, tc = ctx.saved_tensors
        dc = gc + gh * o * (1 - tc * tc)
        dz = torch.cat([dc * g * i * (1 - i), dc * c * f * (1 - f), dc * i * (1 - g * g), gh * tc * o * (1 - o)], 1)
        return dz @ w, dz @ u, dc * f, dz.T @ x, dz.T @ h, dz.sum(0), dz.sum(0)
def lstm_cell_step(x, state, weight_ih, weight_hh, bias_ih, bias_hh):
    return Cell.apply(x, *state, weight_ih, weight_hh, bias_ih, bias_hh)
def lstm_forward(inputs, state, *weights):
    h, c = state; hs = []
    for x in inputs: h, c = Cell.apply(x, h, c, *weights); hs.append(h)
    return torch.stack(hs), (h, c)

from dataclasses import dataclass
@dataclass(eq=False)
class LSTMModel(nn.Module):
    input_size: int = 4
    embedding_size: int = 10
    hidden_size: int = 8
    num_layers: int = 2
    num_class: int = 4
    def __post_init__(self):
        super().__init__()
        self.emb = nn.Embedding(self.input_size, self.embedding_size)
        self.lstm = nn.LSTM(self.embedding_size, self.hidden_size, self.num_layers, batch_first=True)
        self.fc = nn.Linear(self.hidden_size, self.num_class)
    def forward(self, x):
        state, rows = None, []
        for t in range(x.size(1)):
            y, state = self.lstm(self.emb(x[:, t:t + 1]), state)
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
