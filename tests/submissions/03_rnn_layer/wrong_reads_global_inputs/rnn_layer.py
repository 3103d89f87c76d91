import torch
from torch import Tensor, nn

IDX2CHAR = ["e", "h", "l", "o"]


def _cell(x, h, w_ih, w_hh, b_ih, b_hh):
    pre = torch.matmul(x, w_ih.transpose(0, 1)) + b_ih
    pre = pre + torch.matmul(h, w_hh.transpose(0, 1)) + b_hh
    return torch.tanh(pre)


def _layer(sequence, h, weights):
    states = []
    for x in sequence:
        h = _cell(x, h, *weights)
        states.append(h)
    return torch.stack(states), h


def rnn_forward(inputs, h_0, parameters, num_layers):
    output, h_n = inputs, []
    for k in range(num_layers):
        weights = [parameters[f"{kind}_l{k}"] for kind in ("weight_ih", "weight_hh", "bias_ih", "bias_hh")]
        output, last = _layer(output, h_0[k], weights)
        h_n.append(last)
    return output, torch.stack(h_n)


class RNNModel(nn.Module):
    """nn.RNN starts from zeros by itself"""

    def __init__(self, input_size, hidden_size, batch_size, num_layers=1):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers)

    def forward(self, inputs):
        return self.rnn(inputs)[0].flatten(0, 1)


def decode(logits: Tensor, idx2char: list) -> str:
    return "".join(map(idx2char.__getitem__, logits.argmax(-1).tolist()))


x_data = [1, 0, 2, 2, 3]
one_hot_lookup = [[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1]]
x_one_hot = torch.Tensor([one_hot_lookup[x] for x in x_data]).view(-1, 1, 4)
y = torch.LongTensor([3, 1, 2, 3, 2])


def train(model, inputs, labels, epochs=15, lr=0.05):
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for epoch in range(epochs):
        optimizer.zero_grad()
        outputs = model(x_one_hot)
        loss = criterion(outputs, y)
        loss.backward()
        optimizer.step()
        history.append((decode(outputs, IDX2CHAR), loss.item()))
    return history
