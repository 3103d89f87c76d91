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
import types
from collections.abc import Mapping, Sequence
from contextlib import contextmanager
from typing import Any

CELL_SECONDS = 5  # a learner's own experiment that never ends costs this cell, not the tasks


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


def _without_ipytest() -> None:
    """Stand in for ipytest: the visible checks belong to the learner's own machine and are not run here."""
    stand_in = types.ModuleType("ipytest")
    stand_in.__getattr__ = lambda name: lambda *args, **kwargs: None
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


def load_notebook(cells: Sequence[str], helpers: Mapping[str, str]) -> tuple[dict[str, Any], list[tuple[int, BaseException]]]:
    """Run the code cells in order; return the namespace and the cells that raised, counted from 1."""
    from IPython.core.interactiveshell import InteractiveShell

    _without_ipytest()
    sys.meta_path.append(_Helpers(helpers))
    module = types.ModuleType("__main__")  # what a notebook's own code sees as its name
    shell = InteractiveShell(user_module=module, user_ns=module.__dict__)
    sys.modules["__main__"] = module
    shell.register_magic_function(lambda *_: None, "cell", "ipytest")
    failures: list[tuple[int, BaseException]] = []
    for number, cell in enumerate(cells, 1):
        shell.compile.get_code_name = lambda *_, n=number: f"cell {n}"
        error = _run_cell(shell, cell)
        if error is not None:
            failures.append((number, error))
    return module.__dict__, failures


def _run_cell(shell: Any, cell: str) -> BaseException | None:
    try:
        with _time_limit(CELL_SECONDS):
            result = shell.run_cell(cell, store_history=False)
        return result.error_before_exec or result.error_in_exec
    except BaseException as error:  # a learner's cell may raise anything, SystemExit included
        return error


@contextmanager
def _time_limit(seconds: int) -> Any:
    """Interrupt Python code that uses more processor time than this; the limits of the process stand behind it."""

    def interrupt(*_: Any) -> None:
        raise TimeoutError(f"this cell was stopped after {seconds} s of computing")

    previous = signal.signal(signal.SIGPROF, interrupt)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, previous)
