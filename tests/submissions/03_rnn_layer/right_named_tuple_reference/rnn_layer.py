
import torch
from torch import nn, Tensor
from typing import NamedTuple
IDX2CHAR = ["e", "h", "l", "o"]

# what does torch say?
torch.manual_seed(3)
layer = nn.RNN(4, 3, 2)
output, h = layer(torch.randn(5, 1, 4))
w = dict(layer.named_parameters())

class Out(NamedTuple):
    output: Tensor
    h_n: Tensor

class Weights(NamedTuple):
    w: Tensor
    u: Tensor
    b: Tensor
    def step(self, x, h):
        return torch.tanh(torch.nn.functional.linear(x, self.w) + torch.nn.functional.linear(h, self.u) + self.b)

def rnn_forward(inputs, h_0, parameters, num_layers):
    get = lambda k: Weights(w=parameters[f"weight_ih_l{k}"], u=parameters[f"weight_hh_l{k}"], b=parameters[f"bias_ih_l{k}"] + parameters[f"bias_hh_l{k}"])
    cells = [get(k) for k in range(num_layers)]
    state = list(h_0)
    tops = []
    for x in inputs:
        for k, cell in enumerate(cells):
            state[k] = x = cell.step(x, state[k])
        tops.append(x)
    return Out(output=torch.stack(tops), h_n=torch.stack(state))

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
            yield decode(logits, IDX2CHAR), loss.tolist()

def train(model, inputs, labels, epochs=15, lr=0.05):
    return Trainer(model, lr).fit(inputs, labels, epochs)
