
import torch
from torch import nn, Tensor
from collections import ChainMap
IDX2CHAR = ["e", "h", "l", "o"]

def _step(x, h, w, u, b, c):
    return torch.tanh(torch.mv(w, x) + b + torch.mv(u, h) + c)
_batched = torch.vmap(_step, in_dims=(0, 0, None, None, None, None))

def _run(seq, h, *weights):
    for x in seq:
        h = _batched(x, h, *weights)
        yield h

def rnn_forward(inputs, h_0, parameters, num_layers):
    h_n = []
    sequence = inputs.unbind()
    for k in range(num_layers):
        ws = [parameters[f"{n}_l{k}"] for n in "weight_ih weight_hh bias_ih bias_hh".split()]
        sequence = [*_run(sequence, h_0[k], *ws)]
        h_n.append(sequence[-1])
    return torch.stack(sequence), torch.stack(h_n)

class RNNModel(nn.Module):
    def __init__(self, input_size, hidden_size, batch_size, num_layers=1):
        super(RNNModel, self).__init__()
        self.add_module("rnn", nn.RNN(input_size, hidden_size, num_layers))
        self.h_shape = (num_layers, batch_size, hidden_size)
    def forward(self, inputs):
        out = self.rnn(inputs, torch.zeros(self.h_shape))[0]
        return torch.cat(list(out), dim=0)

def decode(logits, idx2char):
    return str().join(idx2char[row.index(max(row))] for row in logits.tolist())

def train(model, inputs, labels, epochs=15, lr=0.05):
    from torch.utils.data import DataLoader, TensorDataset
    loss_fn = nn.KLDivLoss(reduction="batchmean")
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    lr_scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=1.0)
    history = []
    loader = DataLoader([(inputs, labels)], batch_size=None)
    for epoch in range(epochs):
        for x, y in loader:
            logits = model(x)
            target = torch.zeros_like(logits).scatter_(1, y[:, None], 1.0)
            loss = loss_fn(logits.log_softmax(1), target)
            optimizer.zero_grad(); loss.backward(); optimizer.step(); lr_scheduler.step()
            history += [(decode(logits, IDX2CHAR), loss.detach().numpy().item())]
    model.eval()
    return history
