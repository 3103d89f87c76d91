from typing import Dict, List, Tuple

import torch
from torch import Tensor
import torch.nn as nn
import torch.nn.functional as F

IDX2CHAR: List[str] = ["e", "h", "l", "o"]


def rnn_forward(inputs, h_0, parameters, num_layers):
    x = inputs
    h_n = []
    for k in range(num_layers):
        h = h_0[k]
        outs = []
        for t in range(len(x)):
            h_t = torch.tanh(F.linear(x[t], parameters[f"weight_ih_l{k}"], parameters[f"bias_ih_l{k}"])
                             + F.linear(h, parameters[f"weight_hh_l{k}"], parameters[f"bias_hh_l{k}"]))
            outs.append(h_t)
        x = torch.stack(outs)
        h_n.append(outs[-1])
    return x, torch.stack(h_n)


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


def decode(logits: Tensor, idx2char: list) -> str:
    return "".join(map(idx2char.__getitem__, logits.argmax(-1).tolist()))


def train(model, inputs, labels, epochs=15, lr=0.05):
    loss_fn = nn.CrossEntropyLoss(reduction="sum")
    opt = torch.optim.Adam(model.parameters(), lr)
    log = []
    for i in range(1, epochs + 1):
        logits = model(inputs)
        loss = loss_fn(logits, labels)
        log.append([decode(logits.detach(), IDX2CHAR), float(loss)])
        loss.backward()
        opt.step()
        opt.zero_grad()
    return log
