import functools, inspect, time
import torch
from torch import Tensor, nn
import torch.nn.functional as F
IDX2CHAR = ["e", "h", "l", "o"]

def timed(fn):
    @functools.wraps(fn)
    def wrapper(*args, **kwargs):
        t0 = time.perf_counter()
        try:
            return fn(*args, **kwargs)
        finally:
            wrapper.seconds = time.perf_counter() - t0
    return wrapper

def typechecked(fn):
    """Check the tensors against the annotations."""
    sig = inspect.signature(fn)
    @functools.wraps(fn)
    def wrapper(*args, **kwargs):
        for name, value in sig.bind(*args, **kwargs).arguments.items():
            want = sig.parameters[name].annotation
            if want in (Tensor, str, int) and not isinstance(value, want):
                raise TypeError(f"{name} should be a {want.__name__}")
        return fn(*args, **kwargs)
    return wrapper

@timed
@typechecked
def encode(text: str, idx2char: list) -> Tensor:
    for char in text:
        if idx2char.count(char) == 0:
            raise ValueError(f"{char} unknown")
    hot = torch.zeros(len(text), len(idx2char)).index_put_((torch.arange(len(text)), torch.tensor([idx2char.index(c) for c in text])), torch.tensor(1.0))
    return hot[:, None]

@typechecked
def rnn_cell_step(x: Tensor, h: Tensor, weight_ih: Tensor, weight_hh: Tensor, bias_ih: Tensor, bias_hh: Tensor) -> Tensor:
    a = torch.baddbmm(bias_ih.view(1, 1, -1), x[None], weight_ih.t()[None])
    b = torch.baddbmm(bias_hh.view(1, 1, -1), h[None], weight_hh.t()[None])
    return torch.add(a, b).squeeze(0).tanh()

@timed
def run_cell(cell, inputs: Tensor, h: Tensor):
    outputs = [None] * len(inputs)
    for t, x in enumerate(inputs):
        h = outputs[t] = cell(x, h)
    return torch.stack(outputs), h

@timed
def run_stacked_cells(cell1, cell2, inputs, h1, h2):
    hs = [h1, h2]
    rows = []
    for x in inputs:
        for k, cell in enumerate((cell1, cell2)):
            hs[k] = x = cell(x, hs[k])
        rows.append(x)
    return torch.stack(rows), *hs

class RNNCellModel(nn.Module):
    def __init__(self, input_size, hidden_size, batch_size):
        super().__init__()
        self.rnncell = nn.RNNCell(input_size, hidden_size)
        self.input_size, self.hidden_size, self.batch_size = input_size, hidden_size, batch_size
        self.net = nn.ModuleDict({"cell": self.rnncell})      # the same cell under a second name
    def forward(self, input, hidden):
        return self.net["cell"](input, hidden)
    def init_hidden(self):
        return torch.zeros(1, 1).expand(self.batch_size, self.hidden_size).contiguous()

@timed
def train(model, inputs, labels, epochs=15, lr=0.1):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr, fused=True)
    history = []
    def closure():
        optimizer.zero_grad()
        h = model.init_hidden()
        logits = []
        for x in inputs:
            h = model(x, h)
            logits.append(h)
        logits = torch.cat(logits)
        onehot = F.one_hot(labels.flatten(), logits.size(1)).to(logits)
        loss = F.cross_entropy(logits, onehot, reduction="sum")
        loss.backward()
        history.append("".join(IDX2CHAR[i] for i in logits.argmax(-1)))
        return loss
    for _ in range(epochs):
        optimizer.step(closure)
    return history
