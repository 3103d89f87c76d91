import torch


def step(*args):
    return torch.rnn_tanh_cell(*args)
