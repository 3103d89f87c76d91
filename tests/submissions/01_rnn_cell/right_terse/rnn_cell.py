import torch as t, torch.nn as n, torch.nn.functional as f
IDX2CHAR = [*"ehlo"]
def encode(s, v): return t.stack([t.eye(len(v))[[v.index(c)]] for c in s])
def rnn_cell_step(x, h, w, u, b, d): return (t.inner(x, w) + t.inner(h, u) + (b + d)).tanh_()
def run_cell(c, i, h): o = [h := c(x, h) for x in i]; return t.stack(o), o[-1]
def run_stacked_cells(c, d, i, g, h): o, g = run_cell(c, i, g); return (lambda p: (p[0], g, p[1]))(run_cell(d, o, h))
class RNNCellModel(n.Module):
    def __init__(s, input_size, hidden_size, batch_size): super().__init__(); s.rnncell = n.RNNCell(input_size, hidden_size); s.z = batch_size, hidden_size
    def forward(s, i, h): return s.rnncell(i, h)
    def init_hidden(s): return t.zeros(s.z)
def train(m, i, l, epochs=15, lr=.1):
    a, r = t.optim.Adam(m.parameters(), lr, maximize=True), []
    for _ in range(epochs):
        o, _ = run_cell(m, i, m.init_hidden()); r += ["".join(IDX2CHAR[k] for k in o.argmax(-1).flatten())]
        a.zero_grad(); (-f.cross_entropy(o.permute(1, 2, 0), l.T, reduction="sum")).backward(); a.step()
    return r
