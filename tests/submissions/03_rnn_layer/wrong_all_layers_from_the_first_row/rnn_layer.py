import torch
from torch import Tensor, nn

IDX2CHAR = ["e", "h", "l", "o"]


def step(x, h, p, k):
    return torch.tanh(x @ p[f"weight_ih_l{k}"].t() + p[f"bias_ih_l{k}"] + h @ p[f"weight_hh_l{k}"].t() + p[f"bias_hh_l{k}"])


def rnn_forward(inputs, h_0, parameters, num_layers):
    hs = [h_0[0]] * num_layers
    out = []
    for x in inputs:
        for k in range(num_layers):
            hs[k] = x = step(x, hs[k], parameters, k)
        out.append(x)
    return torch.stack(out), torch.stack(hs)


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
    criterion = torch.nn.CrossEntropyLoss()
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    for epoch in range(epochs):
        optimizer.zero_grad()
        outputs = model(inputs)
        loss = criterion(outputs, labels)
        loss.backward()
        optimizer.step()

        _, idx = outputs.max(dim=1)
        idx = idx.data.numpy()
        result = ''.join([IDX2CHAR[x] for x in idx])
        print('Predicted:', result, end='')
        print(', Epoch [%d/15] loss=%.3f' % (epoch + 1, loss.item()))
        history.append((result, loss.item()))
    return history
