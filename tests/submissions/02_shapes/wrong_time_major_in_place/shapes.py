import numpy as np
import torch
import torch.nn as nn
from torch.autograd import Variable

IDX2CHAR = ['h', 'e', 'l', 'o']


def word_batch(words, idx2char):
    for w in words:
        for ch in w:
            if not ch in idx2char:
                raise ValueError('character %s is unknown' % ch)
    if not all(len(w) == len(words[0]) for w in words):
        raise ValueError('words are not of equal length')
    indices = np.array([[idx2char.index(ch) for ch in w] for w in words])
    array = np.eye(len(idx2char), dtype=np.float32)[indices]
    return Variable(torch.from_numpy(array))


def to_time_major(batch_first):
    batch_first.transpose_(0, 1)
    return batch_first.contiguous()


def output_shapes(kind, seq_len, batch, input_size, hidden_size, num_layers=1, bidirectional=False, batch_first=False):
    num_directions = int(bidirectional) + 1
    out = np.array([seq_len, batch, hidden_size * num_directions])
    if batch_first:
        out = out[[1, 0, 2]]
    state = (int(num_layers * num_directions), batch, hidden_size)
    if kind == 'LSTM':
        return {'output': tuple(int(n) for n in out), 'h_n': state, 'c_n': state}
    else:
        return {'output': tuple(int(n) for n in out), 'h_n': state}


def parameter_shapes(kind, input_size, hidden_size, num_layers=1, bidirectional=False):
    gate_size = {'LSTM': 4 * hidden_size, 'GRU': 3 * hidden_size}.get(kind, hidden_size)
    num_directions = 2 if bidirectional else 1
    from collections import OrderedDict
    shapes = OrderedDict()
    for layer in range(num_layers):
        for direction in range(num_directions):
            layer_input_size = input_size if layer == 0 else hidden_size * num_directions
            suffix = '_reverse' if direction == 1 else ''
            shapes['weight_ih_l{}{}'.format(layer, suffix)] = (gate_size, layer_input_size)
            shapes['weight_hh_l{}{}'.format(layer, suffix)] = (gate_size, hidden_size)
            shapes['bias_ih_l{}{}'.format(layer, suffix)] = (gate_size,)
            shapes['bias_hh_l{}{}'.format(layer, suffix)] = (gate_size,)
    return shapes


def flatten_for_loss(outputs, labels):
    outputs = outputs.contiguous().view(-1, outputs.size()[-1])
    labels = labels.contiguous().view(labels.size()[0] * labels.size()[1])
    return outputs, labels


def build_and_run(input_size, hidden_size, num_layers, batch=16, seq_len=25):
    rnn = nn.LSTM(input_size=input_size, hidden_size=hidden_size, num_layers=num_layers, batch_first=True, bidirectional=True)
    x = Variable(torch.from_numpy(np.random.randn(batch, seq_len, input_size)).float())
    h0 = Variable(torch.from_numpy(np.random.randn(num_layers * 2, batch, hidden_size)).float())
    c0 = Variable(torch.from_numpy(np.random.randn(num_layers * 2, batch, hidden_size)).float())
    out, hc = rnn(x, (h0, c0))
    return rnn, out, hc


def last_step(output, batch_first, bidirectional, hidden_size):
    if not batch_first:
        output = output.transpose(0, 1)
    last = output[:, -1, :]
    if bidirectional:
        last = torch.cat([last[:, 0:hidden_size], output[:, 0, hidden_size:2 * hidden_size]], 1)
    return last.clone()
