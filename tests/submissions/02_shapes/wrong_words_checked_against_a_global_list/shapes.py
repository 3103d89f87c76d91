import torch
import torch.nn as nn

IDX2CHAR = ['h', 'e', 'l', 'o']
WORDS = ['hello', 'eolll', 'lleel']

# One hot encoding for each char in 'hello'
h = [1, 0, 0, 0]
e = [0, 1, 0, 0]
l = [0, 0, 1, 0]
o = [0, 0, 0, 1]


LETTERS = ["e", "h", "l", "o"]


def word_batch(words, idx2char):
    batch = []
    for word in words:
        if len(word) != len(words[0]):
            raise ValueError("the words have different lengths")
        rows = []
        for ch in word:
            if ch not in LETTERS:
                raise ValueError("unknown character " + ch)
            row = [0] * len(LETTERS)
            row[LETTERS.index(ch)] = 1
            rows.append(row)
        batch.append(rows)
    return torch.Tensor(batch)


def to_time_major(batch_first):
    return batch_first.transpose(0, 1)


def output_shapes(kind, seq_len, batch, input_size, hidden_size, num_layers=1, bidirectional=False, batch_first=False):
    if bidirectional:
        d = 2
    else:
        d = 1
    shapes = {}
    if batch_first:
        shapes['output'] = (batch, seq_len, d * hidden_size)
    else:
        shapes['output'] = (seq_len, batch, d * hidden_size)
    shapes['h_n'] = (d * num_layers, batch, hidden_size)
    if kind == 'LSTM':
        shapes['c_n'] = (d * num_layers, batch, hidden_size)
    return shapes


def parameter_shapes(kind, input_size, hidden_size, num_layers=1, bidirectional=False):
    if kind == 'RNN':
        g = 1
    elif kind == 'GRU':
        g = 3
    else:
        g = 4
    shapes = {}
    for k in range(num_layers):
        in_size = input_size
        if k > 0:
            in_size = hidden_size * 2 if bidirectional else hidden_size
        shapes['weight_ih_l%d' % k] = (g * hidden_size, in_size)
        shapes['weight_hh_l%d' % k] = (g * hidden_size, hidden_size)
        shapes['bias_ih_l%d' % k] = (g * hidden_size,)
        shapes['bias_hh_l%d' % k] = (g * hidden_size,)
        if bidirectional:
            shapes['weight_ih_l%d_reverse' % k] = (g * hidden_size, in_size)
            shapes['weight_hh_l%d_reverse' % k] = (g * hidden_size, hidden_size)
            shapes['bias_ih_l%d_reverse' % k] = (g * hidden_size,)
            shapes['bias_hh_l%d_reverse' % k] = (g * hidden_size,)
    return shapes


def flatten_for_loss(outputs, labels):
    seq_len, batch, num_classes = outputs.shape
    return outputs.view(seq_len * batch, num_classes), labels.view(-1)


def build_and_run(input_size, hidden_size, num_layers, batch=16, seq_len=25):
    lstm = nn.LSTM(input_size, hidden_size, num_layers, batch_first=True, bidirectional=True)
    x = torch.randn(batch, seq_len, input_size)
    h0 = torch.randn(num_layers * 2, batch, hidden_size)
    c0 = torch.randn(num_layers * 2, batch, hidden_size)
    output, (hn, cn) = lstm(x, (h0, c0))
    print(output.shape, hn.shape, cn.shape)
    return lstm, output, (hn, cn)


def last_step(output, batch_first, bidirectional, hidden_size):
    if batch_first:
        last, first = output[:, -1], output[:, 0]
    else:
        last, first = output[-1], output[0]
    if bidirectional:
        return torch.cat((last[:, :hidden_size], first[:, hidden_size:]), 1)
    return last
