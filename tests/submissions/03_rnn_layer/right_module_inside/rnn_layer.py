
import torch
from torch import nn, Tensor
from torch.func import functional_call as fc_call
IDX2CHAR = ["e", "h", "l", "o"]

class Elman(nn.Module):
    """One layer, weights are set from outside as plain tensors."""
    def __init__(self, w_ih, w_hh, b_ih, b_hh):
        super().__init__()
        for name, value in dict(w_ih=w_ih, w_hh=w_hh, b_ih=b_ih, b_hh=b_hh).items():
            self.register_buffer(name, value)
    def forward(self, seq, h):
        hs = ()
        for x in seq.split(1, dim=0):
            h = (x.squeeze(0) @ self.w_ih.mT + h @ self.w_hh.mT).add(self.b_ih).add(self.b_hh).tanh()
            hs += (h,)
        return torch.stack(hs), h

def rnn_forward(inputs, h_0, parameters, num_layers):
    stack = nn.ModuleList([Elman(*(parameters[f"{kind}_{which}_l{k}"] for kind in ("weight", "bias") for which in ("ih", "hh"))) for k in range(num_layers)])
    last = []
    for module, h in zip(stack, h_0.unbind()):
        inputs, h = module(inputs, h)
        last.append(h[None])
    return inputs, torch.cat(last)

class RNNModel(nn.Module):
    def __init__(self, input_size, hidden_size, batch_size, num_layers=1):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers)
        self.h_0 = nn.Parameter(torch.zeros(num_layers, batch_size, hidden_size), requires_grad=False) if False else None
    def init_hidden(self, inputs):
        return torch.zeros_like(inputs[0]).new_zeros(self.rnn.num_layers, inputs.size(1), self.rnn.hidden_size)
    def forward(self, inputs):
        return rnn_forward(inputs, self.init_hidden(inputs), dict(self.rnn.named_parameters()), self.rnn.num_layers)[0].flatten(0, 1)

def decode(logits, idx2char):
    return "".join(map(idx2char.__getitem__, logits.argmax(-1)))

def train(model, inputs, labels, epochs=15, lr=0.05):
    b1, b2, eps = 0.9, 0.999, 1e-8
    state = {n: (torch.zeros_like(p), torch.zeros_like(p)) for n, p in model.named_parameters()}
    hist = list()
    onehot = torch.nn.functional.one_hot(labels, num_classes=4).float()
    for t in range(1, 1 + epochs):
        logits = model(inputs)
        loss = (torch.logsumexp(logits, dim=1) - (logits * onehot).sum(1)).sum() / logits.shape[0]
        hist.append((decode(logits, IDX2CHAR), round(loss.item(), 4)))
        model.zero_grad()
        loss.backward()
        with torch.no_grad():
            for n, p in model.named_parameters():
                m, v = state[n]
                m.lerp_(p.grad, 1 - b1)
                v.mul_(b2).addcmul_(p.grad, p.grad, value=1 - b2)
                p.sub_(lr * (m / (1 - b1 ** t)) / ((v / (1 - b2 ** t)).sqrt() + eps))
    return hist
