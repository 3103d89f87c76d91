"""What a task asks to do without is flagged in every spelling, and a learner's own names are not."""

# ruff: noqa: E501  (tables: one row, one line)

from __future__ import annotations

import pytest

from autograder.judge.forbidden import flags

NAMES = {"step": ("gru_cell", "GRUCell", "embedding")}

FLAGGED = {
    "a call": "def step(x): return torch.gru_cell(x)",
    "a class": "def step(x): return nn.GRUCell(3, 4)(x)",
    "an import": "from torch import gru_cell\ndef step(x): return gru_cell(x)",
    "an import under another name": "from torch import gru_cell as mine\ndef step(x): return mine(x)",
    "an import in the function": "def step(x):\n    from torch import gru_cell as mine\n    return mine(x)",
    "an import that replaces an own function": "def gru_cell(x): return x\nfrom torch import gru_cell\ndef step(x): return gru_cell(x)",
    "a variable of the module": "mine = torch.gru_cell\ndef step(x): return mine(x)",
    "a variable of the function": "def step(x):\n    embedding = F.embedding\n    return embedding(x)",
    "a helper": "def helper(x): return torch.gru_cell(x)\ndef step(x): return helper(x)",
    "a method of a helper class": "class A:\n    def f(self, x): return torch.gru_cell(x)\ndef step(x): return A().f(x)",
    "a lambda": "step = lambda x: torch.gru_cell(x)",
    "a name looked up": "def step(x): return getattr(torch, 'gru' + '_cell')(x)",
    "a name looked up by an own name": "look = getattr\ndef step(x): return look(torch, 'gru' + '_cell')(x)",
    "a name that names itself": "gru_cell = gru_cell\ndef step(x): return gru_cell(x)",
}
HONEST = {
    "a local variable": "def step(x):\n    embedding = x + 1\n    return embedding * 2",
    "a parameter": "def step(embedding): return embedding * 2",
    "a local variable of a method": "class A:\n    def f(self, x):\n        embedding = x\n        return embedding\ndef step(x): return A().f(x)",
    "a variable of the function around": "def step(x):\n    embedding = x\n    def inner(): return embedding\n    return inner()",
    "an own helper": "def gru_cell(x): return x + 1\ndef step(x): return gru_cell(x)",
    "another task's code": "def other(x): return torch.gru_cell(x)\ndef step(x): return x",
}


@pytest.mark.parametrize("source", FLAGGED.values(), ids=FLAGGED.keys())
def test_what_a_task_asks_to_do_without_is_flagged(source: str) -> None:
    assert flags([source], NAMES)


@pytest.mark.parametrize("source", HONEST.values(), ids=HONEST.keys())
def test_a_learners_own_names_are_not_flagged(source: str) -> None:
    assert flags([source], NAMES) == []
