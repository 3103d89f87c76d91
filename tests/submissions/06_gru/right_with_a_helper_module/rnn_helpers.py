"""What I share between my exercises."""
import torch


def three(v, weight, bias):
    return torch.chunk(v @ weight.mT + bias, chunks=3, dim=-1)


def spell(indices, letters):
    return "".join(letters[i] for i in indices)
