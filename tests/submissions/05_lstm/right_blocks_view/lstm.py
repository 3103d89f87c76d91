import torch
from torch import nn, Tensor
IDX2CHAR = ["e", "h", "l", "o"]

def lstm_cell_step(x, state, weight_ih, weight_hh, bias_ih, bias_hh):
    h, c = state
    B, H = h.shape
    pre = torch.tensordot(x, weight_ih.view(4, H, -1), dims=([1], [2])) + torch.tensordot(h, weight_hh.view(4, H, H), dims=([1], [2])) + bias_ih.view(4, H) + bias_hh.view(4, H)
    sig = torch.sigmoid(pre[:, [0, 1, 3]])
    i, f, o = sig.unbind(1)
    g = pre[:, 2].tanh()
    new_c = f.mul(c).add(i.mul(g))
    return [o.mul(new_c.tanh()), new_c]
def lstm_forward(inputs, state, weight_ih, weight_hh, bias_ih, bias_hh):
    h, c = state
    output = torch.zeros(inputs.shape[0], *h.shape)
    for t, x in enumerate(inputs):
        h, c = lstm_cell_step(x, (h, c), weight_ih, weight_hh, bias_ih, bias_hh)
        output[t] = h
    return [output, (output[-1], c)]

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
