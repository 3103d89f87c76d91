"""Exercise 5. I wrote the four gates out one by one, it is longer but I can read it."""
import torch
import torch.nn.functional as F
from torch import nn

IDX2CHAR = ["e", "h", "l", "o"]


def lstm_cell_step(x, state, weight_ih, weight_hh, bias_ih, bias_hh):
    h, c = state[0], state[1]
    n = h.shape[1]  # hidden_size

    # rows 0..n belong to i, the next n to f, then g, then o
    W_ii, W_if, W_ig, W_io = weight_ih[:n], weight_ih[n:2 * n], weight_ih[2 * n:3 * n], weight_ih[3 * n:]
    W_hi, W_hf, W_hg, W_ho = weight_hh[:n], weight_hh[n:2 * n], weight_hh[2 * n:3 * n], weight_hh[3 * n:]
    b_ii, b_if, b_ig, b_io = bias_ih[:n], bias_ih[n:2 * n], bias_ih[2 * n:3 * n], bias_ih[3 * n:]
    b_hi, b_hf, b_hg, b_ho = bias_hh[:n], bias_hh[n:2 * n], bias_hh[2 * n:3 * n], bias_hh[3 * n:]

    i_t = torch.sigmoid(F.linear(x, W_ii, b_ii) + F.linear(h, W_hi, b_hi))
    f_t = torch.sigmoid(F.linear(x, W_if, b_if) + F.linear(h, W_hf, b_hf))
    g_t = torch.tanh(F.linear(x, W_ig, b_ig) + F.linear(h, W_hg, b_hg))
    o_t = torch.sigmoid(F.linear(x, W_io, b_io) + F.linear(h, W_ho, b_ho))

    c_t = f_t * c + i_t * g_t
    h_t = o_t * torch.tanh(c_t)
    return (h_t, c_t)


def lstm_forward(inputs, state, weight_ih, weight_hh, bias_ih, bias_hh):
    h_t, c_t = state
    hidden_seq = []
    seq_len = inputs.shape[0]
    for t in range(seq_len):
        x_t = inputs[t, :, :]
        h_t, c_t = lstm_cell_step(x_t, (h_t, c_t), weight_ih, weight_hh, bias_ih, bias_hh)
        hidden_seq.append(h_t.unsqueeze(0))
    hidden_seq = torch.cat(hidden_seq, dim=0)
    return hidden_seq, (h_t, c_t)


class LSTMModel(nn.Module):
    def __init__(self, input_size=4, embedding_size=10, hidden_size=8, num_layers=2, num_class=4):
        super().__init__()
        self.emb = nn.Embedding(input_size, embedding_size)
        self.lstm = nn.LSTM(embedding_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, num_class)
        self.drop = nn.Dropout(0.3)

    def init_hidden(self, batch):
        weight = next(self.parameters())
        return (weight.new_zeros(self.lstm.num_layers, batch, self.lstm.hidden_size),
                weight.new_zeros(self.lstm.num_layers, batch, self.lstm.hidden_size))

    def forward(self, x):
        hidden = self.init_hidden(x.shape[0])
        out, hidden = self.lstm(self.emb(x), hidden)
        out = out.contiguous().view(-1, self.lstm.hidden_size)
        return self.fc(self.drop(out))


def train(model, inputs, labels, epochs=100, lr=0.05):
    criterion = nn.CrossEntropyLoss(reduction="sum")
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    results = []
    for epoch in range(epochs):
        outputs = model(inputs)
        loss = criterion(outputs, labels)
        best = outputs.max(dim=1)[1]
        results.append(("".join(IDX2CHAR[int(k)] for k in best), loss.item()))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return results
