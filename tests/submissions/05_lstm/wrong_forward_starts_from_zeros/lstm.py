import torch
import torch.nn as nn

IDX2CHAR = ["e", "h", "l", "o"]


class MyCell:
    """A small LSTM cell that keeps its weights."""

    def __init__(self, w_ih, w_hh, b_ih, b_hh):
        self.w_ih, self.w_hh = w_ih, w_hh
        self.b = b_ih + b_hh

    def gates(self, x, h):
        a = x.matmul(self.w_ih.transpose(0, 1)) + h.matmul(self.w_hh.transpose(0, 1)) + self.b
        size = h.size(-1)
        return torch.split(a, size, dim=-1)

    def __call__(self, x, h, c):
        i, f, g, o = self.gates(x, h)
        new_c = torch.sigmoid(f).mul(c).add(torch.sigmoid(i).mul(torch.tanh(g)))
        new_h = torch.sigmoid(o).mul(torch.tanh(new_c))
        return new_h, new_c


def lstm_cell_step(x, state, weight_ih, weight_hh, bias_ih, bias_hh):
    cell = MyCell(weight_ih, weight_hh, bias_ih, bias_hh)
    return cell(x, *state)


def lstm_forward(inputs, state, weight_ih, weight_hh, bias_ih, bias_hh):
    cell = MyCell(weight_ih, weight_hh, bias_ih, bias_hh)
    batch, n = inputs.size(1), weight_hh.size(1)
    h, c = torch.zeros(batch, n), torch.zeros(batch, n)
    hs = []
    for x in inputs:
        h, c = cell(x, h, c)
        hs.append(h)
    return torch.stack(hs), (h, c)


class LSTMModel(nn.Module):
    def __init__(self, input_size=4, embedding_size=10, hidden_size=8, num_layers=2, num_class=4):
        super().__init__()
        self.config = dict(layers=num_layers, hidden=hidden_size)   # just to remember
        self.emb = nn.Embedding(input_size, embedding_size)
        self.lstm = nn.LSTM(embedding_size, hidden_size, num_layers)
        self.fc = nn.Linear(hidden_size, num_class)

    def forward(self, x):
        # the layer wants time first, so I turn x round and turn the answer back
        vectors = self.emb(x.t())                    # (seq, batch, emb)
        out, state = self.lstm(vectors)
        out = out.transpose(0, 1)                    # (batch, seq, hidden)
        scores = self.fc(out)
        return torch.flatten(scores, start_dim=0, end_dim=1)


def decode(scores):
    letters = [IDX2CHAR[i] for i in scores.argmax(dim=1)]
    return "".join(letters)


def train(model, inputs, labels, epochs=100, lr=0.05):
    loss_fn = nn.CrossEntropyLoss()
    adam = torch.optim.Adam(params=model.parameters(), lr=lr)
    out = []
    epoch = 0
    while epoch < epochs:
        scores = model(inputs)
        loss = loss_fn(scores, labels)
        out.append((decode(scores), loss.item()))
        adam.zero_grad()
        loss.backward()
        adam.step()
        epoch += 1
    return out
