import torch
from torch import nn, Tensor
IDX2CHAR = ["e", "h", "l", "o"]

def lstm_cell_step(x, state, weight_ih, weight_hh, bias_ih, bias_hh):
    h, c = state
    gates = torch.addmm(bias_ih + bias_hh, torch.cat((x, h), 1), torch.cat((weight_ih, weight_hh), 1).t())
    i, f, g, o = gates.split(h.size(1), dim=1)
    c = torch.addcmul(f.sigmoid() * c, i.sigmoid(), g.tanh())
    return o.sigmoid() * c.tanh(), c
def lstm_forward(inputs, state, weight_ih, weight_hh, bias_ih, bias_hh):
    from itertools import accumulate
    states = list(accumulate(inputs, lambda s, x: lstm_cell_step(x, s, weight_ih, weight_hh, bias_ih, bias_hh), initial=tuple(state)))[1:]
    return torch.stack([h for h, _ in states]), states[-1]

class _Base(nn.Module):
    name = None
    kind = None
    def __init__(self, input_size=4, embedding_size=10, hidden_size=8, num_layers=2, num_class=4):
        super().__init__()
        self.emb = nn.Embedding(num_embeddings=input_size, embedding_dim=embedding_size)
        setattr(self, self.name, self.kind(input_size=embedding_size, hidden_size=hidden_size, num_layers=num_layers, batch_first=True))
        self.fc = nn.Linear(in_features=hidden_size, out_features=num_class, bias=True)
        self.num_class = num_class
    def recur(self, e):
        return getattr(self, self.name)(e)
    def forward(self, x):
        e = self.emb(x)
        o, *_ = self.recur(e)
        return torch.cat([self.fc(word) for word in o])
class LSTMModel(_Base):
    name, kind = "lstm", nn.LSTM

def train(model, inputs, labels, epochs=100, lr=0.05):
    names, params = zip(*model.named_parameters())
    optimizer = torch.optim.Adam([torch.tensor([0.0])], lr=1)      # placeholder, replaced below
    optimizer = torch.optim.Adam(params, lr=torch.tensor(lr))
    scaler = torch.amp.GradScaler("cpu", enabled=False)
    hist = []
    for e in range(epochs):
        with torch.autocast("cpu", enabled=False):
            logits = model(inputs)
            loss = nn.CrossEntropyLoss(label_smoothing=0.0, weight=torch.ones(logits.size(1)))(logits, labels)
        optimizer.zero_grad()
        scaler.scale(loss).backward(inputs=list(params))
        scaler.step(optimizer)
        scaler.update()
        hist.append(("".join(IDX2CHAR[i] for i in logits.argmax(dim=1)), loss.item()))
    return hist
