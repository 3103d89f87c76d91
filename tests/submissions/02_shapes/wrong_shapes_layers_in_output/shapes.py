import torch
from torch import nn, einsum
from torch.nn.functional import one_hot

IDX2CHAR = ["h", "e", "l", "o"]


def word_batch(words, idx2char):
    # torch.tensor itself raises a ValueError for rows of unequal length, list.index one for unknown characters
    index = torch.tensor([[idx2char.index(c) for c in word] for word in words])
    return one_hot(index, num_classes=len(idx2char)).type(torch.float32)


def to_time_major(batch_first):
    return einsum("bt...->tb...", batch_first)


def output_shapes(kind, seq_len, batch, input_size, hidden_size, num_layers=1, bidirectional=False, batch_first=False):
    D, H, L = 2 if bidirectional else 1, hidden_size, num_layers
    match batch_first:
        case True:
            output = batch, seq_len, D * L * H
        case _:
            output = seq_len, batch, D * L * H
    names = ["output", "h_n", "c_n"] if kind == "LSTM" else ["output", "h_n"]
    return dict(zip(names, [output, (D * L, batch, H), (D * L, batch, H)]))


def parameter_shapes(kind, input_size, hidden_size, num_layers=1, bidirectional=False):
    rows = hidden_size * len({"RNN": "h", "GRU": "rzn", "LSTM": "ifgo"}[kind])
    out, width = {}, input_size
    for layer in range(num_layers):
        for tail in [""] + ["_reverse"] * bidirectional:
            out |= {f"weight_ih_l{layer}{tail}": (rows, width), f"weight_hh_l{layer}{tail}": (rows, hidden_size)}
            out |= {f"bias_{which}_l{layer}{tail}": (rows,) for which in ("ih", "hh")}
        width = hidden_size << bidirectional
    return out


def flatten_for_loss(outputs, labels):
    t, b = torch.meshgrid(torch.arange(labels.shape[0]), torch.arange(labels.shape[1]), indexing="ij")
    t, b = t.flatten(), b.flatten()
    return outputs[t, b], labels[t, b]


def build_and_run(input_size, hidden_size, num_layers, batch=16, seq_len=25):
    shape = (2 * num_layers, batch, hidden_size)
    states = torch.randn(*shape), torch.randn(*shape)
    lstm = nn.LSTM(input_size, hidden_size, num_layers, True, True, 0.0, True)
    return (lstm,) + lstm(torch.randn(batch, seq_len, input_size), states)


def last_step(output, batch_first, bidirectional, hidden_size):
    axis = int(batch_first)
    last = output.index_select(axis, torch.tensor([output.shape[axis] - 1])).squeeze(axis)
    if bidirectional:
        first = output.narrow(axis, 0, 1).squeeze(axis)
        mask = torch.arange(2 * hidden_size) < hidden_size
        last = torch.where(mask, last, first)
    return last
