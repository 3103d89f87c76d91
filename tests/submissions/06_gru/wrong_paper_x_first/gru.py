# -*- coding: utf-8 -*-
# written after an old tutorial (PyTorch 0.4)
import torch
import torch.nn as nn
from torch.autograd import Variable

IDX2CHAR = ['e', 'h', 'l', 'o']


def gru_cell_step(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    x, h = Variable(x) if not isinstance(x, torch.Tensor) else x, h
    H = h.size(1)
    xg = torch.addmm(bias_ih, x, weight_ih.t())
    hg = torch.addmm(bias_hh, h, weight_hh.t())
    r = nn.functional.sigmoid(xg[:, 0:H] + hg[:, 0:H])
    z = nn.functional.sigmoid(xg[:, H:2*H] + hg[:, H:2*H])
    n = nn.functional.tanh(xg[:, 2*H:3*H] + r * hg[:, 2*H:3*H])
    return z * h + (1 - z) * n


def gru_cell_step_paper(x, h, w_z, w_r, w):
    hx = torch.cat((x, h), dim=1)
    z = nn.functional.sigmoid(hx.mm(w_z.transpose(0, 1)))
    r = nn.functional.sigmoid(hx.mm(w_r.transpose(0, 1)))
    rhx = torch.cat((x, torch.mul(r, h)), dim=1)
    h_hat = nn.functional.tanh(rhx.mm(w.transpose(0, 1)))
    return torch.mul(1 - z, h) + torch.mul(z, h_hat)


def gru_forward(inputs, h, weight_ih, weight_hh, bias_ih, bias_hh):
    hx = h
    output = []
    for i in range(len(inputs)):
        hx = gru_cell_step(inputs[i], hx, weight_ih, weight_hh, bias_ih, bias_hh)
        output.append(hx)
    output = torch.cat(output, 0).view(len(inputs), *output[0].size())
    return output, hx


class GRUModel(nn.Module):
    def __init__(self, input_size=4, embedding_size=10, hidden_size=8, num_layers=2, num_class=4):
        super(GRUModel, self).__init__()
        self.hidden_size = hidden_size
        self.num_layers = num_layers
        self.emb = nn.Embedding(input_size, embedding_size)
        self.gru = nn.GRU(embedding_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, num_class)

    def forward(self, x):
        h_0 = Variable(torch.zeros(self.num_layers, x.size(0), self.hidden_size))
        emb = self.emb(x)
        emb = emb.view(x.size(0), x.size(1), -1)
        out, _ = self.gru(emb, h_0)
        return self.fc(out.contiguous().view(-1, self.hidden_size))


def train(model, inputs, labels, epochs=100, lr=0.05):
    inputs = Variable(inputs)
    labels = Variable(labels)
    criterion = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    result = []
    for epoch in range(1, epochs + 1):
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
