import torch
import torch.nn as nn

IDX2CHAR = ["h", "e", "l", "o"]


def one_hot(index, size):
    v = torch.zeros(size)
    v[index] = 1.0
    return v


def word_batch(words, idx2char):
    lengths = [len(w) for w in words]
    if min(lengths) != max(lengths):
        raise ValueError(f"Unequal lengths {lengths}")
    char2idx = {c: i for i, c in enumerate(idx2char)}
    sentences = []
    for w in words:
        letters = []
        for c in w:
            if char2idx.get(c) is None:
                raise ValueError(f"Character not in vocabulary: {c}")
            letters.append(one_hot(char2idx[c], len(idx2char)))
        sentences.append(torch.stack(letters))
    return torch.stack(sentences)


def to_time_major(batch_first):
    axes = list(range(batch_first.dim()))
    axes[0], axes[1] = axes[1], axes[0]
    return batch_first.permute(*axes)


def output_shapes(kind, seq_len, batch, input_size, hidden_size, num_layers=1, bidirectional=False, batch_first=False):
    n = 2 if bidirectional else 1
    shapes = {
        "output": torch.Size([batch, seq_len, n * hidden_size]) if batch_first else torch.Size([seq_len, batch, n * hidden_size]),
        "h_n": torch.Size([n * num_layers, batch, hidden_size]),
    }
    if kind.upper() == "LSTM":
        shapes["c_n"] = shapes["h_n"]
    return shapes


def parameter_shapes(kind, input_size, hidden_size, num_layers=1, bidirectional=False):
    g = ["RNN", None, "GRU", "LSTM"].index(kind) + 1

    def four(inputs, suffix):
        return {
            "weight_ih" + suffix: torch.Size([g * hidden_size, inputs]),
            "weight_hh" + suffix: torch.Size([g * hidden_size, hidden_size]),
            "bias_ih" + suffix: torch.Size([g * hidden_size]),
            "bias_hh" + suffix: torch.Size([g * hidden_size]),
        }

    result = {}
    for i in range(num_layers):
        inputs = input_size if i == 0 else hidden_size * (1 + int(bidirectional))
        result.update(four(inputs, f"_l{i}"))
        if bidirectional:
            result.update(four(inputs, f"_l{i}_reverse"))
    return result


def flatten_for_loss(outputs, labels):
    # sentence by sentence: both are turned the same way
    outputs = outputs.transpose(0, 1)
    labels = labels.transpose(0, 1)
    return outputs.reshape(-1, outputs.size(2)), labels.reshape(-1)


def build_and_run(input_size, hidden_size, num_layers, batch=16, seq_len=25):
    net = nn.LSTM(input_size, hidden_size, num_layers, batch_first=True, bidirectional=True)
    net.eval()
    with torch.no_grad():
        inp = torch.empty(batch, seq_len, input_size).normal_()
        h0, c0 = torch.normal(0, 1, (2, 2 * num_layers, batch, hidden_size)).unbind(0)
        out, (h, c) = net(inp, (h0, c0))
    return [net, out, [h, c]]


def last_step(output, batch_first, bidirectional, hidden_size):
    if batch_first:
        output = output.permute(1, 0, 2)
    seq_len, batch, _ = output.shape
    if bidirectional:
        output = output.reshape(seq_len, batch, 2, hidden_size)
        return output[-1, :, 0, :] + output[0, :, 1, :]
    return output[seq_len - 1, :, :]
