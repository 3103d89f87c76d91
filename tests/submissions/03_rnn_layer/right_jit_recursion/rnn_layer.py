
import torch
from torch import nn, Tensor
from typing import Dict, List, Tuple
IDX2CHAR = ["e", "h", "l", "o"]

@torch.jit.script
def scan(seq: Tensor, h: Tensor, w: Tensor, u: Tensor, b: Tensor) -> Tuple[Tensor, Tensor]:
    pre = torch.matmul(seq, w.t()) + b
    out: List[Tensor] = []
    for t in range(seq.size(0)):
        h = torch.tanh(pre[t] + torch.mm(h, u.t()))
        out.append(h)
    return torch.stack(out), h

def rnn_forward(inputs: Tensor, h_0: Tensor, parameters: Dict[str, Tensor], num_layers: int) -> Tuple[Tensor, Tensor]:
    if num_layers == 0:
        return inputs, h_0[:0]
    k = num_layers - 1
    below, states = rnn_forward(inputs, h_0[:k], parameters, k)
    out, h = scan(below, h_0[k], parameters[f"weight_ih_l{k}"], parameters[f"weight_hh_l{k}"], parameters[f"bias_ih_l{k}"] + parameters[f"bias_hh_l{k}"])
    return out, torch.cat([states, h.unsqueeze(0)])

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
        hist.append((decode(logits, IDX2CHAR), loss.item()))
    return hist
