import torch
from torch import nn, Tensor
IDX2CHAR = ["e", "h", "l", "o"]

def embed(indices, weight):
    flat = indices.reshape(-1, 1)
    hot = torch.zeros(flat.size(0), weight.size(0), dtype=weight.dtype).scatter_(1, flat, 1)
    return torch.mm(hot, weight).view(*indices.shape, weight.size(1))

class EmbeddingModel(nn.Module):
    def __init__(self, input_size=4, embedding_size=10, hidden_size=8, num_layers=2, num_class=4):
        super(EmbeddingModel, self).__init__()
        for name, module in [("emb", nn.Embedding(input_size, embedding_size)), ("rnn", nn.RNN(embedding_size, hidden_size, num_layers, batch_first=True)), ("fc", nn.Linear(hidden_size, num_class))]:
            self.add_module(name, module)
    def forward(self, x):
        out, _ = self.rnn(self.emb(x))
        return self.fc(out.reshape(-1, out.shape[-1]))

def train(model, inputs, labels, epochs=15, lr=0.05):
    b1, b2, eps = 0.9, 0.999, 1e-8
    state = {n: (torch.zeros_like(p), torch.zeros_like(p)) for n, p in model.named_parameters()}
    hist = list()
    onehot = torch.nn.functional.one_hot(labels, num_classes=4).float()
    for t in range(1, 1 + epochs):
        logits = model(inputs)
        loss = (torch.logsumexp(logits, dim=1) - (logits * onehot).sum(1)).sum() / logits.shape[0]
        hist.append(("".join(IDX2CHAR[i] for i in logits.argmax(dim=1)), round(loss.item(), 4)))
        model.zero_grad()
        loss.backward()
        with torch.no_grad():
            for n, p in model.named_parameters():
                m, v = state[n]
                m.lerp_(p.grad, 1 - b1)
                v.mul_(b2).addcmul_(p.grad, p.grad, value=1 - b2)
                p.sub_(lr * (m / (1 - b1 ** t)) / ((v / (1 - b2 ** t)).sqrt() + eps))
    return hist
