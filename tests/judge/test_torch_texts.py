"""Error messages of torch are quoted, limited to the parts that torch itself writes."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from torch import nn

from autograder.judge.error_text import hint_for
from autograder.judge.known_texts import known_text

TEXTS = [
    "linear(): argument 'input' (position 1) must be Tensor, not tuple",
    "The expanded size of the tensor (5) must match the existing size (4) at non-singleton dimension 1",
    "self must be a matrix",
    "expected target dtype to be Long or Byte, but got Float",
    "index out of range in self",
    "expected np.ndarray (got Tensor)",
    "tanh(): argument 'input' (position 1) must be Tensor, not numpy.ndarray",
    "Expected hidden size (3, 1, 4), got [2, 1, 8]",
]

# Beginners' slips. m is (3, 4), x (5, 3, 4), y (3,) of int64; state (1, 3, 6).
SLIPS = """
torch.zeros(3, 4).scatter_(1, y, 1.0)
torch.gather(m, 1, y)
torch.gather(m, 1, torch.zeros(9, 9, dtype=torch.long))
torch.index_select(m, 0, torch.zeros(2, 2, dtype=torch.long))
torch.bmm(x, x)
torch.mv(m, m)
torch.mm(x, m)
m @ m
m @ y
m @ torch.ones(4, 2, dtype=torch.long)
m.double() @ m.T
m.expand(2)
m.repeat(2)
m.view(7)
m.view(-1, -1)
m.T.view(12)
m.view(2.0, 6)
m.unflatten(0, (2, 2))
m.permute(0, 0)
m.flatten(1, 0)
x.t()
torch.cat([torch.tensor(1.0)])
torch.cat([m, x])
torch.stack([m, y])
torch.softmax(y, dim=0)
y.float().requires_grad_().long().requires_grad_()
F.one_hot(m)
F.one_hot(y, 2)
F.one_hot(y, num_classes=[4])
F.one_hot(y, 4).float().view(3, 5)
F.one_hot(y).sum().float().backward()
F.one_hot(y).double().mean(0) @ m
F.one_hot(y, 4).mean()
F.linear((m, m), m)
F.cross_entropy(m, y.float())
F.cross_entropy(m, y.view(3, 1))
F.cross_entropy(m, y[:2])
F.nll_loss(x, y)
nn.BCELoss()(m, y)
nn.Embedding(4, 5)(m)
nn.RNN(4, 6)(torch.randn(2, 3, 4, 5))
nn.LSTM(4, 6)(torch.randn(2, 3, 4, 5))
nn.GRUCell(4, 6)(x)
nn.RNNCell(4, 6)(m, state)
nn.RNNCell(4, 6)(m.long())
nn.LSTM(4, 6)(x, state)
nn.LSTM(4, 6)(x, [state] * 3)
nn.LSTM(4, 6)(x, state, state)
nn.GRU(4, 6)(x, (state, state))
nn.RNN(4, 6)(x.long())
nn.RNN(4, 6)(x, torch.zeros(1, 2, 6))
nn.Linear(6, 4)(nn.RNN(4, 6)(x))
nn.RNN(4)
nn.RNN(4, 6, batchfirst=True)
nn.RNN("4", 6)
nn.RNN(4, 6, num_layers=0)
nn.RNN(4, 6, nonlinearity="sigmoid")
nn.Parameter(y)
nn.Module()(m)
torch.optim.Adam(m, lr=0.1)
torch.optim.Adam([], lr=0.1)
torch.optim.Adam([nn.Parameter(m)], lr=-1)
torch.optim.adam([m])
torch.tanH(m)
torch.tensor([m, m])
torch.tensor(["a"])
torch.tensor("abc")
torch.tensor([[1, 2], [1]])
torch.tensor([None])
torch.zeros([3, 2.5])
torch.zeros(-1)
torch.zeros(5)[0].copy_(m)
torch.zeros(5).__setitem__(0, m)
torch.zeros(5).__setitem__(0, None)
m.where(m, 1)
list(torch.tensor(1.0))
len(torch.tensor(1.0))
torch.empty(0).argmax()
m[:, 1.5]
m["a"]
m + np.zeros((5, 5))
np.zeros((2, 2)) @ m
m.size()()
m.shape(0)
m.foo
len(m.shape[0])
a, b = None
a, b = m.shape[0]
a, b = m
[].append(m, m)
[][0]
[].__setitem__(0, m)
"ehlo"["e"]
"ehlo".index("x")
"".join(1)
"".join([1, 2])
"a" + 1
[1] + (1,)
"a" * 1.5
-[1]
{[1]: 2}
int("a")
int([1])
float([1])
{"weight_ih_l0": m}["weight_ih_l1"]
(lambda a, b: 1)(1)
(lambda a: 1)(1, 2)
y // 0
""".strip().splitlines()


@pytest.mark.filterwarnings("ignore")  # numpy warns of some before they raise
@pytest.mark.parametrize("slip", SLIPS)
def test_what_torch_says_of_a_beginners_slip_is_shown(slip: str) -> None:
    names = {"torch": torch, "F": F, "nn": nn, "np": np, "m": torch.randn(3, 4), "x": torch.randn(5, 3, 4)}
    with pytest.raises(Exception) as raised:  # noqa: PT011  of any kind
        exec(slip, names | {"y": torch.arange(3), "state": torch.zeros(1, 3, 6)})
    assert known_text(str(raised.value), slip)


@pytest.mark.parametrize("text", TEXTS)
def test_a_text_of_torch_is_shown(text: str) -> None:
    assert known_text(text, "") == text


@pytest.mark.parametrize("text", TEXTS)
def test_what_follows_it_is_not(text: str) -> None:
    assert known_text(f"{text} 0.1234 secret", "") == text


@pytest.mark.parametrize(
    "text",
    ["0.25 self must be a matrix", "linear(): argument 'x01' (position 1) must be Tensor, not tuple", "must be Tensor, not a1"],
    ids=["text before it", "a name that stands nowhere", "a type that is not Python's"],
)
def test_anything_else_stays_in_the_child(text: str) -> None:
    assert known_text(text, "") == ""


def test_a_tuple_where_a_tensor_belongs_has_a_hint() -> None:
    assert "unpack it" in hint_for(known_text(TEXTS[0], ""))
    assert hint_for("") == ""
