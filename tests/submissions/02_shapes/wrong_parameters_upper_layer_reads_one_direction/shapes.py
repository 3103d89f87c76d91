import torch
from torch import nn

IDX2CHAR = ["h", "e", "l", "o"]


def encode_word(word, idx2char):
    rows = []
    for char in word:
        if char not in idx2char:
            raise ValueError(f"unknown: {char!r}")
        rows.append([1.0 if char == other else 0.0 for other in idx2char])
    return torch.tensor(rows)


def word_batch(words, idx2char):
    encoded = [encode_word(word, idx2char) for word in words]
    if len({len(e) for e in encoded}) > 1:
        raise ValueError("unequal lengths")
    return torch.cat([e.unsqueeze(0) for e in encoded])


def to_time_major(batch_first):
    rest = batch_first.shape[2:]
    flat = batch_first.reshape(batch_first.shape[0], batch_first.shape[1], -1)
    return flat.permute(1, 0, 2).reshape(batch_first.shape[1], batch_first.shape[0], *rest)


def output_shapes(kind, seq_len, batch, input_size, hidden_size, num_layers=1, bidirectional=False, batch_first=False):
    D = 2 if bidirectional else 1
    states = {"RNN": ["h_n"], "GRU": ["h_n"], "LSTM": ["h_n", "c_n"]}[kind]
    shapes = {name: (D * num_layers, batch, hidden_size) for name in states}
    shapes["output"] = (batch, seq_len, D * hidden_size) if batch_first else (seq_len, batch, D * hidden_size)
    return shapes


def parameter_shapes(kind, input_size, hidden_size, num_layers=1, bidirectional=False):
    if num_layers == 0:
        return {}
    below = parameter_shapes(kind, input_size, hidden_size, num_layers - 1, bidirectional)
    G = {"RNN": 1, "GRU": 3, "LSTM": 4}[kind]
    D = 2 if bidirectional else 1
    k = num_layers - 1
    for suffix in ["", "_reverse"][:D]:
        below[f"weight_ih_l{k}{suffix}"] = (G * hidden_size, hidden_size if k else input_size)
        below[f"weight_hh_l{k}{suffix}"] = (G * hidden_size, hidden_size)
        below[f"bias_ih_l{k}{suffix}"] = below[f"bias_hh_l{k}{suffix}"] = (G * hidden_size,)
    return below


def flatten_for_loss(outputs, labels):
    return torch.cat(list(outputs)), torch.cat(list(labels))


def build_and_run(input_size, hidden_size, num_layers, batch=16, seq_len=25):
    shapes = output_shapes("LSTM", seq_len, batch, input_size, hidden_size, num_layers, True, True)
    layer = nn.LSTM(input_size, hidden_size, num_layers, batch_first=True, bidirectional=True)
    output, (h_n, c_n) = layer(
        torch.randn(batch, seq_len, input_size), (torch.randn(shapes["h_n"]), torch.randn(shapes["c_n"]))
    )
    assert output.shape == shapes["output"] and h_n.shape == shapes["h_n"] and c_n.shape == shapes["c_n"]
    return layer, output, (h_n, c_n)


def last_step(output, batch_first, bidirectional, hidden_size):
    if batch_first:
        return last_step(to_time_major(output), False, bidirectional, hidden_size)
    if bidirectional:
        forward = last_step(output[..., :hidden_size], False, False, hidden_size)
        backward = last_step(output[..., hidden_size:].flip(0), False, False, hidden_size)
        return torch.hstack([forward, backward])
    return output[-1]
