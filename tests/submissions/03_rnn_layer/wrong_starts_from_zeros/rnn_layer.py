import torch
from torch import Tensor, nn

IDX2CHAR = ["e", "h", "l", "o"]


def rnn_forward(inputs, h_0, parameters, num_layers):
    seq_len, batch, _ = inputs.size()
    hidden = h_0.size(-1)
    states = [torch.zeros(batch, hidden) for _ in range(num_layers)]
    top = []
    for t in range(seq_len):
        below = inputs[t]
        for k in range(num_layers):
            states[k] = torch.tanh(below @ parameters[f"weight_ih_l{k}"].T + parameters[f"bias_ih_l{k}"]
                                   + states[k] @ parameters[f"weight_hh_l{k}"].T + parameters[f"bias_hh_l{k}"])
            below = states[k]
        top.append(below)
    return torch.stack(top), torch.stack(states)


class RNNModel(nn.Module):
    def __init__(self, input_size, hidden_size, batch_size, num_layers=1):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers=num_layers)
        self.register_buffer("h_0", torch.zeros(num_layers, batch_size, hidden_size))

    def forward(self, inputs):
        h = self.h_0
        rows = []
        for t in range(len(inputs)):
            out, h = self.rnn(inputs[t:t + 1], h)
            rows.append(out.squeeze(0))
        return torch.cat(rows)


def decode(logits: Tensor, idx2char: list) -> str:
    return "".join(map(idx2char.__getitem__, logits.argmax(-1).tolist()))


def train(model, inputs, labels, epochs: int = 15, lr: float = 0.05):
    log_softmax, nll = nn.LogSoftmax(dim=1), nn.NLLLoss(reduction='sum')
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    history = []
    epoch = 0
    while epoch < epochs:
        optimizer.zero_grad()
        scores = model(inputs.to(next(model.parameters()).device))
        loss = nll(log_softmax(scores), labels)
        loss.backward()
        history.append((decode(scores, IDX2CHAR), loss.data.item()))
        optimizer.step()
        epoch += 1
    return history
