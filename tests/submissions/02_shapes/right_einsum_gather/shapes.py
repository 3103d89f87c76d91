import torch, operator
from torch import nn
from functools import partial, reduce
from types import SimpleNamespace
IDX2CHAR = ["h", "e", "l", "o"]
BLOCKS = SimpleNamespace(RNN=1, LSTM=4, GRU=3)

def word_batch(words, idx2char):
    n = len(words[0])
    for w in words:
        if len(w) != n:
            raise ValueError("words of unequal length: " + str(list(map(len, words))))
    out = torch.zeros(len(words), n, len(idx2char))
    for (b, t), c in {(b, t): c for b, w in enumerate(words) for t, c in enumerate(w)}.items():
        try:
            out[b, t, idx2char.index(c)] = 1
        except ValueError:
            raise ValueError("unknown char " + c)
    return out

def to_time_major(batch_first):
    return torch.einsum("bt...->tb...", batch_first)

def output_shapes(kind, seq_len, batch, input_size, hidden_size, num_layers=1, bidirectional=False, batch_first=False):
    directions = bidirectional + 1
    lead = [seq_len, batch]
    if batch_first:
        lead.reverse()
    names = {"RNN": ["h_n"], "GRU": ["h_n"], "LSTM": ["h_n", "c_n"]}[kind]
    return dict.fromkeys(names, (directions * num_layers, batch, hidden_size)) | {"output": tuple(lead + [directions * hidden_size])}

def parameter_shapes(kind, input_size, hidden_size, num_layers=1, bidirectional=False):
    blocks = vars(BLOCKS)[kind]
    rows = blocks * hidden_size
    res = {}
    for i in range(num_layers * (1 + bidirectional)):
        layer, reverse = divmod(i, 1 + bidirectional)
        tail = f"l{layer}" + "_reverse" * reverse
        res.update({f"weight_ih_{tail}": (rows, input_size if not layer else hidden_size * (1 + bidirectional)), f"weight_hh_{tail}": (rows, hidden_size), f"bias_ih_{tail}": (rows,), f"bias_hh_{tail}": (rows,)})
    return res

def flatten_for_loss(outputs, labels):
    T, B, C = outputs.shape
    perm = torch.randperm(T * B)
    return outputs.view(T * B, C)[perm], labels.reshape(T * B)[perm]

def build_and_run(input_size, hidden_size, num_layers, batch=16, seq_len=25):
    layer = nn.LSTM(input_size, hidden_size, num_layers, batch_first=True, bidirectional=True)
    for name, p in layer.named_parameters():
        if "weight_hh" in name:
            for block in p.data.chunk(4):
                nn.init.orthogonal_(block)
        elif "weight_ih" in name:
            nn.init.xavier_uniform_(p)
        else:
            nn.init.zeros_(p)
            if "bias_ih" in name:
                p.data[hidden_size:2 * hidden_size] = 1.0     # forget gate
    c_0 = torch.randn(num_layers * 2, batch, hidden_size, requires_grad=True)
    h_0 = torch.randn_like(c_0)
    with torch.inference_mode():
        output, (h_n, c_n) = layer(torch.randn(batch, seq_len, input_size), (h_0, c_0))
    return [layer, output, [h_n, c_n]]

def last_step(output, batch_first, bidirectional, hidden_size):
    axis = int(batch_first)
    n = output.shape[axis]
    ends = [n - 1, 0][: 1 + bidirectional]
    picked = output.index_select(axis, torch.tensor(ends))
    both = picked.unbind(axis)
    return torch.cat([o.narrow(-1, k * hidden_size, hidden_size) for k, o in enumerate(both)], -1)
