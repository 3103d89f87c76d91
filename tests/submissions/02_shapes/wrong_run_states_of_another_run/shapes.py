import random

import torch
import torch.nn as nn
import torch.nn.functional as F
import matplotlib.pyplot as plt

device = torch.device("cuda:0" if torch.cuda.is_available() else "cpu")
torch.manual_seed(0)
random.seed(0)

IDX2CHAR = ["h", "e", "l", "o"]
KINDS = dict(RNN=1, GRU=3, LSTM=4)


def check_words(words, idx2char):
    for word in words[1:]:
        if len(word) != len(words[0]):
            raise ValueError(f"{word} is not as long as {words[0]}")
    for word in words:
        for char in word:
            if char not in idx2char:
                raise ValueError(f"{word} has the unknown character {char}")


def word_batch(words, idx2char):
    check_words(words, idx2char)
    eye = torch.eye(len(idx2char), device=device)
    tensors = [eye[[idx2char.index(char) for char in word]] for word in words]
    return torch.stack(tensors, dim=0)


def to_time_major(batch_first):
    return torch.stack(batch_first.unbind(1))


def directions(bidirectional):
    return 2 if bidirectional else 1


def output_shapes(kind, seq_len, batch, input_size, hidden_size, num_layers=1, bidirectional=False, batch_first=False):
    assert kind in KINDS
    D = directions(bidirectional)
    first, second = seq_len, batch
    if batch_first:
        first, second = second, first
    shapes = {"output": (first, second, D * hidden_size)}
    for name in ["h_n", "c_n"]:
        shapes[name] = (D * num_layers, batch, hidden_size)
    if kind != "LSTM":
        del shapes["c_n"]
    return shapes


def parameter_shapes(kind, input_size, hidden_size, num_layers=1, bidirectional=False):
    G, D = KINDS[kind], directions(bidirectional)
    shapes = {}

    def add_layer(layer, width):
        for suffix in ["", "_reverse"][:D]:
            shapes[f"weight_ih_l{layer}{suffix}"] = (G * hidden_size, width)
            shapes[f"weight_hh_l{layer}{suffix}"] = (G * hidden_size, hidden_size)
            for bias in ("bias_ih", "bias_hh"):
                shapes[f"{bias}_l{layer}{suffix}"] = (G * hidden_size,)

    add_layer(0, input_size)
    for layer in range(1, num_layers):
        add_layer(layer, D * hidden_size)
    return shapes


def flatten_for_loss(outputs, labels):
    # time runs last, then it is cut: the order does not matter as long as it is the same for both
    logits = torch.cat([outputs[:, b] for b in range(outputs.shape[1])])
    targets = torch.cat([labels[:, b] for b in range(labels.shape[1])])
    return logits, targets


def build_and_run(input_size, hidden_size, num_layers, batch=16, seq_len=25):
    layer = nn.LSTM(input_size, hidden_size, num_layers, batch_first=True, bidirectional=True).to(device)
    x = torch.randn(batch, seq_len, input_size).to(device)
    output, _ = layer(x)
    h_0, c_0 = (torch.randn(num_layers * 2, batch, hidden_size).to(device) for _ in range(2))
    _, (h_n, c_n) = layer(x, (h_0, c_0))
    return layer, output, (h_n, c_n)


def last_step(output, batch_first, bidirectional, hidden_size):
    time_first = output.transpose(0, 1) if batch_first else output
    if not bidirectional:
        return time_first[-1]
    result = torch.zeros(time_first.shape[1], 2 * hidden_size)
    result[:, :hidden_size] = time_first[-1, :, :hidden_size]
    result[:, hidden_size:] = time_first[0, :, hidden_size:]
    return result


if __name__ == "__main__":
    batch = word_batch(["hello", "eolll", "lleel"], IDX2CHAR)
    plt.imshow(batch[0])
    plt.show()
    layer, output, (h_n, c_n) = build_and_run(10, 20, 2)
    print(layer, output.shape, h_n.shape, c_n.shape)
