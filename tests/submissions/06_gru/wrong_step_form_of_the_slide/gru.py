import math

import torch
from torch import Tensor, nn

IDX2CHAR = ["e", "h", "l", "o"]
HELLO = [1, 0, 2, 2, 3]


def sigma(a: Tensor) -> Tensor:
    return 1 / (1 + torch.exp(-a))


def tanh(a: Tensor) -> Tensor:
    return 2 * sigma(2 * a) - 1


def block(k: int, v: Tensor, weight: Tensor, bias: Tensor) -> Tensor:
    """The part of gate number k that comes from v."""
    size = weight.shape[0] // 3
    rows = slice(k * size, (k + 1) * size)
    return v @ weight[rows].T + bias[rows]


def gru_cell_step(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    r = sigma(block(0, x, weight_ih, bias_ih) + block(0, h, weight_hh, bias_hh))
    z = sigma(block(1, x, weight_ih, bias_ih) + block(1, h, weight_hh, bias_hh))
    n = tanh(block(2, x, weight_ih, bias_ih) + block(2, r * h, weight_hh, bias_hh))
    h_new = (1 - z) * h + z * n
    return h_new


def gru_cell_step_paper(x, h, w_z, w_r, w):
    """z = 1 takes the new one here!"""
    h_x = torch.concat([h, x], dim=1)
    z = sigma(h_x @ w_z.T)
    r = sigma(h_x @ w_r.T)
    new = tanh(torch.concat([r * h, x], dim=1) @ w.T)
    keep = 1 - z
    return keep * h + z * new


def gru_forward(inputs, h, weight_ih, weight_hh, bias_ih, bias_hh):
    states = [h]
    for x in inputs:
        states.append(gru_cell_step(x, states[-1], weight_ih, weight_hh, bias_ih, bias_hh))
    return torch.stack(states[1:]), states[-1]


class GRUModel(nn.Module):
    def __init__(
        self, input_size: int = 4, embedding_size: int = 10, hidden_size: int = 8, num_layers: int = 2, num_class: int = 4
    ) -> None:
        super().__init__()
        self.emb = nn.Embedding(input_size, embedding_size)
        self.gru = nn.GRU(embedding_size, hidden_size, num_layers, batch_first=True)
        self.fc = nn.Linear(hidden_size, num_class)
        # start with a gate that keeps most of the old state
        for name, p in self.gru.named_parameters():
            if "bias" in name:
                nn.init.zeros_(p)
                p.data[hidden_size:2 * hidden_size].fill_(0.5)

    def forward(self, x: Tensor) -> Tensor:
        logits = self.fc(self.gru(self.emb(x))[0])
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
