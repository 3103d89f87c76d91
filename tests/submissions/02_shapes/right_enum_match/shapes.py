from enum import Enum, IntEnum
from itertools import product, chain
from collections import OrderedDict
import torch
from torch import nn, Tensor
import torch.nn.functional as F
IDX2CHAR = ["h", "e", "l", "o"]

class Gates(IntEnum):
    RNN = 1
    GRU = 3
    LSTM = 4

def word_batch(words, idx2char):
    rows = list(zip(*words, strict=True))     # raises ValueError for different lengths
    t = torch.tensor([[idx2char.index(c) for c in row] for row in rows])
    return F.one_hot(t, len(idx2char)).permute(1, 0, 2).float()

def to_time_major(batch_first):
    return torch.movedim(batch_first, 1, 0)

def output_shapes(kind, seq_len, batch, input_size, hidden_size, num_layers=1, bidirectional=False, batch_first=False):
    D = 2 if bidirectional else 1
    match kind, batch_first:
        case _, True:
            out = (batch, seq_len, D * hidden_size)
        case _, False:
            out = (seq_len, batch, D * hidden_size)
    state = (D * num_layers, batch, hidden_size)
    if Gates[kind] is Gates.LSTM:
        return {"output": out, "h_n": state, "c_n": state}
    return {"output": out, "h_n": state}

def parameter_shapes(kind, input_size, hidden_size, num_layers=1, bidirectional=False):
    n = {"RNN": Gates.RNN, "GRU": Gates.GRU, "LSTM": Gates.LSTM}[kind] * hidden_size
    suffixes = ("", "_reverse")[: 1 + bidirectional]
    return OrderedDict(
        (f"{part}_l{k}{s}", shape)
        for k, s in product(range(num_layers), suffixes)
        for part, shape in (("weight_ih", (n, input_size if k == 0 else hidden_size * len(suffixes))),
                            ("weight_hh", (n, hidden_size)), ("bias_ih", (n,)), ("bias_hh", (n,))))

def flatten_for_loss(outputs, labels):
    order = labels.flatten().argsort()          # sorted by class, any order is fine
    return outputs.reshape(-1, outputs.size(-1)).index_select(0, order), labels.flatten()[order]

class BiLSTM(nn.LSTM):
    def __init__(self, *args, **kw):
        super().__init__(*args, batch_first=True, bidirectional=True, **kw)

def build_and_run(input_size, hidden_size, num_layers, batch=16, seq_len=25):
    layer = BiLSTM(input_size, hidden_size, num_layers)
    states = torch.randn(2, 2 * num_layers, batch, hidden_size).unbind()
    return (layer, *layer(torch.randn(batch, seq_len, input_size), states))

def last_step(output, batch_first, bidirectional, hidden_size):
    time = 1 if batch_first else 0
    last = output.select(time, output.size(time) - 1)
    first = output.select(time, 0)
    mask = torch.arange(output.size(-1)) < hidden_size
    return torch.where(mask, last, first) if bidirectional else last
