"""Load a submission into a fresh module namespace: a Python module, or a notebook's code cells through IPython.

A module that raises while it is imported is not loaded. A notebook goes on after a cell that raises, as Jupyter does for
the person who runs the cells one by one; what raised is remembered and reported when a name is missing.

What a submission finds on a learner's machine and not here has a stand-in, put in place just before its first line runs:
ipytest, the notebook's shell, a screen for its plots, a disk (see memory_files.py). A stand-in is a courtesy, no protection.
"""

from __future__ import annotations

import builtins
import importlib.abc
import importlib.machinery
import importlib.util
import linecache
import re
import signal
import sys
import time
import types
from collections.abc import Iterable, Mapping, Sequence
from contextlib import contextmanager, suppress
from types import CodeType
from typing import Any

from . import memory_files, warmup

TIMING = ("time", "timeit", "capture", "prun")
EXPERIMENTS = ("timeit", "prun")  # they measure and define nothing
OPTIONS = re.compile(r"\s*((-[a-zA-Z]*[nrpv]\s*\d+|-[lsDT]\s*\S+|-[a-zA-Z]+|--[\w-]+)\s+)*")  # as in -n 1 -r1 -qo -s cumulative
PROMPT = re.compile(r"^\s*In ?\[\d+\]:", re.MULTILINE)  # pasted from a session: Python would take it for an annotation
MEASURED = types.SimpleNamespace(average=1.0, best=1.0, worst=1.0, stdev=0.0, all_runs=[1.0], timings=[1.0], loops=1, repeat=1)
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
        run_text(source, filename, module.__dict__)


def run_text(text: str, filename: str, namespace: dict[str, Any]) -> None:
    """Without the `from __future__` of this file, which would turn a learner's annotations into strings."""
    exec(compile(text, filename, "exec", dont_inherit=True), namespace)


def _value(text: str, namespace: dict[str, Any], local: Mapping[str, Any]) -> Any:
    """Run one line of a magic; its value if it is an expression."""
    try:
        code = compile(text, "<magic>", "eval", dont_inherit=True)
    except SyntaxError:
        code = compile(text, "<magic>", "exec", dont_inherit=True)
    return eval(code, namespace, local)


def remember_source(filename: str, source: str) -> None:
    """Let tracebacks and `inspect.getsource` find text that was never a file."""
    linecache.cache[filename] = (len(source), None, source.splitlines(True), filename)


class _Nothing:
    """Has every attribute and takes every call, and does nothing."""

    def __call__(self, *_: Any, **__: Any) -> None:
        return None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what Python itself asks
            raise AttributeError(name)
        return NOTHING


NOTHING = _Nothing()
CAPTURED = types.SimpleNamespace(stdout="", stderr="", outputs=[], show=NOTHING)


class _Shell(_Nothing):
    """What a notebook's `%` and `!` lines talk to here: it takes every request and does nothing.

    Only `%time` and `%%time` and their like have an effect, because they carry code of the learner's. It runs once, in the
    scope of the line that asks for it.
    """

    config: Mapping[str, Any] = {}  # libraries look here for the kernel of a notebook

    def run_line_magic(self, name: str, line: str, *_: Any) -> Any:
        if name not in TIMING:
            return None
        caller = sys._getframe(1)
        try:
            value = _value(_python(OPTIONS.sub("", line, 1)), caller.f_globals, caller.f_locals)
        except TimeoutError:  # the cell's own limit
            raise
        except Exception:
            if name not in EXPERIMENTS:
                raise
        return MEASURED if name in EXPERIMENTS else value

    def run_cell_magic(self, name: str, line: str, cell: str) -> None:
        if name not in TIMING:
            return
        caller = sys._getframe(1)
        if name in EXPERIMENTS:
            run_text(_python(OPTIONS.sub("", line + " ", 1)), "<magic>", caller.f_globals)
        if name == "capture":
            caller.f_globals.update({word: CAPTURED for word in line.split() if word.isidentifier()})
        run_text(*_placed(cell, caller.f_code.co_filename), caller.f_globals)

    def getoutput(self, *_: Any, **__: Any) -> list[str]:
        return []


def _python(cell: str) -> str:
    """The Python text that a cell with `%`, `!` and `?` lines stands for."""
    from IPython.core.inputtransformer2 import TransformerManager

    return TransformerManager().transform_cell(cell)


def _code(cell: str, filename: str) -> CodeType:
    """Most cells are plain Python, and IPython takes three times as long as the compiler to see that."""
    if not PROMPT.search(cell):
        with suppress(SyntaxError):
            return compile(cell, filename, "exec", dont_inherit=True)
    return compile(_python(cell), filename, "exec", dont_inherit=True)


def _placed(body: str, filename: str) -> tuple[str, str]:
    """A cell magic's body as Python, at the lines it has in its cell, so that errors and `inspect.getsource` find them."""
    whole, lines = [line.rstrip("\n") for line in linecache.getlines(filename)], body.splitlines()
    if lines and whole[-len(lines) :] == lines:
        return "\n" * (len(whole) - len(lines)) + _python(body), filename
    return _python(body), "<magic>"


def _stand_in(texts: Iterable[str]) -> None:
    """Put something harmless in place of what is not here. texts: the submission's, which say what it needs."""
    for name in ("checks", "ipytest"):  # the visible checks belong to the learner's own machine and are not run here
        module = types.ModuleType(name)
        module.__getattr__ = NOTHING.__getattr__
        sys.modules[name] = module
    shell = _Shell()
    builtins.display = NOTHING
    for place in (builtins, sys.modules.get("IPython"), sys.modules.get("IPython.core.getipython")):
        if place is not None:
            place.get_ipython = lambda: shell
    for name, choice in (("matplotlib", "use"), ("matplotlib.pyplot", "switch_backend")):
        if name in sys.modules:  # the warm server has chosen Agg, and there is no screen for another
            setattr(sys.modules[name], choice, NOTHING)
    memory_files.install()
    if any(word in text for text in texts for word in ("torch.comp", "_dynamo")):
        warmup.import_dynamo()


def load_module(name: str, source: str, helpers: Mapping[str, str]) -> dict[str, Any]:
    """Run `source` as module `name` and return its namespace. Raises what the source raises."""
    _stand_in([source, *helpers.values()])
    module = types.ModuleType(name)
    module.__file__ = f"{name}.py"
    sys.modules[name] = module
    sys.meta_path.append(_Helpers(helpers))
    remember_source(module.__file__, source)
    run_text(source, module.__file__, module.__dict__)
    return module.__dict__


def load_notebook(cells: Sequence[str], helpers: Mapping[str, str]) -> tuple[dict[str, Any], list[tuple[int, BaseException]]]:
    """Run the code cells in order; return the namespace and the cells that raised, counted from 1."""
    _stand_in([*cells, *helpers.values()])
    sys.meta_path.append(_Helpers(helpers))
    module = types.ModuleType("__main__")  # what a notebook's own code sees as its name
    sys.modules["__main__"] = module
    namespace = module.__dict__
    failures: list[tuple[int, BaseException]] = []
    start = time.process_time()
    for number, cell in enumerate(cells, 1):
        remember_source(f"cell {number}", cell)
        try:
            with _time_limit(max(CELL_SECONDS, CELLS_SECONDS - (time.process_time() - start))):
                exec(_code(cell, f"cell {number}"), namespace)
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
