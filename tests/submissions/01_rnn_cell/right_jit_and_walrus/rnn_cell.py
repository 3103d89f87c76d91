import torch
from torch import nn
import torch.nn.functional as F
IDX2CHAR = ["e", "h", "l", "o"]
SEED = 1234
torch.manual_seed(SEED)

@torch.jit.script
def _affine(x: torch.Tensor, w: torch.Tensor, b: torch.Tensor) -> torch.Tensor:
    return torch.matmul(x, w.transpose(-2, -1)) + b

def encode(text, idx2char):
    if bad := next((c for c in text if c not in idx2char), None):
        raise ValueError(bad)
    idx = torch.as_tensor(list(map(idx2char.index, text)))
    return F.one_hot(idx, num_classes=len(idx2char)).unsqueeze(dim=1).type(torch.FloatTensor)

def rnn_cell_step(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    return torch.tanh(_affine(x, weight_ih, bias_ih) + _affine(h, weight_hh, bias_hh))

def _states(cell, inputs, h):
    for x in torch.unbind(inputs):
        yield (h := cell(x, h))

def run_cell(cell, inputs, h):
    outputs = torch.stack([*_states(cell, inputs, h)])
    return outputs, outputs[-1]

def run_stacked_cells(cell1, cell2, inputs, h1, h2):
    pairs = [(h1 := cell1(x, h1), h2 := cell2(h1, h2)) for x in inputs]
    first, second = zip(*pairs)
    return torch.stack(second), first[-1], second[-1]

class RNNCellModel(nn.Module):
    rnncell: nn.RNNCell
    def __init__(self, input_size: int, hidden_size: int, batch_size: int):
        super().__init__()
        self.__dict__.update(n_in=input_size, n_hidden=hidden_size, n_batch=batch_size)
        setattr(self, "rnncell", nn.RNNCell(input_size=input_size, hidden_size=hidden_size))
        self.loss_fn = nn.CrossEntropyLoss()
        self.apply(self._init)
    @staticmethod
    def _init(m):
        if isinstance(m, nn.RNNCell):
            nn.init.orthogonal_(m.weight_hh)
    @property
    def device(self):
        return next(self.parameters()).device
    def init_hidden(self, batch_size=None):
        return torch.zeros((batch_size or self.n_batch, self.n_hidden), device=self.device)
    def forward(self, input, hidden=None):
        hidden = self.init_hidden() if hidden is None else hidden
        return self.rnncell(input, hidden)

def train(model, inputs, labels, epochs=15, lr=0.1):
    optimizer = torch.optim.Adam(params=[{"params": [p], "lr": lr} for p in model.parameters()])
    out = []
    for epoch in range(epochs):
        optimizer.zero_grad(set_to_none=True)
        hidden = model.init_hidden()
        preds = []
        total = 0
        for x, y in zip(inputs, labels):
            hidden = model(x, hidden)
            loss = F.cross_entropy(hidden, y)
            loss.backward(retain_graph=True)     # the gradients of the letters add up to that of the sum
            total += loss.item()
            preds.append(hidden.detach().softmax(-1).argmax(-1).item())
        optimizer.step()
        out.append("".join([IDX2CHAR[p] for p in preds]))
        if epoch % 5 == 0:
            print("epoch %d loss %.3f %s" % (epoch, total, out[-1]))
    return out
