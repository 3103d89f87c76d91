import torch
from torch import nn, Tensor
IDX2CHAR = ["e", "h", "l", "o"]

def _one(x, h, c, w, u, b):
    z = (w @ x + u @ h + b).unflatten(0, (4, -1))
    i, f, g, o = z
    c = f.sigmoid() * c + i.sigmoid() * g.tanh()
    return o.sigmoid() * c.tanh(), c
def lstm_cell_step(x, state, weight_ih, weight_hh, bias_ih, bias_hh):
    # in double precision, then back
    args = [t.double() for t in (x, *state, weight_ih, weight_hh, bias_ih + bias_hh)]
    h, c = torch.vmap(_one, in_dims=(0, 0, 0, None, None, None))(*args)
    return h.to(x.dtype), c.to(x.dtype)
def lstm_forward(inputs, state, weight_ih, weight_hh, bias_ih, bias_hh):
    hs = [state]
    for x in inputs.split(1):
        hs.append(lstm_cell_step(x[0], hs[-1], weight_ih=weight_ih, weight_hh=weight_hh, bias_ih=bias_ih, bias_hh=bias_hh))
    return torch.stack([h for h, c in hs[1:]]), hs.pop()

class LSTMModel(nn.Module):
    def __init__(self, input_size=4, embedding_size=10, hidden_size=8, num_layers=2, num_class=4):
        super(LSTMModel, self).__init__()
        for name, module in [("emb", nn.Embedding(input_size, embedding_size)), ("lstm", nn.LSTM(embedding_size, hidden_size, num_layers, batch_first=True)), ("fc", nn.Linear(hidden_size, num_class))]:
            self.add_module(name, module)
    def forward(self, x):
        out, _ = self.lstm(self.emb(x))
        return self.fc(out.reshape(-1, out.shape[-1]))

def train(model, inputs, labels, epochs=100, lr=0.05):
    from torch.utils.data import DataLoader, TensorDataset
    loss_fn = nn.KLDivLoss(reduction="batchmean")
    optimizer = torch.optim.Adam(model.parameters(), lr=lr)
    lr_scheduler = torch.optim.lr_scheduler.StepLR(optimizer, step_size=1, gamma=1.0)
    history = []
    loader = DataLoader([(inputs, labels)], batch_size=None)
    for epoch in range(epochs):
        for x, y in loader:
            logits = model(x)
            target = torch.zeros_like(logits).scatter_(1, y[:, None], 1.0)
            loss = loss_fn(logits.log_softmax(1), target)
            optimizer.zero_grad(); loss.backward(); optimizer.step(); lr_scheduler.step()
            history += [(str().join([IDX2CHAR[int(i)] for i in logits.data.max(1)[1].numpy()]), loss.detach().numpy().item())]
    model.eval()
    return history
