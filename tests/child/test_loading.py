"""Correct work loads as on a learner's machine, whatever else its code does. Each text asserts what it needs."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator

import pytest

from autograder.child.runner import describe_error
from autograder.protocol import requests
from autograder.sandbox import Sandbox

Load = Callable[..., dict]


@pytest.fixture(scope="module", params=["off", "required"], ids=["without bubblewrap", "with bubblewrap"])
def load(request: pytest.FixtureRequest, bubblewrap_works: bool) -> Iterator[Load]:
    """load("module" or "notebook", *texts, **helpers) -> the reply of the ordinary runner, and what was printed."""
    if request.param == "required" and not bubblewrap_works:
        pytest.skip("needs bubblewrap: apt-get install bubblewrap")
    with Sandbox(bubblewrap=request.param) as sandbox:

        def ask(kind: str, *texts: str, **helpers: str) -> dict:
            request = requests.Load(kind, "answers", texts, helpers, ["done"])
            with sandbox.child(0) as child:
                reply = child.request(*request.to_wire())[0]
            return {"reply": reply, "printed": child.output.decode()}

        yield ask


LOADED = {"ok": {"skipped": [], "missing": []}}
DONE = "\ndone = True"

MODULES = {
    "does nothing unusual": "",
    "has characters that only str.splitlines takes for the end of a line": (
        "x = 'a\u2028b\x85c'\n\x0c\ndef f():\n    return 1\n"
        "import inspect\nassert inspect.getsource(f) == 'def f():\\n    return 1\\n'"
    ),
    "looks at its annotations": "def f(x: int) -> str: ...\nassert f.__annotations__ == {'x': int, 'return': str}",
    "asks IPython for the shell": "from IPython import get_ipython\nget_ipython().run_line_magic('matplotlib', 'inline')",
    "is a notebook exported by nbconvert": (
        "get_ipython().run_line_magic('load_ext', 'autoreload')\nget_ipython().system('pip install torch')\n"
        "get_ipython().run_cell_magic('time', '', 'def f():\\n    return 1\\n')\nassert f() == 1\ndisplay(f())"
    ),
    "asks whether it is in a notebook": (
        "shell = get_ipython()\nassert 'IPKernelApp' not in shell.config\nshell.events.register('post_execute', print)"
    ),
    "wants a window for its plots": (
        "import matplotlib\nmatplotlib.use('TkAgg')\nimport matplotlib.pyplot as plt\nplt.switch_backend('QtAgg')\n"
        "plt.ion()\nplt.plot([1, 2])\nplt.show()\nassert matplotlib.get_backend().lower() == 'agg'"
    ),
    "sets up its output": (
        "import sys\nsys.stdout.reconfigure(encoding='utf-8', line_buffering=True)\nsys.stderr.reconfigure(errors='replace')"
    ),
    "throws output away": (
        "import contextlib, os\nwith open(os.devnull, 'w') as f, contextlib.redirect_stdout(f): print('hidden')\n"
        "os.write(os.open(os.devnull, os.O_RDWR | os.O_TRUNC), b'x')"
    ),
    "compiles a model": (
        "import torch\ncompiled = torch.compile(torch.nn.Linear(3, 2), backend='eager')\n"
        "assert compiled(torch.zeros(4, 3)).shape == (4, 2)"
    ),
    "configures the compiler": (
        "import torch._dynamo.config as config\nfrom torch._dynamo import convert_frame\nassert convert_frame.config is config"
    ),
    "switches the compiler off": "import torch\n@torch.compiler.disable(recursive=False)\ndef f(): return 1\nassert f() == 1",
    "saves a figure": "import matplotlib.pyplot as plt\nplt.plot([1, 2]); plt.savefig('loss.png'); plt.savefig('loss.pdf')",
    "saves and loads a checkpoint": (
        "import os, torch\nfrom pathlib import Path\nmodel = torch.nn.Linear(2, 2)\nos.makedirs('out/best', exist_ok=True)\n"
        "torch.save(model.state_dict(), 'm.pt')\nassert os.path.getsize('m.pt') > 100\n"
        "torch.save(obj=model.state_dict(), f=Path('out/best') / 'm.pt')\n"
        "model.load_state_dict(torch.load(Path('out/best/m.pt').resolve()))\nos.remove('m.pt')\nassert not os.path.exists('m.pt')"
    ),
    "saves and loads arrays": (
        "import numpy as np\nnp.save('a.npy', np.arange(3))\nnp.savez('b.npz', x=np.ones(2))\nnp.savetxt('c.txt', np.eye(2))\n"
        "assert np.load('a.npy').sum() == 3 and open('c.txt').read().count('1.0') == 2 and np.load('b.npz')['x'].sum() == 2"
    ),
    "writes and reads text": (
        "from pathlib import Path\nwith open('log.txt', 'w', encoding='utf-8') as f: f.write('é\\n')\n"
        "with open('log.txt', 'a') as f: f.write('b\\n')\nassert open('log.txt').read() == 'é\\nb\\n'\n"
        "Path('figures').mkdir(parents=True, exist_ok=True)\nPath('figures/x').write_text('y')\n"
        "assert Path('figures/x').read_text() == 'y' and Path('figures').is_dir()"
    ),
    "logs to a file": "import logging\nlogging.basicConfig(filename='train.log', level=20)\nlogging.info('epoch 1')",
    "uses temporary files": (
        "import os, tempfile\nassert os.path.isdir(tempfile.mkdtemp())\n"
        "with tempfile.TemporaryDirectory() as d: open(d + '/x', 'w').close()\n"
        "with tempfile.NamedTemporaryFile('w', suffix='.txt') as f:\n    f.write('a'); f.flush()\n"
        "    assert open(f.name).read() == 'a'\n"
        "with tempfile.TemporaryFile() as f: f.write(b'a')"
    ),
    "can really write to nothing but /dev/null": (
        "import os\nopen('new', 'a').close()\nfor path in ('/dev/zero', '/tmp/new', 'new', os.__file__):\n"
        "    for write in (lambda: os.open(path, os.O_WRONLY | os.O_CREAT), lambda: path == 'new' or open(path, 'a')):\n"
        "        try: done = write()\n        except OSError: continue\n        assert done is True, path"
    ),
    "misses a file": (
        "import os\nfor mode in ('r', 'rb', 'r+'):\n    try: open('no.txt', mode)\n"
        "    except FileNotFoundError as e: assert e.errno == 2\n    else: assert False\nassert not os.path.exists('no.txt')\n"
        "try: open('/etc/shadow')\nexcept OSError: pass\nelse: assert False"
    ),
}  # fmt: skip

NOTEBOOKS = {
    "pastes from a session": ("In [1]: size = 4\nIn [2]: assert size == 4", "In [3]: assert size == 4", ">>> assert size == 4"),
    "times cells that hold magics": (
        "%%capture out\n!pip install torch\n%matplotlib inline\nx = 1",
        "out.show()\nassert x == 1 and out.stdout == ''",
        "%%time\n%%capture\n!ls\nimport inspect\ndef f():\n    return 1",
        "assert inspect.getsource(f) == 'def f():\\n    return 1'",
        "%%timeit -n 3 -r 1 y = 2\ny + 1",
    ),
    "gives options to its timing": (
        "def f(*_): return 3\n%timeit -n 1 -r 1 f()\n%timeit -n1 -r1 -q f(1, 2)\n%prun -l 5 f()\n%prun -s cumulative -q f()\n"
        "%timeit f(\n%timeit -n 1 0 / 0\ny = %time f()\nassert y == 3\nt = %timeit -o f()\nassert t.average > 0\n%time z = -f()\n"
        "assert z == -3",
        "def g(local):\n    %time f(local)\n    return 4\nassert g(1) == 4",
    ),
    "asks IPython for the shell": (
        "from IPython import get_ipython as a\nfrom IPython.core.getipython import get_ipython as b\n"
        "for ask in (a, b, get_ipython): ask().run_line_magic('matplotlib', 'inline')\n"
        "import matplotlib.pyplot as plt; plt.ion(); plt.ioff()",
    ),
    "looks at its annotations": (
        "def f(x: int): ...\nassert f.__annotations__['x'] is int",
        "%%time\ndef g(x: int): ...\nassert g.__annotations__['x'] is int",
    ),
}  # fmt: skip


@pytest.mark.parametrize("text", MODULES.values(), ids=MODULES.keys())
def test_a_module_loads(load: Load, text: str) -> None:
    assert load("module", text + DONE)["reply"] == LOADED


@pytest.mark.parametrize("cells", NOTEBOOKS.values(), ids=NOTEBOOKS.keys())
def test_every_cell_of_a_notebook_runs(load: Load, cells: tuple[str, ...]) -> None:
    assert load("notebook", *cells, DONE)["reply"] == LOADED


def test_a_helper_has_its_own_annotations_and_magics(load: Load) -> None:
    helper = "def f(x: int): ...\nget_ipython().run_cell_magic('time', '', 'y = 1')\n"
    text = "import mine\nassert mine.f.__annotations__['x'] is int and mine.y == 1"
    assert load("module", text + DONE, mine=helper)["reply"] == LOADED


def test_what_is_printed_at_top_level_goes_nowhere(load: Load) -> None:
    text = "import os, sys\nfor _ in range(200_000): print('12345678')\nos.write(1, b'out')\nprint('é', file=sys.stderr)"
    loaded = load("module", text + DONE)
    assert loaded["reply"] == LOADED
    assert loaded["printed"] == ""


HABITS = {  # text, the lines that are skipped
    "goes where it lies": ("import os\nos.chdir(os.path.dirname(os.path.abspath(__file__)))\nos.chdir('.')", []),
    "lists its folder": ("import os\nassert os.listdir('.') == ['answers.py'] == os.listdir()", []),
    "reads itself": ("assert open(__file__).read().startswith('assert')", []),
    "renames and touches": (
        "import os\nfrom pathlib import Path\nPath('a').touch()\nos.rename('a', 'b')\nassert os.path.exists('b')",
        [],
    ),
    "misses a data file": ("x = 1\ntext = open('data.txt').read()\nassert x == 1", [2]),
    "leaves": ("exit()\nquit()\nimport sys; sys.exit(0); x = 1\nassert x == 1\nraise KeyboardInterrupt", [1, 2, 3, 5]),
    "asks": ("name = input('name? ')", [1]),
    "loads data in workers": (
        "import torch\nfrom torch.utils.data import DataLoader\nfor b in DataLoader(torch.zeros(4, 2), num_workers=2): pass",
        [3],
    ),
    "runs pytest": ("import pytest\npytest.main(['-q'])\nx = 1\nassert x == 1", None),
    "imports what is not here": ("import math, nothere.sub as n\nfrom nowhere import a, b as c\nassert math.pi\nc(1)", [1, 2, 4]),
    "does without": ("try:\n    import nothere\nexcept ImportError:\n    nothere = None\nassert nothere is None", []),
    "asks for a GPU by name": ("import torch\nprint(torch.cuda.get_device_name(0))", [2]),
    "trains for ever": ("while True: pass\nx = 1\nassert x == 1", [1]),
    "sleeps for ever": ("import time\ntime.sleep(100)", [2]),
    "keeps its annotations": (
        "from __future__ import annotations\n1 / 0\ndef f(x: Nothing): ...\nassert f.__annotations__ == {'x': 'Nothing'}",
        [2],
    ),
    "has a class that fails": ("class A:\n    x = 1 / 0\nclass B: pass", [1]),
}


@pytest.mark.parametrize(("text", "lines"), HABITS.values(), ids=HABITS.keys())
def test_a_habit_costs_its_own_statement(load: Load, text: str, lines: list[int] | None) -> None:
    reply = load("module", text + DONE)["reply"]
    assert reply["ok"]["missing"] == []
    if lines is not None:
        assert [line for _, line, *_ in reply["ok"]["skipped"]] == lines, reply


CELL_HABITS = {
    "awaits": ("async def f(): return 3\nx = await f()\nassert x == 3",),
    "writes a helper": (
        "%%writefile mine.py\ndef f(): return 1",
        "from mine import f\nassert f() == 1",
        "%run mine.py\nassert f() == 1",
    ),
    "writes a helper by hand": ("open('own.py', 'w').write('y = 2')\nimport own\nassert own.y == 2",),
    "looks at its history": ("assert In[1] and Out == {} and _ == ''\nwhere = %pwd\nassert where",),
}


@pytest.mark.parametrize("cells", CELL_HABITS.values(), ids=CELL_HABITS.keys())
def test_a_notebook_habit_works(load: Load, cells: tuple[str, ...]) -> None:
    assert load("notebook", *cells, DONE)["reply"] == LOADED


def test_a_line_that_cannot_run_costs_no_other_line_of_its_cell(load: Load) -> None:
    reply = load(
        "notebook", "gpu = !nvidia-smi\ngpu[0]\nfrom google.colab import files\ndef f(): return 1", "assert f() == 1" + DONE
    )["reply"]
    assert [place for place, *_ in reply["ok"]["skipped"]] == ["cell 1", "cell 1"]
    assert reply["ok"]["missing"] == []


def test_an_error_below_a_cell_magic_is_at_its_line(load: Load) -> None:
    reply = load("notebook", "%%time\n!ls\n1 / 0", DONE)["reply"]
    assert [(error["place"], error["line"]) for _, _, error, *_ in reply["ok"]["skipped"]] == [("cell 1", 3)]


def test_a_loop_without_end_in_a_timing_is_still_stopped(load: Load) -> None:
    reply = load("notebook", "def f():\n    while True: pass\n%timeit f()\nlost = 1", DONE)["reply"]
    assert [(error["type"], timed_out) for _, _, error, timed_out, _ in reply["ok"]["skipped"]] == [("TimeoutError", True)]


class UnknownChar(KeyError, ValueError):
    """As a learner may define it."""


ERRORS = {
    "its own error, ValueError as the second base": (UnknownChar("x"), "ValueError"),
    "a kind of ValueError": (UnicodeEncodeError("ascii", "é", 0, 1, "no"), "ValueError"),
    "a library's kind of ValueError": (json.JSONDecodeError("no", "", 0), "ValueError"),
    "not a ValueError": (KeyError("x"), "KeyError"),
    "not written yet": (NotImplementedError(), "NotImplementedError"),
    "leaves": (SystemExit(1), "SystemExit"),
}


@pytest.mark.parametrize(("error", "wanted"), ERRORS.values(), ids=ERRORS.keys())
def test_an_error_goes_by_the_name_the_tasks_ask_for(error: BaseException, wanted: str) -> None:
    assert describe_error(error).type == wanted
