
from functools import reduce
from itertools import accumulate
from operator import itemgetter
import torch
from torch import nn, Tensor
IDX2CHAR = ["e", "h", "l", "o"]
NAMES = "weight_ih_l{0} weight_hh_l{0} bias_ih_l{0} bias_hh_l{0}"

def rnn_forward(inputs, h_0, parameters, num_layers):
    def layer(carry, k):
        seq, finals = carry
        w, u, b, c = itemgetter(*NAMES.format(k).split())(parameters)
        states = list(accumulate(torch.addmm(b, seq.flatten(0, 1), w.t()).view(*seq.shape[:2], -1),
                                 lambda h, a: torch.tanh(a + torch.addmm(c, h, u.t())), initial=h_0[k]))[1:]
        return torch.stack(states), finals + [states[-1]]
    seq, finals = reduce(layer, range(num_layers), (inputs, []))
    return seq, torch.stack(finals)

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
    optimizer = torch.optim.AdamW(model.parameters(), lr=lr, weight_decay=0)
    history = []
    def closure():
        optimizer.zero_grad()
        logits = model(inputs)
        loss = -torch.log_softmax(logits, 1)[range(len(labels)), labels].mean()
        loss.backward()
        history.append((decode(logits, IDX2CHAR), loss.item()))
        return loss
    for _ in range(epochs):
        optimizer.step(closure)
    return history
