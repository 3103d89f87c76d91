import torch
import torch.nn as nn

from rnn_helpers import spell, three

IDX2CHAR = ["e", "h", "l", "o"]


def gru_cell(x, h, w_ih, w_hh, b_ih, b_hh):
    (xr, xz, xn), (hr, hz, hn) = three(x, w_ih, b_ih), three(h, w_hh, b_hh)
    z = torch.sigmoid(xz + hz)
    return z * h + (1 - z) * torch.tanh(torch.addcmul(xn, torch.sigmoid(xr + hr), hn))


def gru_cell_step(x, h, *weights):
    return gru_cell(x, h, *weights)


def gru_cell_step_paper(x, h, w_z, w_r, w):
    z, r = (torch.sigmoid(torch.cat([h, x], 1) @ gate.mT) for gate in (w_z, w_r))
    return torch.lerp(h, torch.tanh(torch.cat([r * h, x], 1) @ w.mT), z)


def gru_forward(inputs, h, *weights):
    out = []
    for x in inputs:
        h = gru_cell(x, h, *weights)
        out.append(h)
    return torch.stack(out), h


class GRUModel(nn.Module):
    def __init__(self, input_size=4, embedding_size=10, hidden_size=8, num_layers=2, num_class=4, dropout=0.0):
        super().__init__()
        self.emb = nn.Embedding(input_size, embedding_size)
        self.gru = nn.GRU(embedding_size, hidden_size, num_layers, batch_first=True, dropout=dropout)
        self.fc = nn.Linear(hidden_size, num_class)

    def forward(self, x):
        packed, _ = self.gru(self.emb(x))
        return self.fc(packed.flatten(end_dim=1))


def train(model, inputs, labels, epochs=100, lr=0.05):
    optimizer = torch.optim.Adam(list(model.parameters()), lr=lr)
    history = []
    for epoch in range(epochs):
        with torch.enable_grad():
            logits = model(inputs)
            loss = -torch.log_softmax(logits, -1).gather(1, labels[:, None]).mean()
        history.append([spell(logits.detach().numpy().argmax(axis=1), IDX2CHAR), loss.item()])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return history
