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
    seq_len, batch, _ = inputs.shape
    hidden_size = h_0.shape[2]
    h_n = h_0.clone()          # do not touch the argument
    x = inputs
    for l in range(num_layers):
        out = inputs.new_zeros(seq_len, batch, hidden_size)
        h = h_0[l]
        for t in range(seq_len):
            h = torch.tanh(torch.addmm(parameters[f"bias_ih_l{l}"], x[t], parameters[f"weight_ih_l{l}"].T)
                           + torch.addmm(parameters[f"bias_hh_l{l}"], h, parameters[f"weight_hh_l{l}"].T))
            out[t] = h
        h_n[l] = h
        x = out
    return x, h_n


class RNNModel(nn.Module):
    def __init__(self, input_size, hidden_size, batch_size, num_layers=1):
        super(RNNModel, self).__init__()
        self.input_size = input_size
        self.hidden_size = hidden_size
        self.batch_size = batch_size
        self.num_layers = num_layers
        self.rnn = nn.RNN(input_size=self.input_size, hidden_size=self.hidden_size, num_layers=self.num_layers)

    def forward(self, inputs):
        hidden = torch.zeros(self.num_layers, self.batch_size, self.hidden_size)
        out, _ = self.rnn(inputs, hidden)
        return out.view(-1, self.hidden_size)


def decode(logits, idx2char):
    probs = F.softmax(logits, dim=1)
    ids = probs.topk(1, dim=1).indices.flatten()
    return str().join([idx2char[int(i)] for i in ids])


def train(model, inputs, labels, epochs: int = 15, lr: float = 0.05):
    log_softmax, nll = nn.LogSoftmax(dim=1), nn.NLLLoss(reduction='sum')
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    epoch = 0
    while epoch < epochs:
        optimizer.zero_grad()
        scores = model(inputs.to(next(model.parameters()).device))
        loss = nll(log_softmax(scores), labels)
        loss.backward()
        history.append((decode(scores, IDX2CHAR), loss.data.item()))
        optimizer.step()
        epoch += 1
    return history


import matplotlib.pyplot as plt

x_one_hot = torch.eye(4)[[1, 0, 2, 2, 3]].view(5, 1, 4)
my_model = RNNModel(input_size=4, hidden_size=4, batch_size=1)
curve = train(my_model, x_one_hot, torch.tensor([3, 1, 2, 3, 2]))
plt.plot([loss for _, loss in curve])
plt.show()
