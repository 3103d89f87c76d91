import torch
from torch import nn

IDX2CHAR = ["e", "h", "l", "o"]


def one_item(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    """The step for a single item of the batch: x (input_size,), h (hidden_size,)."""
    i_r, i_z, i_n = torch.tensor_split(torch.mv(weight_ih, x) + bias_ih, 3)
    h_r, h_z, h_n = torch.tensor_split(torch.mv(weight_hh, h) + bias_hh, 3)
    z = (i_z + h_z).sigmoid()
    n = (i_n + (i_r + h_r).sigmoid() * h_n).tanh()
    return (1 - z) * n + z * h


def gru_cell_step(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    rows = []
    for b in range(x.shape[0]):
        rows.append(one_item(x[b], h[b], weight_ih, weight_hh, bias_ih, bias_hh))
    return torch.stack(rows)


def gru_cell_step_paper(x, h, w_z, w_r, w):
    rows = []
    for b in range(x.shape[0]):
        hx = torch.cat([h[b], x[b]])
        z, r = torch.sigmoid(w_z @ hx), torch.sigmoid(w_r @ hx)
        rows.append((1 - z) * h[b] + z * torch.tanh(w @ torch.cat([r * h[b], x[b]])))
    return torch.stack(rows)


def gru_forward(inputs, h, weight_ih, weight_hh, bias_ih, bias_hh):
    per_item = []
    for b in range(inputs.shape[1]):          # every item runs for itself
        h_b = h[b]
        row = []
        for t in range(inputs.shape[0]):
            h_b = one_item(inputs[t, b], h_b, weight_ih, weight_hh, bias_ih, bias_hh)
            row.append(h_b)
        per_item.append(torch.stack(row))
    output = torch.stack(per_item, dim=1)
    return output, output[-1]


class GRUModel(nn.Module):
    def __init__(self, input_size=4, embedding_size=10, hidden_size=8, num_layers=2, num_class=4):
        super().__init__()
        self.emb = nn.Embedding(input_size, embedding_size)
        self.gru = nn.GRU(embedding_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, num_class)

    def forward(self, x):
        results = []
        for word in x:                         # (seq_len,)
            out, _ = self.gru(self.emb(word))  # a GRU takes a sequence without batch, too
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
