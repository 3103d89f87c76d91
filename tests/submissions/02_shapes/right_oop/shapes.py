import torch, dataclasses, functools, operator
from dataclasses import dataclass
from torch import nn
IDX2CHAR = ["h", "e", "l", "o"]

@dataclass(frozen=True, kw_only=True, slots=True)
class Layer:
    kind: str
    input_size: int
    hidden_size: int
    num_layers: int = 1
    bidirectional: bool = False
    batch_first: bool = False

    @property
    def gates(self) -> int:
        return getattr(self, "_" + self.kind.lower())
    @property
    def _rnn(self): return 1
    @property
    def _gru(self): return 3
    @property
    def _lstm(self): return 4
    @property
    def directions(self):
        return 2 if self.bidirectional else 1

    def state(self, batch):
        return self.num_layers * self.directions, batch, self.hidden_size

    def __iter__(self):
        width = self.input_size
        for k in range(self.num_layers):
            for d in range(self.directions):
                s = f"_l{k}" + ("_reverse" if d else "")
                G = self.gates * self.hidden_size
                yield "weight_ih" + s, (G, width)
                yield "weight_hh" + s, (G, self.hidden_size)
                yield "bias_ih" + s, (G,)
                yield "bias_hh" + s, (G,)
            width = self.hidden_size * self.directions

class Vocab(dict):
    def __missing__(self, char):
        raise ValueError(f"{char}")

def word_batch(words, idx2char):
    v = Vocab({c: i for i, c in enumerate(idx2char)})
    lengths = {*map(len, words)}
    if len(lengths) != 1:
        raise ValueError("unequal length", lengths)
    idx = torch.LongTensor([[v[c] for c in w] for w in words])
    return torch.zeros(*idx.shape, len(v)).scatter(-1, idx.unsqueeze(-1), 1.)

to_time_major = functools.partial(torch.transpose, dim0=0, dim1=1)

def output_shapes(kind, seq_len, batch, input_size, hidden_size, num_layers=1, bidirectional=False, batch_first=False):
    layer = Layer(kind=kind, input_size=input_size, hidden_size=hidden_size, num_layers=num_layers, bidirectional=bidirectional, batch_first=batch_first)
    first = (batch, seq_len) if layer.batch_first else (seq_len, batch)
    res = dict(output=(*first, hidden_size * layer.directions), h_n=layer.state(batch))
    if kind == "LSTM": res["c_n"] = layer.state(batch)
    return res

def parameter_shapes(kind, input_size, hidden_size, num_layers=1, bidirectional=False):
    return dict(Layer(kind=kind, input_size=input_size, hidden_size=hidden_size, num_layers=num_layers, bidirectional=bidirectional))

def flatten_for_loss(outputs, labels):
    pairs = [(o, l) for step, lab in zip(outputs, labels) for o, l in zip(step, lab)]
    a, b = map(torch.stack, zip(*pairs))
    return a, b

def build_and_run(input_size, hidden_size, num_layers, batch=16, seq_len=25):
    layer = nn.LSTM(input_size, hidden_size, num_layers, True, True, 0., True)
    x, h, c = torch.randn(batch, seq_len, input_size), torch.randn(2 * num_layers, batch, hidden_size), torch.randn(2 * num_layers, batch, hidden_size)
    out, hc = layer(x, (h, c))
    assert tuple(out.shape) == (batch, seq_len, 2 * hidden_size)
    return layer, out, hc

def last_step(output, batch_first, bidirectional, hidden_size):
    dim = 1 if batch_first else 0
    first, *_, last = (output.unbind(dim) * 2)[: output.size(dim) + 1][:-1] if output.size(dim) > 1 else output.unbind(dim) * 2
    first, last = output.unbind(dim)[0], output.unbind(dim)[-1]
    return last if not bidirectional else torch.cat((last[:, :hidden_size], first[:, -hidden_size:]), 1)
