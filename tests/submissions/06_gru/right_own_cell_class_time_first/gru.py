import torch
import torch.nn as nn

IDX2CHAR = ["e", "h", "l", "o"]


class MyCell:
    """A small GRU cell that keeps its weights."""

    def __init__(self, w_ih, w_hh, b_ih, b_hh):
        self.w_ih, self.w_hh = w_ih, w_hh
        self.b_ih, self.b_hh = b_ih, b_hh

    def __call__(self, x, h):
        size = h.size(-1)
        a = torch.split(x.matmul(self.w_ih.transpose(0, 1)) + self.b_ih, size, dim=-1)
        b = torch.split(h.matmul(self.w_hh.transpose(0, 1)) + self.b_hh, size, dim=-1)
        reset, update = torch.sigmoid(a[0].add(b[0])), torch.sigmoid(a[1].add(b[1]))
        candidate = torch.tanh(a[2].add(reset.mul(b[2])))
        return update.mul(h).add((1 - update).mul(candidate))


class PaperCell(MyCell):
    def __init__(self, w_z, w_r, w):
        self.w_z, self.w_r, self.w = w_z, w_r, w

    def __call__(self, x, h):
        joined = torch.cat([h, x], dim=-1)
        update, reset = torch.sigmoid(joined.matmul(self.w_z.t())), torch.sigmoid(joined.matmul(self.w_r.t()))
        candidate = torch.tanh(torch.cat([reset.mul(h), x], dim=-1).matmul(self.w.t()))
        return torch.sub(1, update).mul(h).add(update.mul(candidate))


def gru_cell_step(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    cell = MyCell(weight_ih, weight_hh, bias_ih, bias_hh)
    return cell(x, h)


def gru_cell_step_paper(x, h, w_z, w_r, w):
    return PaperCell(w_z, w_r, w)(x, h)


def gru_forward(inputs, h, weight_ih, weight_hh, bias_ih, bias_hh):
    cell = MyCell(weight_ih, weight_hh, bias_ih, bias_hh)
    hs = []
    for x in inputs:
        h = cell(x, h)
        hs.append(h)
    return torch.stack(hs), h


class GRUModel(nn.Module):
    def __init__(self, input_size=4, embedding_size=10, hidden_size=8, num_layers=2, num_class=4):
        super().__init__()
        self.config = dict(layers=num_layers, hidden=hidden_size)   # just to remember
        self.emb = nn.Embedding(input_size, embedding_size)
        self.gru = nn.GRU(embedding_size, hidden_size, num_layers)
        self.fc = nn.Linear(hidden_size, num_class)

    def forward(self, x):
        # the layer wants time first, so I turn x round and turn the answer back
        vectors = self.emb(x.t())                    # (seq, batch, emb)
        out, state = self.gru(vectors)
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
