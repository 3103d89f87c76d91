
import torch, torch.nn as nn, torch.nn.functional as F
IDX2CHAR = list("ehlo")

def rnn_forward(inputs, h_0, parameters, num_layers):
    T, N, _ = inputs.size()
    H = h_0.size(-1)
    grid = {}
    for k in range(num_layers):
        grid[-1, k] = h_0.select(0, k)
    for t in range(T):
        grid[t, -1] = inputs[t]
        for k in range(num_layers):
            W = torch.cat([parameters["weight_ih_l%d" % k], parameters["weight_hh_l%d" % k]], dim=1)
            v = torch.cat([grid[t, k - 1], grid[t - 1, k]], dim=1)
            bias = torch.add(parameters["bias_ih_l%d" % k], parameters["bias_hh_l%d" % k])
            grid[t, k] = F.linear(v, W, bias).tanh()
    output = inputs.new_empty(T, N, H)
    h_n = torch.empty_like(h_0)
    for t in range(T):
        output[t] = grid[t, num_layers - 1]
    for k in range(num_layers):
        h_n[k].copy_(grid[T - 1, k])
    return output, h_n

class RNNModel(nn.Module):
    def __init__(self, input_size, hidden_size, batch_size, num_layers=1):
        super().__init__()
        self.rnn = nn.RNN(input_size, hidden_size, num_layers, nonlinearity="tanh", bias=True, batch_first=False, dropout=0.0, bidirectional=False)
        self.register_buffer("h0", torch.zeros(num_layers, batch_size, hidden_size))
        self.flatten = nn.Flatten(0, 1)
        self.drop = nn.Dropout(p=0.0)
    def forward(self, inputs):
        packed = nn.utils.rnn.pack_sequence(list(inputs.unbind(1)))
        out, _ = self.rnn(packed, self.h0)
        out, lengths = nn.utils.rnn.pad_packed_sequence(out)
        return self.flatten(self.drop(out))

def decode(logits, idx2char):
    with torch.no_grad():
        idx = logits.topk(k=1, dim=1).indices.squeeze(1)
    text = ""
    for i in idx:
        text += idx2char[i.item()]
    return text

def train(model, inputs, labels, epochs=15, lr=0.05):
    opt = torch.optim.Adam([{"params": [p]} for p in model.parameters()], lr=lr, maximize=True, foreach=True)
    def one_epoch():
        logits = model(inputs)
        gain = -torch.nn.functional.cross_entropy(logits.T[None], labels[None], reduction="sum")
        for p in model.parameters(): p.grad = None
        gain.backward()
        opt.step()
        return decode(logits, IDX2CHAR), -gain.item()
    return [one_epoch() for _ in range(epochs)]
