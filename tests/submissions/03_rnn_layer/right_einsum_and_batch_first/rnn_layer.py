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
