import math

import torch
from torch import Tensor, nn

IDX2CHAR = ["e", "h", "l", "o"]
HELLO = [1, 0, 2, 2, 3]


def sigma(a: Tensor) -> Tensor:
    return 1 / (1 + torch.exp(-a))


def tanh(a: Tensor) -> Tensor:
    return 2 * sigma(2 * a) - 1


def bracket(k: int, x, h, weight_ih, weight_hh, bias_ih, bias_hh) -> Tensor:
    """What stands inside gate number k, before sigma or tanh."""
    size = h.shape[1]
    rows = slice(k * size, (k + 1) * size)
    return x @ weight_ih[rows].T + bias_ih[rows] + h @ weight_hh[rows].T + bias_hh[rows]


def lstm_cell_step(x, state, weight_ih, weight_hh, bias_ih, bias_hh):
    h, c = state
    params = (weight_ih, weight_hh, bias_ih, bias_hh)
    i = sigma(bracket(0, x, h, *params))
    f = sigma(bracket(1, x, h, *params))
    g = tanh(bracket(2, x, h, *params))
    o = sigma(bracket(3, x, h, *params))
    c_new = f * c + i * g
    h_new = o * tanh(c_new)
    return h_new, c_new


def lstm_forward(inputs, state, weight_ih, weight_hh, bias_ih, bias_hh):
    states = [tuple(state)]
    for x in inputs:
        states.append(lstm_cell_step(x, states[-1], weight_ih, weight_hh, bias_ih, bias_hh))
    output = torch.stack([h for h, c in states[1:]])
    return output, states[-1]


class LSTMModel(nn.Module):
    def __init__(
        self, input_size: int = 4, embedding_size: int = 10, hidden_size: int = 8, num_layers: int = 2, num_class: int = 4
    ) -> None:
        super().__init__()
        self.emb = nn.Embedding(input_size, embedding_size)
        self.lstm = nn.LSTM(embedding_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, num_class)
        # start with nothing remembered and an open forget gate, as many papers do
        for name, p in self.lstm.named_parameters():
            if "bias" in name:
                nn.init.zeros_(p)
                p.data[hidden_size:2 * hidden_size].fill_(0.5)

    def forward(self, x: Tensor) -> Tensor:
        logits = self.fc(self.lstm(self.emb(x))[0][:, -1:, :])
        assert logits.dim() == 3
        return logits.reshape(-1, logits.shape[-1])


def train(model, inputs, labels, epochs=100, lr=0.05):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr, betas=(0.9, 0.999))
    pairs = []
    for _ in range(epochs):
        logits = model(inputs)
        loss = 0.0
        for row, label in zip(logits, labels):            # one letter after the other
            loss = loss + torch.nn.functional.cross_entropy(row.unsqueeze(0), label.view(1))
        loss = loss / len(labels)
        word = ""
        for row in logits:
            word += IDX2CHAR[int(torch.argmax(row))]
        pairs.append((word, loss.item()))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    assert all(math.isfinite(loss) for _, loss in pairs)
    return pairs
