"""Names that a task forbids are flagged in every spelling; a learner's own names are not."""

# ruff: noqa: E501  (tables: one row, one line)

from __future__ import annotations

import pytest

from autograder.intake.forbidden import flags

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
    "a name looked up as a text": "def step(x): return getattr(torch, 'gru_cell')(x)",
    "a name looked up in functional, which has what is asked for": "def step(x): return getattr(torch.nn.functional, 'embed' + 'ding')(x)\nimport torch",
    "a name looked up in what functional has": "import torch.nn.functional as F\ndef step(x): return getattr(getattr(F, 'tor' + 'ch'), 'gru' + '_cell')(x)",
    "a name looked up in functional that is another": "import torch.nn.functional as F\nF = torch\ndef step(x): return getattr(F, 'gru' + '_cell')(x)",
    "a name looked up in a parameter called functional": "import torch.nn.functional as F\ndef step(x, F=torch): return getattr(F, 'gru' + '_cell')(x)",
    "a getattr that is another": "getattr = torch.gru_cell\ndef step(x): return getattr(torch, 'tanh')",
    "a name looked up by an own name": "look = getattr\ndef step(x): return look(torch, 'gru' + '_cell')(x)",
    "a name that names itself": "gru_cell = gru_cell\ndef step(x): return gru_cell(x)",
    "PyTorch's function next to an own one": "def gru_cell(x): return x\ndef step(x): return torch.gru_cell(x)\nimport torch",
    "PyTorch's function next to an own method": "import torch as th\nclass A:\n    def gru_cell(self, x): return x\ndef step(x): return th.gru_cell(x)",
    "PyTorch's class next to an own one": "from torch import nn\nclass GRUCell: pass\ndef step(x): return nn.GRUCell(3, 4)(x)",
    "a long path next to an own function": "def embedding(x): return x\ndef step(x):\n    import torch\n    return torch.nn.functional.embedding(x)",
    "a module under another name next to an own function": "import torch.nn.functional as F\ndef embedding(x): return x\ndef step(x): return F.embedding(x)",
    "an own name bound to it": "gru_cell = torch.jit.script(torch.gru_cell)\ndef step(x): return gru_cell(x)",
    "a constant of a class bound to it": "class Gates:\n    GRU = staticmethod(torch.gru_cell)\ndef step(x): return Gates.GRU(x)",
    "a global of a lambda with other parameters": "go = torch.gru_cell\nstep = lambda x: (lambda a: go(a))(x)",
    "a loop": "for go in (torch.gru_cell,): pass\ndef step(x): return go(x)",
    "a with": "with nullcontext(torch.gru_cell) as go: pass\ndef step(x): return go(x)",
    "a walrus": "(go := torch.gru_cell)\ndef step(x): return go(x)",
    "a match": "match torch.gru_cell:\n    case go: pass\ndef step(x): return go(x)",
    "a place in a table": "table = {}\ntable['go'] = torch.gru_cell\ndef step(x): return table['go'](x)",
    "a table brought up to date": "table = {}\ntable.update(go=torch.gru_cell)\ndef step(x): return table['go'](x)",
    "a list that grows": "tools = []\ntools.append(torch.gru_cell)\ndef step(x): return tools[0](x)",
    "a function that fills a list": "tools = []\ndef fill(f): tools.append(f)\nfill(torch.gru_cell)\ndef step(x): return tools[0](x)",
    "a function that sets a global": "def fill(f):\n    global go\n    go = f\n_ = fill(torch.gru_cell)\ndef step(x): return go(x)",
    "an attribute of the task": "def step(x): return step.go(x)\nstep.go = torch.gru_cell",
    "an attribute of a class": "class A: pass\nA.go = staticmethod(torch.gru_cell)\ndef step(x): return A().go(x)",
    "an attribute of another name": "def helper(x): return x\nsame = helper\nsame.go = torch.gru_cell\ndef step(x): return helper.go(x)",
    "defaults set later": "def step(x, *, f=None): return f(x)\nstep.__kwdefaults__ = {'f': torch.gru_cell}",
    "a variable of a helper module": "import tools\ndef step(x): return tools.go(x)\ngo = torch.gru_cell",
    "a variable imported under another name": "from tools import go as mine\ndef step(x): return mine(x)\ngo = torch.gru_cell",
    "a task made by its text": "globals()['step'] = torch.gru_cell",
    "a task replaced by its text": "go = torch.gru_cell\ndef step(x): return x\nglobals()['step'] = go",
    "a task made by a text elsewhere": "for name in ['step']: globals()[name] = torch.gru_cell",
    "members listed": "def step(x): return dict(inspect.getmembers(torch))['gru' '_cell'](x)",
    "subclasses listed": "def step(x): return nn.Module.__subclasses__()[0](3, 4)(x)",
    "a pickle": "def step(x): return pickle.loads(b'ctorch\\ngru_cell\\n.')(x)",
}
HONEST = {
    "a local variable": "def step(x):\n    embedding = x + 1\n    return embedding * 2",
    "a parameter": "def step(embedding): return embedding * 2",
    "a local variable of a method": "class A:\n    def f(self, x):\n        embedding = x\n        return embedding\ndef step(x): return A().f(x)",
    "a variable of the function around": "def step(x):\n    embedding = x\n    def inner(): return embedding\n    return inner()",
    "an own helper": "def gru_cell(x): return x + 1\ndef step(x): return gru_cell(x)",
    "another task's code": "def other(x): return torch.gru_cell(x)\ndef step(x): return x",
    "an own method": "class Gates:\n    def gru_cell(self, x): return x\ndef step(x): return Gates().gru_cell(x)",
    "an own method that calls another": "class A:\n    def gru_cell(self, x): return x\n    def f(self, x): return self.gru_cell(x)\ndef step(x): return A().f(x)",
    "an own static method": "class A:\n    @staticmethod\n    def embedding(x): return x\ndef step(x): return A.embedding(x)",
    "a helper of a helper module": "import tools\ndef step(x): return tools.gru_cell(x)\ndef gru_cell(x): return x",
    "a helper imported from a helper module": "from tools import gru_cell\ndef step(x): return gru_cell(x)\ndef gru_cell(x): return x",
    "an own helper that is compiled": "def _step(x): return x\ngru_cell = torch.jit.script(_step)\ndef step(x): return gru_cell(x)",
    "an own lambda": "gru_cell = lambda x: x + 1\ndef step(x): return gru_cell(x)",
    "a constant of a class": "class Gates(IntEnum):\n    RNN = 1\n    GRUCell = 3\ndef step(x): return Gates.GRUCell * x",
    "a field": "class State(NamedTuple):\n    embedding: Tensor\ndef step(x): return State(x).embedding",
    "constants in one line": "RNN, GRUCell = 'RNN', 'GRUCell'\ndef step(x): return {RNN: 1, GRUCell: 3}[x]",
    "a function in the function": "def step(x):\n    def gru_cell(act, m): return act(m)\n    return gru_cell(torch.tanh, x)",
    "a function in the function, spelled like an experiment": "gru = nn.GRUCell(3, 4)\ndef step(x):\n    def gru(act, m): return act(m)\n    return gru(torch.tanh, x)",
    "a parameter of a lambda": "a = nn.GRUCell(3, 4)(x)\nsig = lambda a: 1 / (1 + torch.exp(-a))\ndef step(x): return sig(x)",
    "a variable of a comprehension": "w = nn.GRUCell(3, 4)(x)\ndef step(x): return [w + 1 for w in x]",
    "an attribute spelled like an experiment": "out, (h, c) = nn.GRUCell(3, 4)(x)\ndef step(s): return s.h + s.c",
    "a function of PyTorch spelled like an experiment": "import torch\ntanh = torch.nn.GRUCell(3, 4)\ndef step(x): return torch.tanh(x)",
    "a table of both results": "theirs = torch.gru_cell(x)\ndef step(x): return x\nrows = [('torch', theirs), ('step', step(x))]",
    "a comparison with PyTorch": "import torch\ndef step(x): return torch.tanh(x)\ntorch.testing.assert_close(step(x), torch.gru_cell(x))",
    "a call with PyTorch's weights": "def step(x, *w): return torch.tanh(x)\nstep(x, *torch.nn.GRUCell(3, 4).parameters())\nprint(step(x), torch.gru_cell(x))",
    "an activation looked up by a text": "import torch\ndef step(x): return getattr(torch, 'tanh')(x)",
    "an own attribute looked up by a text": "class A:\n    def f(self, x): return getattr(self, 'bias', x)\ndef step(x): return A().f(x)",
}
ACTIVATIONS = {
    "of nn": "from torch import nn\nclass A:\n    def f(self, x): return getattr(nn.functional, self.nonlinearity)(x)\ndef step(x): return A().f(x)",
    "of torch": "import torch\ndef step(x, kind='tanh'): return getattr(torch.nn.functional, kind)(x)",
    "under another name": "import torch.nn.functional as F\ndef step(x, kind='tanh'): return getattr(F, kind)(x)",
    "imported from nn": "from torch.nn import functional as F\ndef step(x, kind='tanh'): return getattr(F, kind)(x)",
    "imported by its own name": "from torch.nn import functional\ndef step(x, kind='tanh'): return getattr(functional, kind)(x)",
}


@pytest.mark.parametrize("source", FLAGGED.values(), ids=FLAGGED.keys())
def test_what_a_task_asks_to_do_without_is_flagged(source: str) -> None:
    assert flags([source], NAMES)


@pytest.mark.parametrize("source", HONEST.values(), ids=HONEST.keys())
def test_a_learners_own_names_are_not_flagged(source: str) -> None:
    assert flags([source], NAMES) == []


@pytest.mark.parametrize("source", ACTIVATIONS.values(), ids=ACTIVATIONS.keys())
def test_an_activation_looked_up_in_functional_is_flagged_only_where_functional_has_what_is_asked_for(source: str) -> None:
    assert flags([source], {"step": ("gru_cell", "_VF")}) == []
    assert flags([source], NAMES)


INVISIBLE = {
    "turns the direction of a comment": "x = 1 # \u202e } \u2066 if admin",
    "has a name with a character without width": "a\u200bb = 1",
    "is plain": "x = 1",
    "has accents, an emoji that is joined, and a mark at its start": "\ufeffprénom = '\U0001f468\u200d\U0001f4bb'",
}


@pytest.mark.parametrize(
    ("source", "flagged"), list(zip(INVISIBLE.values(), (True, True, False, False), strict=True)), ids=INVISIBLE
)
def test_characters_that_nobody_sees_are_flagged(source: str, flagged: bool) -> None:
    found = flags([source], {})
    assert bool(found) == flagged
    assert all("invisible" in flag.text and flag.task is None for flag in found)


REACHING = {
    "an object found in memory": "import gc\nrunner = [thing for thing in gc.get_objects() if type(thing).__name__ == 'Runner'][0]",
    "a frame": "import sys\nsys._getframe(3).f_globals['_same'] = lambda a, b: True",
    "a frame under another name": "from sys import _getframe as frame\nframe(3)",
    "a frame of a traceback": "try: 1 / 0\nexcept Exception as error: error.__traceback__.tb_frame.f_back",
    "an import of ours": "import autograder.child.runner as r\nr._same = lambda a, b: True",
    "an import of a part of ours": "from autograder.child import runner",
    "a module of ours": "import sys\nsys.modules['autograder.child.runner']._same = lambda a, b: True",
    "every module": "import sys\nfor m in list(sys.modules.values()): m._same = lambda a, b: True",
    "a tracing function": "import sys\nsys.settrace(print)",
}


@pytest.mark.parametrize("source", REACHING.values(), ids=REACHING.keys())
def test_code_that_looks_into_the_process_around_it_is_flagged(source: str) -> None:
    found = flags(["x = 1", source], {})
    assert [flag for flag in found if flag.task is None and "looks into the process" in flag.text]


COLAB = "import sys\nif 'google.colab' in sys.modules: print('the autograder runs elsewhere')\nstack = torch.stack([x])"


def test_a_look_whether_a_module_is_there_is_not_flagged() -> None:
    assert flags([COLAB], {}) == []


@pytest.mark.parametrize("line", ["files = !ls", "!ls", "if True:\n    !ls", "nn.GRUCell?", "?nn.GRUCell", "a, b = %time 1, 2"])
def test_a_notebooks_command_beside_a_stub_does_not_mix_it_up_with_another_cell(line: str) -> None:
    model = "def other(x): return step(nn.GRUCell(3, 4)(x))"
    assert flags([f"{line}\ndef step(x): return x", model], NAMES) == []
    assert flags([f"{line}\ndef step(x): return nn.GRUCell(3, 4)(x)", model], NAMES)
