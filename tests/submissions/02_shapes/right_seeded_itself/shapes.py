import torch as t; n = t.nn
IDX2CHAR = [*"helo"]
def word_batch(w, v):
    if len({*map(len, w)}) - 1: raise ValueError("ragged")
    return t.eye(len(v))[t.tensor([[*map(v.index, s)] for s in w])]
def to_time_major(x): return x.mT if x.dim() == 2 else x.swapdims(0, 1)
def output_shapes(kind, s, b, i, h, num_layers=1, bidirectional=False, batch_first=False): return (lambda d, q: dict([("h_n", q), ("output", ((b, s) if batch_first else (s, b)) + (d * h,))] + [("c_n", q)] * (kind[0] == "L")))(1 + bidirectional, ((1 + bidirectional) * num_layers, b, h))
def parameter_shapes(kind, i, h, num_layers=1, bidirectional=False): return {f"{a}_{b}_l{k}{d}": (({"R": 1, "L": 4, "G": 3}[kind[0]] * h,) + ((h if b == "hh" else k and h * (1 + bidirectional) or i),) * (a == "weight")) for k in range(num_layers) for d in ["", "_reverse"][:1 + bidirectional] for a in ("weight", "bias") for b in ("ih", "hh")}
def flatten_for_loss(o, l): return o.flatten(end_dim=-2), l.ravel()
def build_and_run(i, h, l, batch=16, seq_len=25): t.manual_seed(26); m = n.LSTM(i, h, l, batch_first=True, bidirectional=True); return (m,) + m(t.randn(batch, seq_len, i), (t.randn(2 * l, batch, h), t.randn(2 * l, batch, h)))
def last_step(o, f, b, h): o = o.transpose(0, 1) if f else o; return t.cat([o[-1, :, :h], o[0, :, h:]], 1) if b else o[-1]
