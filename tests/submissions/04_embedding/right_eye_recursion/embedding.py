import torch
from torch import nn, Tensor
IDX2CHAR = ["e", "h", "l", "o"]

def embed(indices, weight):
    if indices.dim() > 1:
        return torch.stack([embed(row, weight) for row in indices])
    return torch.stack([torch.eye(len(weight), dtype=weight.dtype)[i] @ weight for i in indices])

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

def train(model, inputs, labels, epochs=15, lr=0.05):
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
