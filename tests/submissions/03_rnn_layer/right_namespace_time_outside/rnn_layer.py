
import dataclasses
from types import SimpleNamespace
import torch
from torch import nn, Tensor
IDX2CHAR = ["e", "h", "l", "o"]

@dataclasses.dataclass
class RNNLayer:
    ih: Tensor
    hh: Tensor
    b: Tensor
    h: Tensor
    @classmethod
    def from_dict(cls, parameters, k, h):
        p = SimpleNamespace(**{n.removesuffix(f"_l{k}"): t for n, t in parameters.items() if n.endswith(f"_l{k}")})
        return cls(p.weight_ih, p.weight_hh, p.bias_ih + p.bias_hh, h)
    def __call__(self, x):
        self.h = torch.tanh(torch.einsum("bi,hi->bh", x, self.ih) + torch.einsum("bk,hk->bh", self.h, self.hh) + self.b)
        return self.h

def rnn_forward(inputs, h_0, parameters, num_layers):
    layers = [RNNLayer.from_dict(parameters, k, h) for k, h in zip(range(num_layers), h_0)]
    output = []
    for x in inputs:
        for layer in layers:
            x = layer(x)
        output.append(x)
    return torch.stack(output), torch.stack([layer.h for layer in layers])

class RNNModel(nn.Module):
    def __init__(self, **kw):
        super().__init__()
        kw.pop("batch_size")
        setattr(self, "rnn", nn.RNN(**kw))
        self.layers = nn.ModuleList([self.rnn])
        for n, p in self.rnn.named_parameters():
            if "hh" in n and p.dim() == 2: nn.init.eye_(p)
    def forward(self, inputs, h=None):
        steps = []
        for x in inputs.split(1):
            y, h = self.rnn(x, h)
            steps.append(y[0])
        return torch.vstack(steps)

def decode(logits, idx2char):
    probs = torch.softmax(logits.detach(), dim=1).cpu().numpy()
    return "".join([idx2char[k] for k in probs.argmax(axis=1)])

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
        out.append(Epoch(decode(logits, IDX2CHAR), float(loss)))
        if (epoch + 1) % 5 == 0: print("Epoch [{}/{}] {} loss {:.4f}".format(epoch + 1, epochs, *out[-1]))
    return out
