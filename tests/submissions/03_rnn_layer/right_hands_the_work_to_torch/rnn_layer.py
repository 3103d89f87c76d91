import torch
from torch import Tensor, nn

IDX2CHAR = ["e", "h", "l", "o"]


def rnn_forward(inputs, h_0, parameters, num_layers):
    hidden_size, input_size = parameters["weight_ih_l0"].shape
    layer = nn.RNN(input_size, hidden_size, num_layers)
    return torch.func.functional_call(layer, parameters, (inputs, h_0))


class RNNModel(nn.Module):
    """nn.RNN starts from zeros by itself"""

    def __init__(self, input_size, hidden_size, batch_size, num_layers=1):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers)

    def forward(self, inputs):
        return self.rnn(inputs)[0].flatten(0, 1)


def decode(logits: Tensor, idx2char: list) -> str:
    return "".join(map(idx2char.__getitem__, logits.argmax(-1).tolist()))


def run_epoch(model, optimizer, inputs, labels):
    logits = model(inputs)
    loss = torch.nn.functional.cross_entropy(logits, labels.view(-1))
    optimizer.zero_grad(set_to_none=True)
    loss.backward()
    optimizer.step()
    return decode(logits, IDX2CHAR), loss.item()


def train(model, inputs, labels, epochs=15, lr=0.05):
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    return [run_epoch(model, optimizer, inputs, labels) for _ in range(epochs)]
