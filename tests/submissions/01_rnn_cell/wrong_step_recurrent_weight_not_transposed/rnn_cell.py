import torch
from torch import einsum, nn

IDX2CHAR = list("ehlo")


def encode(text, idx2char):
    out = torch.zeros(len(text), 1, len(idx2char))
    for t, c in enumerate(text):
        out[t, 0, idx2char.index(c)] = 1  # list.index raises the ValueError that names c
    return out


def rnn_cell_step(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    from_x = einsum("bi,hi->bh", x, weight_ih)
    from_h = einsum("bj,jh->bh", h, weight_hh)
    return torch.tanh(from_x + from_h + bias_ih + bias_hh)


def run_cell(cell, inputs, h):
    seq_len, batch = inputs.shape[0], inputs.shape[1]
    outputs = torch.zeros(seq_len, batch, h.shape[1])
    for t in range(seq_len):
        h = cell(inputs[t], h)
        outputs[t] = h
    return outputs, h


def run_stacked_cells(cell1, cell2, inputs, h1, h2):
    outputs = inputs.new_empty(inputs.size(0), h2.size(0), h2.size(1))
    for t in range(inputs.size(0)):
        h1 = cell1(inputs[t], h1)
        h2 = cell2(h1, h2)
        outputs[t] = h2
    return outputs, h1, h2


class RNNCellModel(nn.Module):
    def __init__(self, input_size, hidden_size, batch_size):
        super().__init__()
        self.rnncell = nn.RNNCell(input_size, hidden_size)
        self.batch_size = batch_size

    def forward(self, input, hidden):
        return self.rnncell(input, hidden)

    def init_hidden(self):
        return torch.zeros((self.batch_size, self.rnncell.hidden_size))


def train(model, inputs, labels, epochs=15, lr=0.1):
    opt = torch.optim.Adam(params=model.parameters(), lr=lr)
    loss_fn = nn.CrossEntropyLoss()
    history = []
    for epoch in range(1, epochs + 1):
        h = model.init_hidden()
        losses, letters = [], []
        for t in range(inputs.shape[0]):
            h = model(inputs[t], h)
            losses.append(loss_fn(h, labels[t]))
            letters.append(IDX2CHAR[int(torch.argmax(h))])
        model.zero_grad()
        sum(losses).backward()
        opt.step()
        history.append("".join(letters))
    return history
