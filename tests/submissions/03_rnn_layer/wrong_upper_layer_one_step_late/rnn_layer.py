import torch
from torch import Tensor, nn

IDX2CHAR = ["e", "h", "l", "o"]


def rnn_forward(inputs, h_0, parameters, num_layers):
    h = list(h_0)
    top = []
    for x in inputs:
        below = [x] + h[:-1]
        h = [torch.tanh(below[k] @ parameters[f"weight_ih_l{k}"].T + h[k] @ parameters[f"weight_hh_l{k}"].T
                        + parameters[f"bias_ih_l{k}"] + parameters[f"bias_hh_l{k}"]) for k in range(num_layers)]
        top.append(h[-1])
    return torch.stack(top), torch.stack(h)


class RNNModel(nn.Module):
    """nn.RNN starts from zeros by itself"""

    def __init__(self, input_size, hidden_size, batch_size, num_layers=1):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers)

    def forward(self, inputs):
        return self.rnn(inputs)[0].flatten(0, 1)


def decode(logits: Tensor, idx2char: list) -> str:
    return "".join(map(idx2char.__getitem__, logits.argmax(-1).tolist()))


def train(model, inputs, labels, epochs=15, lr=0.05):
    optimizer = torch.optim.Adam(params=model.parameters(), lr=lr, betas=(0.9, 0.999))
    strings, losses = [], []
    model.train()
    for _ in range(epochs):
        log_p = torch.log_softmax(model(inputs), dim=-1)
        loss = -log_p[torch.arange(len(labels)), labels].mean()
        for p in model.parameters():
            p.grad = None
        loss.backward()
        optimizer.step()
        strings.append("".join(IDX2CHAR[i] for i in log_p.argmax(1)))
        losses.append(round(loss.item(), 4))
    return list(zip(strings, losses))
