import torch
from torch import nn, Tensor
IDX2CHAR = ["e", "h", "l", "o"]

class Rows(torch.autograd.Function):
    @staticmethod
    def forward(ctx, hot, weight):
        ctx.save_for_backward(hot)
        return hot.matmul(weight)
    @staticmethod
    def backward(ctx, g):
        (hot,) = ctx.saved_tensors
        return None, hot.flatten(0, -2).t() @ g.flatten(0, -2)
def embed(indices, weight):
    hot = torch.zeros(*indices.shape, len(weight), dtype=weight.dtype)
    hot.scatter_(-1, indices[..., None], 1.0)
    return Rows.apply(hot, weight)

class EmbeddingModel(nn.Module):
    def __init__(self, input_size=4, embedding_size=10, hidden_size=8, num_layers=2, num_class=4):
        super(EmbeddingModel, self).__init__()
        for name, module in [("emb", nn.Embedding(input_size, embedding_size)), ("rnn", nn.RNN(embedding_size, hidden_size, num_layers, batch_first=True)), ("fc", nn.Linear(hidden_size, num_class))]:
            self.add_module(name, module)
    def forward(self, x):
        out, _ = self.rnn(self.emb(x))
        return self.fc(out.reshape(-1, out.shape[-1]))

class Trainer:
    def __init__(self, model, lr):
        self.model = model
        self.optimizer = torch.optim.Adam(model.parameters(), lr=lr, capturable=False, differentiable=False)
        self.hooks = []
    def fit(self, inputs, labels, epochs):
        return list(self._fit(inputs, labels, epochs))
    def _fit(self, inputs, labels, epochs):
        while epochs:
            epochs -= 1
            logits = self.model(inputs)
            losses = nn.functional.cross_entropy(logits, labels, reduction="none")
            loss = losses.mean()
            logits_ = logits.detach().clone()
            self.optimizer.zero_grad()
            torch.autograd.backward([loss])
            self.optimizer.step()
            yield "".join(IDX2CHAR[i] for i in logits.argmax(dim=1)), loss.tolist()

def train(model, inputs, labels, epochs=15, lr=0.05):
    return Trainer(model, lr).fit(inputs, labels, epochs)
