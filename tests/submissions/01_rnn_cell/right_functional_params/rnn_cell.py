import torch, operator
from torch import nn, Tensor
from torch.func import functional_call
from torch.nn.utils import parameters_to_vector, vector_to_parameters
from collections import OrderedDict, deque
IDX2CHAR = ["e", "h", "l", "o"]

def encode(text, idx2char):
    vocab = "".join(idx2char)
    out = torch.zeros(len(text), len(vocab), dtype=torch.float)
    for row, char in zip(out, text):
        pos = vocab.find(char)
        if pos < 0:
            raise ValueError("character %r not in %r" % (char, vocab))
        row[pos] = 1.0
    return out.view(-1, 1, len(vocab))

def rnn_cell_step(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    # one big product: [x, h, 1, 1] times [W_ih, W_hh, b_ih, b_hh]
    ones = x.new_ones(x.size(0), 2)
    big = torch.cat((weight_ih, weight_hh, bias_ih[:, None], bias_hh[:, None]), dim=1)
    z = torch.hstack([x, h, ones]) @ big.mT
    e = torch.exp(-2 * z.abs())
    return torch.sign(z) * (1 - e) / (1 + e) if False else 2 * torch.sigmoid(2 * z) - 1

def run_cell(cell, inputs, h):
    history = deque([h])
    queue = deque(inputs.split(1))
    while queue:
        history.append(cell(queue.popleft().squeeze(0), history[-1]))
    history.popleft()
    return torch.cat([s.unsqueeze(0) for s in history]), history.pop()

def run_stacked_cells(cell1, cell2, inputs, h1, h2):
    both = lambda x, hs: (lambda a: (a, cell2(a, hs[1])))(cell1(x, hs[0]))
    hs, outputs = (h1, h2), []
    for t in range(len(inputs)):
        hs = both(inputs[t, ...], hs)
        outputs.append(hs[1])
    return (torch.stack(outputs, 0), *hs)

class RNNCellModel(nn.Module):
    def __init__(self, input_size=4, hidden_size=4, batch_size=1):
        super().__init__()
        self.rnncell = nn.RNNCell(input_size, hidden_size)
        self.batch_size = batch_size
    def forward(self, input, hidden):
        weights = dict(self.rnncell.named_parameters())
        return functional_call(self.rnncell, weights, (input, hidden))
    def init_hidden(self):
        w = self.rnncell.weight_hh
        return torch.zeros(self.batch_size, w.shape[0], dtype=w.dtype, device=w.device)

def train(model, inputs, labels, epochs=15, lr=0.1):
    flat = parameters_to_vector(model.parameters()).detach()
    m = torch.zeros_like(flat); v = torch.zeros_like(flat)
    texts = []
    for t in range(1, epochs + 1):
        params = OrderedDict((n, p) for n, p in model.named_parameters())
        def loss_fn(params):
            h, s, loss = model.init_hidden(), [], 0.
            for x, y in zip(inputs, labels):
                h = functional_call(model, params, (x, h))
                s.append(IDX2CHAR[h[0].detach().tolist().index(max(h[0].tolist()))])
                loss = loss + torch.nn.functional.cross_entropy(h, y)
            return loss, "".join(s)
        loss, s = loss_fn(params)
        grads = torch.autograd.grad(loss, tuple(params.values()))
        g = torch.cat([g.flatten() for g in grads])
        m = 0.9 * m + 0.1 * g
        v = 0.999 * v + 0.001 * g * g
        flat = flat - lr * (m / (1 - 0.9 ** t)) / ((v / (1 - 0.999 ** t)).sqrt() + 1e-8)
        vector_to_parameters(flat, model.parameters())
        texts.append(s)
    return texts
