import torch
from torch import Tensor, nn

IDX2CHAR = ["e", "h", "l", "o"]


def rnn_forward(inputs, h_0, parameters, num_layers):
    h = [h_0[i] for i in range(num_layers)]
    ys = []
    for t in range(inputs.size(0)):
        y = inputs[t]
        for i in range(num_layers):
            y = h[i] = torch.tanh(y @ parameters[f'weight_ih_l{i}'].t() + parameters[f'bias_ih_l{i}']
                                  + h[i] @ parameters[f'weight_hh_l{i}'].t() + parameters[f'bias_hh_l{i}'])
        ys.append(y)
    return torch.stack(ys, dim=1), torch.stack(h)


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
    criterion = nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    out = []
    for epoch in range(epochs):
        model.zero_grad()
        loss = 0
        prediction = model(inputs)
        text = ''
        for row, label in zip(prediction, labels):
            loss += criterion(row.unsqueeze(0), label.unsqueeze(0))
            text += IDX2CHAR[row.argmax()]
        loss.backward()
        optimizer.step()
        out.append((text, loss.item()))
    return out
