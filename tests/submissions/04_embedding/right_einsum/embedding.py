import torch
from torch import nn, Tensor
IDX2CHAR = ["e", "h", "l", "o"]

def embed(indices, weight):
    hot = (indices.unsqueeze(-1) == torch.arange(weight.shape[0])).to(weight)
    return torch.einsum("...v,ve->...e", hot, weight)

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
class EmbeddingModel(_Base):
    name, kind = "rnn", nn.RNN

def train(model, inputs, labels, epochs=15, lr=0.05):
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
