from typing import Dict, List, Tuple

import torch
import torch.nn as nn
import torch.nn.functional as F

IDX2CHAR: List[str] = ["e", "h", "l", "o"]


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
    """nn.RNN starts from zeros by itself"""

    def __init__(self, input_size, hidden_size, batch_size, num_layers=1):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers)

    def forward(self, inputs):
        return self.rnn(inputs)[0].flatten(0, 1)


def decode(logits, idx2char):
    probs = F.softmax(logits, dim=1)
    ids = probs.topk(1, dim=1).indices.flatten()
    return str().join([idx2char[int(i)] for i in ids])


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
