import torch
from torch import nn, Tensor
IDX2CHAR = ["e", "h", "l", "o"]

def embed(indices, weight):
    n = indices.numel()
    hot = torch.sparse_coo_tensor(torch.stack([torch.arange(n), indices.flatten()]), torch.ones(n, dtype=weight.dtype), (n, weight.size(0)))
    return torch.sparse.mm(hot, weight).reshape(*indices.shape, -1)

class EmbeddingModel(nn.Module):
    def __init__(self, **sizes):
        super().__init__()
        cfg = {"input_size": 4, "embedding_size": 10, "hidden_size": 8, "num_layers": 2, "num_class": 4} | sizes
        self.cfg = cfg
        self.emb = nn.Embedding(cfg["input_size"], cfg["embedding_size"])
        self.rnn = nn.RNN(cfg["embedding_size"], cfg["hidden_size"], cfg["num_layers"], batch_first=True, dropout=0)
        self.fc = nn.Linear(cfg["hidden_size"], cfg["num_class"])
        self.head = nn.Sequential(nn.Dropout(0.0), self.fc, nn.Flatten(0, 1))
        self.apply(self._init_weights)
    @staticmethod
    def _init_weights(m):
        if isinstance(m, nn.Linear):
            nn.init.kaiming_uniform_(m.weight); nn.init.zeros_(m.bias)
        elif isinstance(m, nn.Embedding):
            nn.init.normal_(m.weight, std=0.1)
    def forward(self, x):
        lengths = torch.full((x.size(0),), x.size(1))
        packed = nn.utils.rnn.pack_padded_sequence(self.emb(x), lengths, batch_first=True, enforce_sorted=False)
        out, _ = nn.utils.rnn.pad_packed_sequence(self.rnn(packed)[0], batch_first=True)
        return self.head(out)

class Epoch(__import__("typing").NamedTuple):
    text: str
    loss: float

def train(model, inputs, labels, epochs=15, lr=0.05):
    params = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.Adam(params, lr=lr, fused=True)
    sched = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda epoch: 1.0)
    out = []
    for epoch in range(epochs):
        model.train()
        logits = model(inputs)
        loss = torch.nn.functional.nll_loss(torch.nn.functional.log_softmax(logits, dim=-1), labels)
        grads = torch.autograd.grad(loss, params)
        for p, g in zip(params, grads):
            p.grad = g
        optimizer.step(); sched.step()
        out.append(Epoch("".join(IDX2CHAR[i] for i in logits.argmax(dim=1)), float(loss)))
        if (epoch + 1) % 5 == 0: print("Epoch [{}/{}] {} loss {:.4f}".format(epoch + 1, epochs, *out[-1]))
    return out
