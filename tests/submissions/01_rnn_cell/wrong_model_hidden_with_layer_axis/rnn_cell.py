import torch
import torch.nn as nn
from torch.autograd import Variable

IDX2CHAR = ['e', 'h', 'l', 'o']


def encode(text, idx2char):
    indices = []
    for c in text:
        if idx2char.count(c) == 0:
            raise ValueError("cannot encode %r" % c)
        indices.append(idx2char.index(c))
    idx = torch.LongTensor(indices).view(-1, 1)
    one_hot = torch.FloatTensor(len(indices), len(idx2char)).zero_()
    one_hot.scatter_(1, idx, 1)
    return Variable(one_hot.view(len(indices), 1, len(idx2char)))


def rnn_cell_step(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    i2h = torch.addmm(bias_ih, x, weight_ih.t())
    h2h = torch.addmm(bias_hh, h, weight_hh.t())
    return nn.Tanh()(i2h + h2h)


def run_cell(cell, inputs, h):
    hidden = Variable(h) if not h.requires_grad else h
    outs = []
    for i in range(inputs.size()[0]):
        hidden = cell(inputs[i], hidden)
        outs += [hidden.unsqueeze(0)]
    return torch.cat(outs, 0), hidden


def run_stacked_cells(cell1, cell2, inputs, h1, h2):
    outs = []
    for i in range(inputs.size()[0]):
        h1 = cell1(inputs[i], h1)
        h2 = cell2(h1, h2)
        outs += [h2.view(1, h2.size(0), h2.size(1))]
    return torch.cat(outs, 0), h1, h2


class RNNCellModel(nn.Module):

    def __init__(self, input_size, hidden_size, batch_size):
        super(RNNCellModel, self).__init__()
        self.rnncell = nn.RNNCell(input_size, hidden_size)
        self.b, self.h, self.i = batch_size, hidden_size, input_size

    def forward(self, input, hidden):
        input = input.view(self.b, self.i)
        return self.rnncell(input, hidden.view(self.b, self.h))

    def init_hidden(self):
        return Variable(torch.zeros(1, self.b, self.h))


def train(model, inputs, labels, epochs=15, lr=0.1):
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    inputs, labels = Variable(inputs), Variable(labels)
    words = []
    for epoch in range(epochs):
        optimizer.zero_grad()
        loss = 0
        hidden = model.init_hidden()
        word = []
        for input, label in zip(inputs, labels):
            hidden = model(input, hidden)
            val, idx = hidden.max(1)
            word.append(IDX2CHAR[idx.data[0]])
            loss += criterion(hidden, label)
        print("epoch: %d, loss: %1.3f" % (epoch + 1, loss.data))
        loss.backward()
        optimizer.step()
        words.append(''.join(word))
    return words
