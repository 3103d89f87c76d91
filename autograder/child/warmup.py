"""What the zygote does before it serves: import everything that honest submissions use, and run what torch loads lazily.

Each module is imported once and shared by every child. Only one thread may run: a fork after OpenMP has used two threads hangs.
"""

from __future__ import annotations

import importlib
import os
import shutil
import sys
import tempfile
import types
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

# The environment of the zygote and of each child.
ENVIRONMENT = {
    "HOME": "/nonexistent",
    "IPYTHONDIR": "/nonexistent",
    "LANG": "C.UTF-8",
    "LOGNAME": "student",
    "MKL_NUM_THREADS": "1",
    "MPLBACKEND": "Agg",
    "MPLCONFIGDIR": "/nonexistent",
    "NUMEXPR_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "PATH": "/nonexistent",
    "PYTHONDONTWRITEBYTECODE": "1",
    "TMPDIR": "/tmp",
    "USER": "student",
}
# For the zygote only: malloc uses huge pages, as Python's own objects do (see memory_layout.py).
ZYGOTE_ENVIRONMENT = ENVIRONMENT | {"GLIBC_TUNABLES": "glibc.malloc.hugetlb=1", "PYTHONHASHSEED": "0"}
NOTEBOOK_MODULES = """
    IPython.core.application IPython.core.completer IPython.core.completerlib IPython.core.interactiveshell
    IPython.core.logger IPython.core.magic_arguments IPython.core.magics IPython.core.magics.ast_mod
    IPython.core.magics.execution IPython.core.magics.pylab IPython.core.oinspect IPython.core.profiledir
    IPython.core.pylabtools IPython.display IPython.utils.contexts IPython.utils.module_paths IPython.utils.timing
    matplotlib_inline.backend_inline pexpect pygments.formatters.html pygments.formatters.terminal256
    pygments.lexers.python pygments.styles stack_data
""".split()


def _import_plotting() -> None:
    """Import matplotlib and draw once, with a temporary configuration folder, which it needs to build its font list."""
    folder = tempfile.mkdtemp(prefix="zygote-")
    os.environ["MPLCONFIGDIR"] = folder
    try:
        import io

        import matplotlib.backends.backend_agg  # noqa: F401
        import matplotlib.pyplot as plt

        figure = plt.figure()
        figure.add_subplot().plot([0, 1])
        figure.savefig(io.BytesIO(), format="png")
        plt.close(figure)
    finally:
        os.environ["MPLCONFIGDIR"] = ENVIRONMENT["MPLCONFIGDIR"]
        shutil.rmtree(folder, ignore_errors=True)


class _Compiler(types.ModuleType):
    """Takes the place of torch._dynamo until more than the two functions that every optimizer calls is used."""

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__") and name != "__path__":  # looked up on any module
            raise AttributeError(name)
        return getattr(import_dynamo(), name)

    @staticmethod
    def graph_break(msg: str = "") -> None:
        """Do nothing, as the original outside of compiled code."""

    @staticmethod
    def disable(fn: Any = None, *args: Any, **kwargs: Any) -> Any:
        """Return the function itself, since nothing is compiled. A call without a function does not come from an optimizer."""
        return import_dynamo().disable(fn, *args, **kwargs) if fn is None else fn


def import_dynamo() -> types.ModuleType:
    """The real torch._dynamo."""
    if isinstance(sys.modules.get("torch._dynamo"), _Compiler):
        del sys.modules["torch._dynamo"]
    return importlib.import_module("torch._dynamo")


def defer_dynamo_import() -> None:
    """Keep the first optimizer from importing torch.compile's machinery: 1 s and 40 MB, of which training uses one module."""
    import torch

    if "torch._dynamo" not in sys.modules:
        sys.modules["torch._dynamo"] = torch._dynamo = _Compiler("torch._dynamo")
    import torch.fx.experimental.symbolic_shapes


def _import_libraries() -> None:
    import collections.abc  # noqa: F401
    import unittest.mock  # noqa: F401

    import numpy.random  # noqa: F401
    import torch.nn.utils.rnn
    import torch.optim.lr_scheduler
    import torch.utils.data  # noqa: F401


def _import_notebook() -> None:
    """Import what an IPython shell needs to start, run a cell and show a traceback. Only notebooks need it."""
    for name in NOTEBOOK_MODULES:
        try:
            importlib.import_module(name)
        except ImportError:
            continue  # the runner reports it when it gets a notebook


def _train_once() -> None:
    """Run one step of everything that a course on recurrent networks uses, so that no child pays for a first call."""
    import torch
    import torch.nn.functional as F

    from .operators import operators_in

    torch.manual_seed(0)  # its first call imports the accelerators' modules
    tokens = torch.randint(0, 5, (2, 3))  # (batch, seq_len)
    embedding = torch.nn.Embedding(5, 4)
    lstm, gru, rnn = (kind(4, 4, batch_first=True) for kind in (torch.nn.LSTM, torch.nn.GRU, torch.nn.RNN))
    head = torch.nn.Linear(4, 5)
    modules = torch.nn.ModuleList([embedding, lstm, gru, rnn, head])
    optimizer = torch.optim.Adam(modules.parameters())
    x = embedding(tokens)  # (batch, seq_len, 4)
    logits = head(lstm(x)[0] + gru(x)[0] + rnn(x)[0])  # (batch, seq_len, 5)
    loss = F.cross_entropy(logits.flatten(0, 1), tokens.flatten())
    loss = loss + torch.einsum("bsd,bsd->", x, x) * F.one_hot(tokens, 5).sum()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(modules.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad()
    torch.optim.SGD(head.parameters(), lr=0.1, momentum=0.9).step()
    torch.allclose(torch.sigmoid(x), torch.tanh(x))
    torch.multinomial(torch.softmax(logits[:, -1], -1), 1)
    repr(logits)
    operators_in(lambda: torch.tanh(logits), ())


@contextmanager
def _once_for_all_children() -> Iterator[None]:
    """Run the libraries' after-fork hooks once, here, instead of in each child.

    They renew locks, which no thread of ours can hold at a fork, and drop what does not survive one, such as matplotlib's
    open font files. They caused a third of the pages that a child copied before it could do anything.
    """
    register, wanted = os.register_at_fork, []
    os.register_at_fork = lambda **hooks: wanted.append(hooks.get("after_in_child"))
    try:
        yield
    finally:
        os.register_at_fork = register
    for hook in filter(None, wanted):
        hook()


def warm_up() -> None:
    """Import and exercise the libraries, on one thread and without oneDNN, which compiles a kernel for each new shape."""
    with _once_for_all_children():
        import torch

        torch.set_num_threads(1)
        torch.backends.mkldnn.enabled = False
        defer_dynamo_import()
        _import_libraries()
        _import_plotting()
        _import_notebook()
        _train_once()
