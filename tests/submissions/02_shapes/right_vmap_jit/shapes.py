import torch
from torch import Tensor, nn
from typing import Dict, Tuple, List
IDX2CHAR = ["h", "e", "l", "o"]

def word_batch(words: List[str], idx2char: List[str]) -> Tensor:
    assert words
    if min(map(len, words)) < max(map(len, words)):
        raise ValueError(f"need equal lengths, got { {w: len(w) for w in words} }")
    codes = torch.tensor([[ord(c) for c in w] for w in words])
    vocab = torch.tensor([ord(c) for c in idx2char])
    hot = codes.unsqueeze(-1).eq(vocab)
    unknown = ~hot.any(-1)
    if unknown.any():
        raise ValueError("unknown: " + "".join(chr(k) for k in codes[unknown]))
    return hot.to(dtype=torch.float32)

@torch.jit.script
def to_time_major(batch_first: Tensor) -> Tensor:
    return batch_first.transpose(0, 1)

def output_shapes(kind, seq_len, batch, input_size, hidden_size, num_layers=1, bidirectional=False, batch_first=False):
    gru_or_rnn = kind in {"GRU", "RNN"}
    d = {True: 2, False: 1}[bidirectional]
    shapes = {"output": (seq_len, batch, d * hidden_size), "h_n": (d * num_layers, batch, hidden_size), "c_n": (d * num_layers, batch, hidden_size)}
    if gru_or_rnn:
        shapes.pop("c_n")
    if batch_first:
        a, b, c = shapes["output"]
        shapes["output"] = (b, a, c)
    return shapes

def parameter_shapes(kind, input_size, hidden_size, num_layers=1, bidirectional=False):
    rnn, lstm, gru = 1, 4, 3
    g = lstm if kind == "LSTM" else gru if kind == "GRU" else rnn
    out = {}
    for l in range(num_layers):
        k = hidden_size << bool(bidirectional) if l else input_size
        block = {f"weight_ih_l{l}": (g * hidden_size, k), f"weight_hh_l{l}": (g * hidden_size, hidden_size), f"bias_ih_l{l}": (g * hidden_size,), f"bias_hh_l{l}": (g * hidden_size,)}
        out |= block
        if bidirectional:
            out |= {n + "_reverse": s for n, s in block.items()}
    return out

def flatten_for_loss(outputs, labels):
    out = torch.empty(labels.numel(), outputs.shape[-1])
    lab = torch.empty(labels.numel(), dtype=labels.dtype)
    for t in range(outputs.shape[0]):
        for b in range(outputs.shape[1]):
            out[t * outputs.shape[1] + b] = outputs[t, b]
            lab[t * outputs.shape[1] + b] = labels[t, b]
    return out, lab

def build_and_run(input_size, hidden_size, num_layers, batch=16, seq_len=25):
    layer = nn.LSTM(input_size, hidden_size, num_layers, batch_first=True, bidirectional=True)
    x = torch.randn(batch, seq_len, input_size)
    h_0, c_0 = torch.randn(4, num_layers, batch, hidden_size).view(2, 2 * num_layers, batch, hidden_size)
    packed = nn.utils.rnn.pack_padded_sequence(x, torch.full((batch,), seq_len), batch_first=True)
    out, (h_n, c_n) = layer(packed, (h_0, c_0))
    out, _ = nn.utils.rnn.pad_packed_sequence(out, batch_first=True)
    return layer, out, (h_n, c_n)

def last_step(output, batch_first, bidirectional, hidden_size):
    def one(seq):            # seq: (seq_len, width)
        if bidirectional:
            return torch.cat([seq[-1][:hidden_size], seq[0][hidden_size:]])
        return seq[-1]
    return torch.vmap(one, in_dims=0 if batch_first else 1)(output)
