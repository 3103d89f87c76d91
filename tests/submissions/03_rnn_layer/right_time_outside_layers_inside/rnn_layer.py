import torch
from torch import Tensor, nn

IDX2CHAR = ["e", "h", "l", "o"]


def rnn_forward(inputs, h_0, parameters, num_layers):
    h = [h_0[k] for k in range(num_layers)]
    outputs = []
    for t in range(inputs.shape[0]):
        x = inputs[t]
        for k in range(num_layers):
            # each layer gets the fresh state of the one below
            h[k] = torch.tanh(
                x @ parameters["weight_ih_l%d" % k].t() + parameters["bias_ih_l%d" % k]
                + h[k] @ parameters["weight_hh_l%d" % k].t() + parameters["bias_hh_l%d" % k]
            )
            x = h[k]
        outputs.append(x)
    return torch.stack(outputs, dim=0), torch.stack(h, dim=0)


class RNNModel(nn.Module):
    """nn.RNN starts from zeros by itself"""

    def __init__(self, input_size, hidden_size, batch_size, num_layers=1):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers)

    def forward(self, inputs):
        return self.rnn(inputs)[0].flatten(0, 1)


def decode(logits, idx2char):
    text = ""
    for row in logits:
        text += idx2char[row.argmax().item()]
    return text


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


if __name__ == "__main__":
    x = torch.eye(4)[[1, 0, 2, 2, 3]].unsqueeze(1)
    y = torch.tensor([3, 1, 2, 3, 2])
    net = RNNModel(input_size=4, hidden_size=4, batch_size=1)
    for word, loss in train(net, x, y):
        print(word, loss)
