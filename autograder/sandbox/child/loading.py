"""Load a submission into a fresh module namespace: a Python module, or a notebook's code cells through IPython.

A module that raises while it is imported is not loaded. A notebook goes on after a cell that raises, as Jupyter does for
the person who runs the cells one by one; what raised is remembered and reported when a name is missing.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import linecache
import signal
import sys
import time
import types
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from typing import Any

TIMING = ("time", "timeit", "capture", "prun")
CELLS_SECONDS = 4.0  # for all cells together: a learner's experiment that never ends costs itself, not the tasks
CELL_SECONDS = 0.5  # what every later cell still gets, enough for definitions


class _Helpers(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the other modules of the submission. It is asked last, so that a file named torch.py shadows nothing."""

    def __init__(self, sources: Mapping[str, str]) -> None:
        self.sources = sources

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        if fullname in self.sources:
            return importlib.machinery.ModuleSpec(fullname, self, origin=f"{fullname}.py")
        return None

    def exec_module(self, module: types.ModuleType) -> None:
        source, filename = self.sources[module.__name__], f"{module.__name__}.py"
        remember_source(filename, source)
        exec(compile(source, filename, "exec"), module.__dict__)


def remember_source(filename: str, source: str) -> None:
    """Let tracebacks and `inspect.getsource` find text that was never a file."""
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)


def _nothing(name: str) -> Any:
    if name.startswith("__"):  # what Python itself asks of a module
        raise AttributeError(name)
    return lambda *args, **kwargs: None


def _without_ipytest() -> None:
    """Stand in for ipytest: the visible checks belong to the learner's own machine and are not run here."""
    stand_in = types.ModuleType("ipytest")
    stand_in.__getattr__ = _nothing
    sys.modules["ipytest"] = stand_in


def load_module(name: str, source: str, helpers: Mapping[str, str]) -> dict[str, Any]:
    """Run `source` as module `name` and return its namespace. Raises what the source raises."""
    _without_ipytest()
    module = types.ModuleType(name)
    module.__file__ = f"{name}.py"
    sys.modules[name] = module
    sys.meta_path.append(_Helpers(helpers))
    remember_source(module.__file__, source)
    exec(compile(source, module.__file__, "exec"), module.__dict__)
    return module.__dict__


class _Shell:
    """What a notebook's `%` and `!` lines talk to here: it takes every request and does nothing.

    Only `%time` and `%%time` and their like have an effect, because they carry code of the learner's.
    """

    def __init__(self, namespace: dict[str, Any]) -> None:
        self.namespace = namespace

    def run_line_magic(self, name: str, line: str, *_: Any) -> None:
        if name in TIMING:
            exec(line, self.namespace)

    def run_cell_magic(self, name: str, line: str, cell: str) -> None:
        if name in TIMING:
            exec(cell, self.namespace)

    def getoutput(self, *_: Any, **__: Any) -> list[str]:
        return []

    def __getattr__(self, name: str) -> Any:
        return lambda *args, **kwargs: None


def load_notebook(cells: Sequence[str], helpers: Mapping[str, str]) -> tuple[dict[str, Any], list[tuple[int, BaseException]]]:
    """Run the code cells in order; return the namespace and the cells that raised, counted from 1."""
    from IPython.core.inputtransformer2 import TransformerManager

    _without_ipytest()
    sys.meta_path.append(_Helpers(helpers))
    module = types.ModuleType("__main__")  # what a notebook's own code sees as its name
    sys.modules["__main__"] = module
    namespace = module.__dict__
    shell = _Shell(namespace)
    namespace.update(get_ipython=lambda: shell, display=lambda *args, **kwargs: None)
    failures: list[tuple[int, BaseException]] = []
    start = time.process_time()
    for number, cell in enumerate(cells, 1):
        remember_source(f"cell {number}", cell)
        try:
            with _time_limit(max(CELL_SECONDS, CELLS_SECONDS - (time.process_time() - start))):
                exec(compile(TransformerManager().transform_cell(cell), f"cell {number}", "exec"), namespace)
        except BaseException as error:  # a learner's cell may raise anything, SystemExit included
            failures.append((number, error))
    return namespace, failures


@contextmanager
def _time_limit(seconds: float) -> Any:
    """Interrupt Python code that uses more processor time than this; the limits of the process stand behind it."""

    def interrupt(*_: Any) -> None:
        raise TimeoutError(f"this cell was stopped after {seconds:.1f} s of computing")

    previous = signal.signal(signal.SIGPROF, interrupt)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)
