from typing import Dict, List, Tuple

import torch
import torch.nn as nn
import torch.nn.functional as F

IDX2CHAR: List[str] = ["e", "h", "l", "o"]


def _cell(x, h, w_ih, w_hh, b_ih, b_hh):
    pre = torch.matmul(x, w_ih.transpose(0, 1)) + b_ih
    pre = pre + torch.matmul(h, w_hh.transpose(0, 1)) + b_hh
    return torch.tanh(pre)


def _layer(sequence, h, weights):
    states = []
    for x in sequence:
        h = _cell(x, h, *weights)
        states.append(h)
    return torch.stack(states), h


def rnn_forward(inputs, h_0, parameters, num_layers):
    output, h_n = inputs, []
    for k in range(num_layers):
        weights = [parameters[f"{kind}_l{k}"] for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
        output, last = _layer(output, h_0[k], weights)
        h_n.append(last)
    return output, torch.stack(h_n)


class RNNModel(nn.Module):
    def __init__(self, input_size: int, hidden_size: int, batch_size: int, num_layers: int = 1):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)

    def forward(self, inputs):
        x = inputs.transpose(0, 1)                  # (batch, seq_len, input_size)
        h0 = x.new_zeros(self.rnn.num_layers, x.size(0), self.rnn.hidden_size)
        out, _ = self.rnn(x, h0)
        return out.permute(1, 0, 2).reshape(-1, self.rnn.hidden_size)


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


# experiments
rnn = nn.RNN(5, 3, 2)
x = torch.randn(4, 2, 5)
print(rnn(x)[0].shape, rnn(x)[1].shape)
