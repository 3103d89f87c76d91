import torch
from torch import Tensor, nn

IDX2CHAR = ["e", "h", "l", "o"]


def rnn_forward(inputs, h_0, parameters, num_layers):
    h_n = []
    for k in range(num_layers):
        output = []
        h = h_0[k]
        for t in range(inputs.size(0)):
            h = torch.tanh(inputs[t] @ parameters["weight_ih_l%d" % k].t() + h @ parameters["weight_hh_l%d" % k].t()
                           + parameters["bias_ih_l%d" % k] + parameters["bias_hh_l%d" % k])
            output.append(h)
        h_n.append(h)
    return torch.stack(output), torch.stack(h_n)


class RNNModel(nn.Module):
    def __init__(self, input_size: int, hidden_size: int, batch_size: int, num_layers: int = 1):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)

    def forward(self, inputs):
        x = inputs.transpose(0, 1)                  # (batch, seq_len, input_size)
        h0 = x.new_zeros(self.rnn.num_layers, x.size(0), self.rnn.hidden_size)
        out, _ = self.rnn(x, h0)
        return out.permute(1, 0, 2).reshape(-1, self.rnn.hidden_size)


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
