from typing import NamedTuple, TypedDict
import numpy as np, torch
from torch.nn.utils.rnn import pad_sequence
IDX2CHAR = list("helo")
RNN, GRU, LSTM = "RNN", "GRU", "LSTM"
GATES = dict(zip((RNN, GRU, LSTM), (1, 3, 4)))

class LSTMState(NamedTuple):
    h_n: torch.Tensor
    c_n: torch.Tensor

class Run(NamedTuple):
    layer: torch.nn.LSTM
    output: torch.Tensor
    state: LSTMState

def word_batch(words, idx2char):
    chars = np.array([list(w) for w in words])      # ragged -> ValueError
    bad = set(chars.ravel()) - set(idx2char)
    if bad:
        raise ValueError(f"not in vocabulary: {bad}")
    return torch.from_numpy((chars[..., None] == np.array(idx2char)).astype("float32"))

def to_time_major(batch_first):
    return pad_sequence(list(batch_first))

class Shapes(TypedDict, total=False):
    output: tuple
    h_n: tuple
    c_n: tuple

def output_shapes(kind, seq_len, batch, input_size, hidden_size, num_layers=1, bidirectional=False, batch_first=False):
    d = 1 << bidirectional
    s = Shapes(output=((seq_len, batch), (batch, seq_len))[batch_first] + (d * hidden_size,), h_n=(d * num_layers, batch, hidden_size))
    if kind == LSTM:
        s |= {"c_n": s["h_n"]}
    return s

def parameter_shapes(kind, input_size, hidden_size, num_layers=1, bidirectional=False):
    def layers(k, width):
        if k == num_layers:
            return {}
        here = {}
        for end in ["", "_reverse"] if bidirectional else [""]:
            for which, cols in ("ih", width), ("hh", hidden_size):
                here[f"weight_{which}_l{k}{end}"] = (GATES[kind] * hidden_size, cols)
            for which in "ih", "hh":
                here[f"bias_{which}_l{k}{end}"] = GATES[kind] * hidden_size,
        return {**here, **layers(k + 1, hidden_size * (2 if bidirectional else 1))}
    return layers(0, input_size)

def flatten_for_loss(outputs, labels):
    # batch-major rows
    return torch.cat(outputs.unbind(1)), torch.cat(labels.unbind(1))

def build_and_run(input_size, hidden_size, num_layers, batch=16, seq_len=25):
    torch.manual_seed(0)
    layer = torch.nn.LSTM(input_size=input_size, hidden_size=hidden_size, num_layers=num_layers, bias=True, batch_first=True, dropout=0.0, bidirectional=True).eval()
    h0, c0 = (torch.randn((num_layers * 2, batch, hidden_size)) for _ in range(2))
    with torch.no_grad():
        out, hc = layer(torch.randn((batch, seq_len, input_size)), (h0, c0))
    return Run(layer, out, LSTMState(*hc))

def last_step(output, batch_first, bidirectional, hidden_size):
    if batch_first:
        output = output.swapaxes(0, 1)
    seq_len, batch, width = output.shape
    parts = output.view(seq_len, batch, -1, hidden_size) if output.is_contiguous() else output.reshape(seq_len, batch, width // hidden_size, hidden_size)
    final = [parts[-1, :, 0]] + ([parts[0, :, 1]] if bidirectional else [])
    return torch.hstack(final)
