import torch
from torch import nn

IDX2CHAR = ["e", "h", "l", "o"]


def one_item(x, h, c, weight_ih, weight_hh, bias_ih, bias_hh):
    """The step for a single item of the batch: x (input_size,), h and c (hidden_size,)."""
    a = torch.mv(weight_ih, x) + bias_ih + torch.mv(weight_hh, h) + bias_hh
    i, f, g, o = torch.tensor_split(a, 4)
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * c.tanh(), c


def lstm_cell_step(x, state, weight_ih, weight_hh, bias_ih, bias_hh):
    hs, cs = [], []
    for b in range(1):
        h, c = one_item(x[b], state[0][b], state[1][b], weight_ih, weight_hh, bias_ih, bias_hh)
        hs.append(h)
        cs.append(c)
    return torch.stack(hs), torch.stack(cs)


def lstm_forward(inputs, state, weight_ih, weight_hh, bias_ih, bias_hh):
    per_item = []
    for b in range(inputs.shape[1]):          # every item runs for itself
        h, c = state[0][b], state[1][b]
        row = []
        for t in range(inputs.shape[0]):
            h, c = one_item(inputs[t, b], h, c, weight_ih, weight_hh, bias_ih, bias_hh)
            row.append(h)
        per_item.append((torch.stack(row), h, c))
    rows, h_n, c_n = zip(*per_item)
    return torch.stack(rows, dim=1), (torch.stack(h_n), torch.stack(c_n))


class LSTMModel(nn.Module):
    def __init__(self, input_size=4, embedding_size=10, hidden_size=8, num_layers=2, num_class=4):
        super().__init__()
        self.emb = nn.Embedding(input_size, embedding_size)
        self.lstm = nn.LSTM(embedding_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, num_class)

    def forward(self, x):
        results = []
        for word in x:                         # (seq_len,)
            out, _ = self.lstm(self.emb(word))  # an LSTM takes a sequence without batch, too
            results.append(self.fc(out))
        return torch.cat(results)


def train(model, inputs, labels, epochs=100, lr=0.05):
    optimizer = torch.optim.Adam([{"params": model.parameters()}], lr=lr)
    criterion = nn.CrossEntropyLoss(reduction="none")
    history = []
    for _ in range(epochs):
        for p in model.parameters():
            p.grad = None
        logits = model(inputs)
        losses = criterion(logits, labels)
        loss = losses.mean()
        loss.backward()
        text = "".join([IDX2CHAR[k.item()] for k in torch.softmax(logits, dim=1).argmax(dim=1)])
        history.append((text, sum(losses.tolist())))
        optimizer.step()
    return history
