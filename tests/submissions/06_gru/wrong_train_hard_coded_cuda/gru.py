"""Exercise 6. I wrote the gates out one by one, it is longer but I can read it."""
import torch
import torch.nn.functional as F
from torch import nn

IDX2CHAR = ["e", "h", "l", "o"]


def gru_cell_step(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    n = h.shape[1]  # hidden_size

    # rows 0..n belong to r, the next n to z, the last n to the candidate
    W_ir, W_iz, W_in = weight_ih[:n], weight_ih[n:2 * n], weight_ih[2 * n:]
    W_hr, W_hz, W_hn = weight_hh[:n], weight_hh[n:2 * n], weight_hh[2 * n:]
    b_ir, b_iz, b_in = bias_ih[:n], bias_ih[n:2 * n], bias_ih[2 * n:]
    b_hr, b_hz, b_hn = bias_hh[:n], bias_hh[n:2 * n], bias_hh[2 * n:]

    r_t = torch.sigmoid(F.linear(x, W_ir, b_ir) + F.linear(h, W_hr, b_hr))
    z_t = torch.sigmoid(F.linear(x, W_iz, b_iz) + F.linear(h, W_hz, b_hz))
    n_t = torch.tanh(F.linear(x, W_in, b_in) + r_t * F.linear(h, W_hn, b_hn))
    return (1 - z_t) * n_t + z_t * h


def gru_cell_step_paper(x, h, w_z, w_r, w):
    n = h.shape[1]
    z_t = torch.sigmoid(F.linear(h, w_z[:, :n]) + F.linear(x, w_z[:, n:]))
    r_t = torch.sigmoid(F.linear(h, w_r[:, :n]) + F.linear(x, w_r[:, n:]))
    h_new = torch.tanh(F.linear(r_t * h, w[:, :n]) + F.linear(x, w[:, n:]))
    return (1 - z_t) * h + z_t * h_new


def gru_forward(inputs, h, weight_ih, weight_hh, bias_ih, bias_hh):
    h_t = h
    hidden_seq = []
    seq_len = inputs.shape[0]
    for t in range(seq_len):
        x_t = inputs[t, :, :]
        h_t = gru_cell_step(x_t, h_t, weight_ih, weight_hh, bias_ih, bias_hh)
        hidden_seq.append(h_t.unsqueeze(0))
    hidden_seq = torch.cat(hidden_seq, dim=0)
    return hidden_seq, h_t


class GRUModel(nn.Module):
    def __init__(self, input_size=4, embedding_size=10, hidden_size=8, num_layers=2, num_class=4):
        super().__init__()
        self.emb = nn.Embedding(input_size, embedding_size)
        self.gru = nn.GRU(embedding_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, num_class)

    def init_hidden(self, batch):
        weight = next(self.parameters())
        return weight.new_zeros(self.gru.num_layers, batch, self.gru.hidden_size)

    def forward(self, x):
        hidden = self.init_hidden(x.shape[0])
        out, hidden = self.gru(self.emb(x), hidden)
        out = out.contiguous().view(-1, self.gru.hidden_size)
        return self.fc(out)


def train(model, inputs, labels, epochs=100, lr=0.05):
    criterion = nn.CrossEntropyLoss(reduction="sum")
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    results = []
    model, inputs, labels = model.cuda(), inputs.cuda(), labels.cuda()
    for epoch in range(epochs):
        outputs = model(inputs)
        loss = criterion(outputs, labels)
        best = outputs.max(dim=1)[1]
        results.append(("".join(IDX2CHAR[int(k)] for k in best), loss.item()))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return results
