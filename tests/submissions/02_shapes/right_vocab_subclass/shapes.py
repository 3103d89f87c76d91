from __future__ import annotations
import warnings; warnings.filterwarnings("ignore")
import torch, torch.nn as nn, torch.nn.functional as F
IDX2CHAR = ["h", "e", "l", "o"]
torch.manual_seed(42)

class VocabularyError(ValueError):
    """A character that we do not know."""
class LengthError(ValueError):
    ...

def _index(char: str, idx2char: list[str]) -> int:
    for i, known in enumerate(idx2char):
        if known == char:
            return i
    else:
        raise VocabularyError("I do not know the letter »%s«" % char)

def word_batch(words: list[str], idx2char: list[str]) -> torch.Tensor:
    first, *rest = words
    if any(len(w) != len(first) for w in rest):
        raise LengthError()
    t = torch.empty(len(words), len(first), dtype=torch.long)
    for b in range(t.size(0)):
        for s in range(t.size(1)):
            t[b][s] = _index(words[b][s], idx2char)
    return torch.eye(len(idx2char)).index_select(0, t.view(-1)).view(*t.size(), -1)

def to_time_major(batch_first: torch.Tensor) -> torch.Tensor:
    return torch.stack(batch_first.unbind(dim=1), dim=0)

def output_shapes(kind, seq_len, batch, input_size, hidden_size, num_layers=1, bidirectional=False, batch_first=False):
    if kind not in ("RNN", "LSTM", "GRU"):
        raise ValueError(f"unknown kind {kind}")
    num_directions = 2 if bidirectional == True else 1
    H_out = hidden_size
    if batch_first == False:
        output = seq_len, batch, num_directions * H_out
    else:
        output = batch, seq_len, num_directions * H_out
    h_n = num_layers * num_directions, batch, H_out
    if kind == "LSTM":
        c_n = h_n
        return {"output": output, "h_n": h_n, "c_n": c_n}
    else:
        return {"output": output, "h_n": h_n}

def parameter_shapes(kind, input_size, hidden_size, num_layers=1, bidirectional=False):
    if kind == "RNN": gate_size = hidden_size
    elif kind == "LSTM": gate_size = 4 * hidden_size
    elif kind == "GRU": gate_size = 3 * hidden_size
    result = {}
    for layer in range(num_layers):
        for direction in range(2 if bidirectional else 1):
            real = input_size if layer == 0 else hidden_size * (2 if bidirectional else 1)
            suffix = "_reverse" if direction == 1 else ""
            w_ih, w_hh = (gate_size, real), (gate_size, hidden_size)
            b = (gate_size,)
            param_names = ["weight_ih_l{}{}", "weight_hh_l{}{}", "bias_ih_l{}{}", "bias_hh_l{}{}"]
            param_names = [x.format(layer, suffix) for x in param_names]
            result.update(zip(param_names, (w_ih, w_hh, b, b)))
    return result

def flatten_for_loss(outputs, labels):
    seq_len, batch, C = outputs.shape
    return outputs.transpose(0, 1).contiguous().view(-1, C), labels.transpose(0, 1).contiguous().view(-1)

class Net(nn.Module):
    def __init__(self, i, h, l):
        super().__init__()
        self.lstm = nn.LSTM(i, h, num_layers=l, batch_first=True, bidirectional=True)
    def forward(self, x, state):
        return self.lstm(x, state)

def build_and_run(input_size, hidden_size, num_layers, batch=16, seq_len=25):
    net = Net(input_size, hidden_size, num_layers)
    device = next(net.parameters()).device
    state = tuple(torch.randn(net.lstm.num_layers * 2, batch, hidden_size, device=device) for _ in "hc")
    out, (h_n, c_n) = net(torch.randn(batch, seq_len, input_size, device=device), state)
    return net.lstm, out, (h_n, c_n)

def last_step(output, batch_first, bidirectional, hidden_size):
    output = to_time_major(output) if batch_first else output
    T = output.shape[0]
    idx = torch.full((1, *output.shape[1:]), T - 1)
    if bidirectional:
        idx[..., hidden_size:] = 0
    return output.gather(0, idx).squeeze(0)
