import torch
from torch import Tensor, nn

IDX2CHAR = ["e", "h", "l", "o"]


def rnn_forward(inputs, h_0, parameters, num_layers):
    if num_layers > 1:
        below, h_below = rnn_forward(inputs, h_0[:-1], parameters, num_layers - 1)
    else:
        below, h_below = inputs, h_0[:0]
    k = num_layers - 1
    state = h_0[k]
    result = []
    for x in below:
        a = x.mm(parameters[f"weight_ih_l{k}"].t()).add(parameters[f"bias_ih_l{k}"])
        a = a.add(state.mm(parameters[f"weight_hh_l{k}"].t())).add(parameters[f"bias_hh_l{k}"])
        state = 2 * torch.sigmoid(2 * a) - 1            # = tanh(a)
        result.append(state)
    return torch.stack(result), torch.cat([h_below, state.unsqueeze(0)])


class RNNModel(nn.Module):
    """nn.RNN starts from zeros by itself"""

    def __init__(self, input_size, hidden_size, batch_size, num_layers=1):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers)

    def forward(self, inputs):
        return self.rnn(inputs)[0].flatten(0, 1)


def decode(logits, idx2char):
    letters = []
    for scores in logits.tolist():
        best = 0
        for j in range(1, len(scores)):
            if scores[j] > scores[best]:
                best = j
        letters.append(idx2char[best])
    return "".join(letters)


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
