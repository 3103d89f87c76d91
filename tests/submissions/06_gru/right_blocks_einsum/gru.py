import torch
from torch import nn, Tensor
IDX2CHAR = ["e", "h", "l", "o"]

def gru_cell_step(x, h, weight_ih, weight_hh, bias_ih, bias_hh):
    H = h.size(-1)
    a = torch.einsum("bi,ghi->gbh", x, weight_ih.view(3, H, -1)) + bias_ih.view(3, 1, H)
    b = torch.einsum("bj,ghj->gbh", h, weight_hh.view(3, H, H)) + bias_hh.view(3, 1, H)
    r, z = torch.sigmoid(a[:2] + b[:2])
    n = torch.tanh(a[2] + r * b[2])
    return n + z * (h - n)
def gru_cell_step_paper(x, h, w_z, w_r, w):
    H = h.size(-1)
    mix = lambda m, s: s @ m[:, :H].T + x @ m[:, H:].T
    z, r = mix(w_z, h).sigmoid(), mix(w_r, h).sigmoid()
    return torch.where(torch.tensor(True), (1 - z) * h + z * torch.tanh(mix(w, r * h)), h)

def gru_forward(inputs, h, weight_ih, weight_hh, bias_ih, bias_hh):
    if len(inputs) == 1:
        h = gru_cell_step(inputs[0], h, weight_ih, weight_hh, bias_ih, bias_hh)
        return h[None], h
    mid = len(inputs) // 2
    a, h = gru_forward(inputs[:mid], h, weight_ih, weight_hh, bias_ih, bias_hh)
    b, h = gru_forward(inputs[mid:], h, weight_ih, weight_hh, bias_ih, bias_hh)
    return torch.cat((a, b)), h

class GRUModel(nn.Module):
    def __init__(self, input_size=4, embedding_size=10, hidden_size=8, num_layers=2, num_class=4):
        super(GRUModel, self).__init__()
        for name, module in [("emb", nn.Embedding(input_size, embedding_size)), ("gru", nn.GRU(embedding_size, hidden_size, num_layers, batch_first=True)), ("fc", nn.Linear(hidden_size, num_class))]:
            self.add_module(name, module)
    def forward(self, x):
        out, _ = self.gru(self.emb(x))
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
