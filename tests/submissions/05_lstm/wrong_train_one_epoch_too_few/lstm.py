# -*- coding: utf-8 -*-
# written after an old tutorial (PyTorch 0.4)
import torch
import torch.nn as nn
from torch.autograd import Variable

IDX2CHAR = ['e', 'h', 'l', 'o']


def lstm_cell_step(x, state, weight_ih, weight_hh, bias_ih, bias_hh):
    x = Variable(x) if not isinstance(x, torch.Tensor) else x
    (hx, cx) = state
    gates = torch.addmm(bias_ih, x, weight_ih.t()) + torch.addmm(bias_hh, hx, weight_hh.t())
    H = hx.size(1)
    i = nn.functional.sigmoid(gates[:, 0:H])
    f = nn.functional.sigmoid(gates[:, H:2*H])
    g = nn.functional.tanh(gates[:, 2*H:3*H])
    o = nn.functional.sigmoid(gates[:, 3*H:4*H])
    cx = f * cx + i * g
    hx = o * nn.functional.tanh(cx)
    return hx, cx


def lstm_forward(inputs, state, weight_ih, weight_hh, bias_ih, bias_hh):
    hx, cx = state
    output = []
    for i in range(len(inputs)):
        hx, cx = lstm_cell_step(inputs[i], (hx, cx), weight_ih, weight_hh, bias_ih, bias_hh)
        output.append(hx)
    output = torch.cat(output, 0).view(len(inputs), *output[0].size())
    return output, (hx, cx)


class LSTMModel(nn.Module):
    def __init__(self, input_size=4, embedding_size=10, hidden_size=8, num_layers=2, num_class=4):
        super(LSTMModel, self).__init__()
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.emb = nn.Embedding(input_size, embedding_size)
        self.lstm = nn.LSTM(embedding_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, num_class)

    def forward(self, x):
        h_0 = Variable(torch.zeros(self.num_layers, x.size(0), self.hidden_size))
        c_0 = Variable(torch.zeros(self.num_layers, x.size(0), self.hidden_size))
        emb = self.emb(x)
        emb = emb.view(x.size(0), x.size(1), -1)
        out, (_, _) = self.lstm(emb, (h_0, c_0))
        return self.fc(out.contiguous().view(-1, self.hidden_size))


def train(model, inputs, labels, epochs=100, lr=0.05):
    inputs = Variable(inputs)
    labels = Variable(labels)
    criterion = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    result = []
    for epoch in range(1, epochs):
        outputs = model(inputs)
        optimizer.zero_grad()
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()
        _, idx = outputs.max(1)
        idx = idx.data.numpy()
        result_str = [IDX2CHAR[c] for c in idx.squeeze()]
        print("epoch: %d, loss: %1.3f" % (epoch, loss.data.item()))
        result.append((''.join(result_str), loss.data.item()))
    return result
