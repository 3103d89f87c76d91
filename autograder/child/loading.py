"""Load a submission into a fresh module namespace: a Python module, or a notebook's code cells through IPython.

Both run like a notebook's cells (see statements.py): a failing statement is recorded, and reported when a name is missing.
shims.py provides what a learner's machine has and this one lacks. What is printed during loading is thrown away.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import os
import sys
import types
from collections.abc import Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from typing import Any

from . import memory_files, shims, streams
from .shims import remember_source
from .statements import Failure, TopLevel


class _Helpers(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the other modules of the submission. It is the last finder, so that a file named torch.py shadows nothing."""

    def __init__(self, top_level: TopLevel) -> None:
        self.top_level = top_level

    def find_spec(self, fullname: str, path: Any = None, target: Any = None) -> Any:
        if memory_files.text(f"{fullname}.py") is not None:
            return importlib.machinery.ModuleSpec(fullname, self, origin=f"{fullname}.py")
        return None

    def exec_module(self, module: types.ModuleType) -> None:
        filename = f"{module.__name__}.py"
        source = memory_files.text(filename)
        if source is None:
            raise ModuleNotFoundError(f"No module named {module.__name__!r}")
        module.__file__ = filename
        remember_source(filename, source)
        self.top_level.run(source, filename, module.__dict__)


Without = Collection[tuple[str, int, int]]  # the positions of statements to skip


def load_module(
    name: str, source: str, helpers: Mapping[str, str], without: Without = ()
) -> tuple[dict[str, Any], list[Failure]]:
    """Run `source` as module `name`; return its namespace and the failures. Raises SyntaxError when it is not Python."""
    top_level = _prepared({f"{name}.py": source}, helpers, without)
    module = types.ModuleType(name)
    module.__file__ = f"{name}.py"
    sys.modules[name] = module
    remember_source(module.__file__, source)
    with _silenced():
        _run_module(top_level, source, module.__file__, module.__dict__)
    return module.__dict__, top_level.failures


def _run_module(top_level: TopLevel, source: str, filename: str, namespace: dict[str, Any]) -> None:
    """Run a module. Colab's download of a notebook as .py keeps its `!` and `%` lines: they are run as in a notebook."""
    try:
        top_level.run(source, filename, namespace)
    except SyntaxError as error:
        if not shims.COMMAND.search(source):
            raise
        top_level.run(shims.python_text(source), filename, namespace)
        top_level.failures.append(Failure(filename, error.lineno or 1, error))  # after the run, which may raise as well


def load_notebook(
    cells: Sequence[str], helpers: Mapping[str, str], without: Without = ()
) -> tuple[dict[str, Any], list[Failure]]:
    """Run the code cells in order, counted from 1; return the namespace and the failures."""
    top_level = _prepared({f"cell {number}": cell for number, cell in enumerate(cells, 1)}, helpers, without)
    module = types.ModuleType("__main__")  # what a notebook's own code sees as its name
    sys.modules["__main__"] = module
    namespace = module.__dict__
    namespace.update({"In": ["", *cells], "Out": {}, "_": "", "__": "", "___": ""})
    with _silenced():
        for number, cell in enumerate(cells, 1):
            filename = f"cell {number}"
            remember_source(filename, cell)
            try:
                _run_cell(top_level, cell, filename, namespace)
            except BaseException as error:  # a cell that is not Python
                top_level.failures.append(Failure(filename, getattr(error, "lineno", None) or 1, error))
    return namespace, top_level.failures


def _run_cell(top_level: TopLevel, cell: str, filename: str, namespace: dict[str, Any]) -> None:
    """Try plain Python first: most cells are, and IPython needs three times as long as the compiler to find out."""
    if not shims.PROMPT.search(cell):
        with suppress(SyntaxError):
            return top_level.run(cell, filename, namespace, awaits=True)
    return top_level.run(shims.python_text(cell), filename, namespace, awaits=True)


def _prepared(own: Mapping[str, str], helpers: Mapping[str, str], without: Without) -> TopLevel:
    """Install the shims and the submission's files, and start the clock of its top level."""
    shims.install([*own.values(), *helpers.values()])
    files = {name: text for name, text in own.items() if name.endswith(".py")}
    memory_files.put(files | {f"{name}.py": text for name, text in helpers.items()})
    top_level = TopLevel(frozenset(without))
    sys.meta_path.append(_Helpers(top_level))
    return top_level


@contextmanager
def _silenced() -> Iterator[None]:
    """Discard what is printed at top level, so that no amount of output costs a point."""
    streams.flush()
    saved = [os.dup(fd) for fd in (1, 2)]
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for fd in (1, 2):
        os.dup2(nowhere, fd)
    os.close(nowhere)
    try:
        yield
    finally:
        streams.flush()
        for fd, copy in zip((1, 2), saved, strict=True):
            with suppress(OSError):  # the submission may have closed it
                os.dup2(copy, fd)
                os.close(copy)
