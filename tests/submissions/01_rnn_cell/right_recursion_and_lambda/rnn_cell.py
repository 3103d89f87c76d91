from functools import reduce
from itertools import accumulate

import torch
import torch.nn as nn

IDX2CHAR = ['e', 'h', 'l', 'o']


def encode(text, idx2char):
    for c in text:
        if c not in idx2char:
            raise ValueError(c)
    table = dict(zip(idx2char, torch.eye(len(idx2char))))
    return torch.stack([table[c] for c in text]).unsqueeze(dim=1)


def rnn_cell_step(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    terms = [x @ weight_ih.mT, bias_ih, h @ weight_hh.mT, bias_hh]
    return reduce(torch.add, terms).tanh_()


def run_cell(cell, inputs, h):
    states = list(accumulate(inputs, lambda state, x: cell(x, state), initial=h))[1:]
    return torch.stack(states), states[-1]


def run_stacked_cells(cell1, cell2, inputs, h1, h2):
    if len(inputs) == 0:
        return torch.empty(0, *h2.shape), h1, h2
    h1 = cell1(inputs[0], h1)
    h2 = cell2(h1, h2)
    rest, last1, last2 = run_stacked_cells(cell1, cell2, inputs[1:], h1, h2)
    return torch.cat([h2[None], rest]), last1, last2


class RNNCellModel(nn.Module):
    def __init__(self, input_size, hidden_size, batch_size):
        super().__init__()
        self.__dict__.update(input_size=input_size, hidden_size=hidden_size, batch_size=batch_size)
        self.rnncell = nn.RNNCell(input_size, hidden_size)

    def forward(self, input, hidden):
        return rnn_cell_step(input, hidden, *self.rnncell.parameters())

    init_hidden = lambda self: torch.zeros(self.batch_size, self.hidden_size, requires_grad=True)


def train(model, inputs, labels, epochs=15, lr=0.1):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)

    def epoch():
        outputs, _ = run_cell(model, inputs, model.init_hidden())
        loss = sum(nn.functional.cross_entropy(o, y) for o, y in zip(outputs, labels))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return ''.join(map(IDX2CHAR.__getitem__, outputs.argmax(-1).squeeze(1).tolist()))

    return [epoch() for _ in range(epochs)]
