import torch
import torch.nn as nn
import torch.nn.functional as F

IDX2CHAR = ["h", "e", "l", "o"]
WORDS = ["hello", "eolll", "lleel"]


class VocabularyError(ValueError):
    """A character outside of the vocabulary."""


def word_batch(words: list, idx2char: list) -> torch.Tensor:
    """(batch, seq_len, features)"""
    for number, word in enumerate(words):
        if len(word) != len(words[0]):
            raise ValueError("word number %d has another length" % number)
        for character in word:
            try:
                idx2char.index(character)
            except ValueError as error:
                raise VocabularyError(f"word number {number} contains {character}") from error
    lookup = torch.eye(len(idx2char)).tolist()
    return torch.tensor([[lookup[idx2char.index(c)] for c in word] for word in words], dtype=torch.float)


def to_time_major(batch_first: torch.Tensor) -> torch.Tensor:
    if batch_first.dim() < 2:
        raise ValueError("at least two axes, please")
    return batch_first.movedim(0, 1)


def output_shapes(kind, seq_len, batch, input_size, hidden_size, num_layers=1, bidirectional=False, batch_first=False):
    if kind not in ("RNN", "LSTM", "GRU"):
        raise ValueError(kind)
    num_directions = 2 if bidirectional else 1
    last = hidden_size + hidden_size if bidirectional else hidden_size
    out = (batch,) + (seq_len,) + (last,) if batch_first else (seq_len,) + (batch,) + (last,)
    answer = {"output": out}
    answer["h_n"] = (num_directions * num_layers, batch, hidden_size)
    answer.update({"c_n": answer["h_n"]} if kind == "LSTM" else {})
    return answer


def parameter_shapes(kind, input_size, hidden_size, num_layers=1, bidirectional=False):
    if kind not in ("RNN", "LSTM", "GRU"):
        raise ValueError(kind)
    factor = 1
    factor = 3 if kind == "GRU" else factor
    factor = 4 if kind == "LSTM" else factor
    shapes = dict()
    layer = 0
    while layer < num_layers:
        for reverse in ([False, True] if bidirectional else [False]):
            name = "l" + str(layer) + ("_reverse" if reverse else "")
            if layer == 0:
                shapes["weight_ih_" + name] = (factor * hidden_size, input_size)
            elif bidirectional:
                shapes["weight_ih_" + name] = (factor * hidden_size, 2 * hidden_size)
            else:
                shapes["weight_ih_" + name] = (factor * hidden_size, hidden_size)
            shapes["weight_hh_" + name] = (factor * hidden_size, hidden_size)
            shapes["bias_ih_" + name] = (factor * hidden_size,)
            shapes["bias_hh_" + name] = (factor * hidden_size,)
        layer += 1
    return shapes


def flatten_for_loss(outputs, labels):
    flat_outputs = outputs.reshape(-1, outputs.shape[-1])
    flat_labels = labels.reshape(-1)
    F.cross_entropy(flat_outputs, flat_labels)  # raises if the two do not fit
    return flat_outputs, flat_labels


def build_and_run(input_size, hidden_size, num_layers, batch=16, seq_len=25):
    lstm = nn.LSTM(input_size, hidden_size, num_layers, batch_first=True, bidirectional=True)
    lstm.flatten_parameters()
    data = torch.randn(size=(batch, seq_len, input_size))
    h0 = torch.randn(lstm.num_layers * 2, data.size(0), lstm.hidden_size)
    c0 = torch.randn_like(h0)
    output, (h_n, c_n) = lstm(data, (h0, c0))
    if not torch.allclose(output[:, -1, :hidden_size], h_n[-2]):
        raise RuntimeError("this cannot be")
    return lstm, output, (h_n, c_n)


def last_step(output, batch_first, bidirectional, hidden_size):
    if output.dim() != 3:
        raise ValueError("three axes, please")
    if batch_first and bidirectional:
        return torch.cat([output[:, -1, :hidden_size], output[:, 0, -hidden_size:]], dim=1)
    if bidirectional:
        return torch.cat([output[-1, :, :hidden_size], output[0, :, -hidden_size:]], dim=1)
    if batch_first:
        return output[:, -1, :]
    return output[-1, :, :]
