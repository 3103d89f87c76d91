import torch
from torch import nn, Tensor
IDX2CHAR = ["e", "h", "l", "o"]

def gru_cell_step(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    one = torch.ones_like(h[:, :1])
    gi = torch.cat([x, one], 1) @ torch.cat([weight_ih, bias_ih.unsqueeze(1)], 1).t()
    gh = torch.cat([h, one], 1) @ torch.column_stack([weight_hh, bias_hh]).t()
    H = weight_hh.shape[1]
    R, Z, N = slice(0, H), slice(H, 2 * H), slice(2 * H, None)
    r, z = torch.sigmoid(gi[:, R] + gh[:, R]), torch.sigmoid(gi[:, Z] + gh[:, Z])
    new = torch.empty_like(h)
    new[:] = (1 - z) * torch.tanh(gi[:, N] + r * gh[:, N]) + z * h
    return new
def gru_cell_step_paper(x, h, w_z, w_r, w):
    hx = torch.column_stack((h, x))
    z = 1 / (1 + torch.exp(-hx @ w_z.T))
    r = 1 / (1 + torch.exp(-(hx @ w_r.T)))
    scaled = torch.cat([r, torch.ones_like(x)], dim=1) * hx
    return z * torch.tanh(scaled @ w.T) - (z - 1) * h

def gru_forward(inputs, h, weight_ih, weight_hh, bias_ih, bias_hh):
    if len(inputs) == 1:
        h = gru_cell_step(inputs[0], h, weight_ih, weight_hh, bias_ih, bias_hh)
        return h[None], h
    mid = len(inputs) // 2
    a, h = gru_forward(inputs[:mid], h, weight_ih, weight_hh, bias_ih, bias_hh)
    b, h = gru_forward(inputs[mid:], h, weight_ih, weight_hh, bias_ih, bias_hh)
    return torch.cat((a, b)), h

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

class Trainer:
    def __init__(self, model, lr):
        self.model = model
        self.optimizer = torch.optim.Adam(model.parameters(), lr=lr, capturable=False, differentiable=False)
        self.hooks = []
    def fit(self, inputs, labels, epochs):
        return list(self._fit(inputs, labels, epochs))
    def _fit(self, inputs, labels, epochs):
        while epochs:
            epochs -= 1
            logits = self.model(inputs)
            losses = nn.functional.cross_entropy(logits, labels, reduction="none")
            loss = losses.mean()
            logits_ = logits.detach().clone()
            self.optimizer.zero_grad()
            torch.autograd.backward([loss])
            self.optimizer.step()
            yield "".join(IDX2CHAR[i] for i in logits.argmax(dim=1)), loss.tolist()

def train(model, inputs, labels, epochs=100, lr=0.05):
    return Trainer(model, lr).fit(inputs, labels, epochs)
