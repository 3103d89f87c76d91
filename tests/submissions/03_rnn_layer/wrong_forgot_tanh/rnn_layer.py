# Name: Kim, student no. 20191234
# Homework 3: RNN layer
import torch
import torch.nn as nn
import torch.nn.functional as F
import torch.optim as optim
from torch.autograd import Variable

torch.manual_seed(777)
IDX2CHAR = ['e', 'h', 'l', 'o']


def rnn_forward(inputs, h_0, parameters, num_layers):
    seq = inputs
    hidden = []
    for k in range(num_layers):
        h = h_0[k]
        res = []
        for x in seq:
            h = F.linear(x, parameters[f"weight_ih_l{k}"], parameters[f"bias_ih_l{k}"]) + \
                F.linear(h, parameters[f"weight_hh_l{k}"], parameters[f"bias_hh_l{k}"])
            res.append(h)
        seq = torch.stack(res)
        hidden.append(h)
    return seq, torch.stack(hidden)


class RNNModel(nn.Module):

    def __init__(self, input_size, hidden_size, batch_size, num_layers=1):
        super(RNNModel, self).__init__()
        self.rnn = nn.RNN(input_size=input_size, hidden_size=hidden_size, num_layers=num_layers, nonlinearity='tanh', dropout=0)
        self.hidden_size, self.batch_size, self.num_layers = hidden_size, batch_size, num_layers
        self.name = 'RNNModel'

    def init_hidden(self):
        return Variable(torch.zeros(self.num_layers, self.batch_size, self.hidden_size))

    def forward(self, inputs):
        inputs = inputs.view(-1, self.batch_size, inputs.size(2))
        out, hidden = self.rnn(inputs, self.init_hidden())
        out = out.contiguous().view(-1, self.hidden_size)
        return out


def decode(logits, idx2char):
    _, idx = logits.max(dim=1)
    result_str = [idx2char[c] for c in idx.data.numpy()]
    return ''.join(result_str)


def run_epoch(model, optimizer, inputs, labels):
    logits = model(inputs)
    loss = torch.nn.functional.cross_entropy(logits, labels.view(-1))
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return decode(logits, IDX2CHAR), loss.item()


def train(model, inputs, labels, epochs=15, lr=0.05):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    return [run_epoch(model, optimizer, inputs, labels) for _ in range(epochs)]
