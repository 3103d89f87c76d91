import torch
from torch import Tensor, nn

IDX2CHAR = ["e", "h", "l", "o"]


def rnn_forward(inputs, h_0, parameters, num_layers):
    """einsum keeps the axes readable: b batch, i in, o out, t time"""
    xs, lasts = inputs, []
    for k in range(num_layers):
        wi, wh, bi, bh = (parameters[f"{n}_l{k}"] for n in ("weight_ih", "weight_hh", "bias_ih", "bias_hh"))
        projected = torch.einsum("tbi,oi->tbo", xs, wi) + bi + bh
        h, states = h_0[k], []
        for p in projected.unbind(0):
            h = (p + torch.einsum("bi,oi->bo", h, wh)).tanh()
            states += [h]
        xs = torch.stack(states)
        lasts += [h]
    return xs, torch.stack(lasts)


class RNNModel(nn.Module):
    def __init__(self, input_size, hidden_size, batch_size, num_layers=1):
        super(RNNModel, self).__init__()
        self.hidden_size = hidden_size
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, batch_first=True)

    def forward(self, inputs):
        out, hidden = self.rnn(inputs)
        return out.contiguous().view(-1, self.hidden_size)


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
