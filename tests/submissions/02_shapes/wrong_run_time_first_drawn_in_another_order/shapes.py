import torch
from torch import nn

IDX2CHAR = ["h", "e", "l", "o"]


def word_batch(words, idx2char):
    length = len(words[0])
    for word in words:
        if len(word) > length or len(word) < length:
            raise ValueError("All words must be equally long")
    out = torch.zeros(len(words), length, len(idx2char))
    for b in range(len(words)):
        for t in range(length):
            out[b, t, idx2char.index(words[b][t])] = 1
    return out


def to_time_major(batch_first):
    batch, seq_len = batch_first.shape[0], batch_first.shape[1]
    steps = []
    for t in range(seq_len):
        steps.append(torch.stack([batch_first[b, t] for b in range(batch)]))
    return torch.stack(steps)


def output_shapes(kind, seq_len, batch, input_size, hidden_size, num_layers=1, bidirectional=False, batch_first=False):
    num_directions = 2 if bidirectional else 1
    output = [seq_len, batch, num_directions * hidden_size]
    if batch_first:
        output[0], output[1] = output[1], output[0]
    state = (num_layers * num_directions, batch, hidden_size)
    result = dict(output=tuple(output), h_n=state)
    if kind == "LSTM":
        result.update(c_n=state)
    return result


def parameter_shapes(kind, input_size, hidden_size, num_layers=1, bidirectional=False):
    gates = {"RNN": 1, "GRU": 3, "LSTM": 4}
    big = gates[kind] * hidden_size
    names, shapes = [], []
    layer_input = input_size
    for layer in range(num_layers):
        for direction in range(2 if bidirectional else 1):
            end = f"_l{layer}" if direction == 0 else f"_l{layer}_reverse"
            for name, shape in zip(
                ["weight_ih", "weight_hh", "bias_ih", "bias_hh"],
                [(big, layer_input), (big, hidden_size), (big,), (big,)],
            ):
                names.append(name + end)
                shapes.append(shape)
        layer_input = hidden_size * (2 if bidirectional else 1)
    return dict(zip(names, shapes))


def flatten_for_loss(outputs, labels):
    rows, targets = [], []
    for t in range(outputs.size(0)):
        for b in range(outputs.size(1)):
            rows.append(outputs[t, b])
            targets.append(labels[t, b])
    return torch.stack(rows), torch.stack(targets)


def build_and_run(input_size, hidden_size, num_layers, batch=16, seq_len=25):
    h_0 = torch.randn(2 * num_layers, batch, hidden_size)
    c_0 = torch.randn(2 * num_layers, batch, hidden_size)
    x = torch.randn(seq_len, batch, input_size)
    layer = nn.LSTM(
        input_size=input_size,
        hidden_size=hidden_size,
        num_layers=num_layers,
        bidirectional=True,
    )
    output, states = layer(x, (h_0, c_0))
    return layer, output, states


def last_step(output, batch_first, bidirectional, hidden_size):
    batch = output.size(0) if batch_first else output.size(1)
    seq_len = output.size(1) if batch_first else output.size(0)
    rows = []
    for b in range(batch):
        sequence = output[b] if batch_first else output[:, b]
        parts = [sequence[seq_len - 1][:hidden_size]]
        if bidirectional:
            parts.append(sequence[0][hidden_size:])
        rows.append(torch.cat(parts))
    return torch.stack(rows)
