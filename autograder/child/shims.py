"""Harmless versions of what a submission finds on a learner's machine but not here. A convenience, not a protection.

The visible checks, the notebook's shell, a screen for its plots; the disk is in memory_files.py.
"""

from __future__ import annotations

import builtins
import io
import linecache
import os
import re
import sys
import types
from collections.abc import Iterable, Mapping
from types import CodeType
from typing import Any, ClassVar

from . import memory_files, warmup

TIMING = ("time", "timeit", "capture", "prun")
EXPERIMENTS = ("timeit", "prun")  # they measure and define nothing
OPTIONS = re.compile(r"\s*((-[a-zA-Z]*[nrpv]\s*\d+|-[lsDT]\s*\S+|-[a-zA-Z]+|--[\w-]+)\s+)*")  # as in -n 1 -r1 -qo -s cumulative
PROMPT = re.compile(r"^\s*In ?\[\d+\]:", re.MULTILINE)  # pasted from a session: Python would take it for an annotation
COMMAND = re.compile(r"^[ \t]*(\w+[ \t]*=[ \t]*)?[!%]", re.MULTILINE)  # as in `!pip install einops` and `gpu = !nvidia-smi`
MEASURED = types.SimpleNamespace(average=1.0, best=1.0, worst=1.0, stdev=0.0, all_runs=[1.0], timings=[1.0], loops=1, repeat=1)


def run_text(text: str, filename: str, namespace: dict[str, Any]) -> None:
    """Run a text without inheriting this file's `from __future__`, which would turn a learner's annotations into strings."""
    exec(compile(text, filename, "exec", dont_inherit=True), namespace)


def remember_source(filename: str, source: str) -> None:
    """Let tracebacks and `inspect.getsource` find text that is not in a file."""
    linecache.cache[filename] = (len(source), None, list(io.StringIO(source)), filename)


def python_text(cell: str) -> str:
    """The Python text that a cell with `%`, `!` and `?` lines stands for."""
    from IPython.core.inputtransformer2 import TransformerManager

    return TransformerManager().transform_cell(cell)


class Noop:
    """Has every attribute, accepts every call, and does nothing."""

    def __call__(self, *_: Any, **__: Any) -> None:
        return None

    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):  # what Python itself asks
            raise AttributeError(name)
        return NOOP


NOOP = Noop()
CAPTURED = types.SimpleNamespace(stdout="", stderr="", outputs=[], show=NOOP)


class Shell(Noop):
    """Handles a notebook's `%` and `!` lines: it accepts every request and nearly always does nothing.

    What has an effect: `%time`, `%%time` and their like, because they carry code of the learner's, which runs once, in the
    scope of the line that asks for it; `%%writefile` and `%run`, which carry it in a file; `%pwd`, whose value may be used.
    """

    config: ClassVar[Mapping[str, Any]] = {}  # libraries look here for the kernel of a notebook

    def run_line_magic(self, name: str, line: str, *_: Any) -> Any:
        caller = sys._getframe(1)
        if name == "run":
            return self._run_file(line, caller.f_globals)
        if name == "pwd":
            return os.getcwd()
        if name not in TIMING:
            return None
        try:
            value = _value(python_text(OPTIONS.sub("", line, count=1)), caller.f_globals, caller.f_locals)
        except TimeoutError:  # the top level's own limit
            raise
        except Exception:
            if name not in EXPERIMENTS:
                raise
        return MEASURED if name in EXPERIMENTS else value

    def run_cell_magic(self, name: str, line: str, cell: str) -> None:
        if name == "writefile":
            *options, path = line.split() or [""]
            name = path.strip("'\"")
            before = memory_files.text(name) or "" if "-a" in options else ""
            memory_files.put({name: before + cell})
        if name not in TIMING:
            return
        caller = sys._getframe(1)
        if name in EXPERIMENTS:
            run_text(python_text(OPTIONS.sub("", line + " ", count=1)), "<magic>", caller.f_globals)
        if name == "capture":
            caller.f_globals.update({word: CAPTURED for word in line.split() if word.isidentifier()})
        run_text(*_placed(cell, caller.f_code.co_filename), caller.f_globals)

    def getoutput(self, *_: Any, **__: Any) -> list[str]:
        return []

    @staticmethod
    def _run_file(line: str, namespace: dict[str, Any]) -> None:
        path = OPTIONS.sub("", line + " ", count=1).split()[0].strip("'\"")
        with open(path if path.endswith((".py", ".ipy")) else f"{path}.py") as file:
            source = file.read()
        remember_source(path, source)
        run_text(python_text(source), path, namespace)


def _value(text: str, namespace: dict[str, Any], local: Mapping[str, Any]) -> Any:
    """Run one line of a magic and return its value if it is an expression."""
    try:
        code: CodeType = compile(text, "<magic>", "eval", dont_inherit=True)
    except SyntaxError:
        code = compile(text, "<magic>", "exec", dont_inherit=True)
    return eval(code, namespace, local)


def _placed(body: str, filename: str) -> tuple[str, str]:
    """A cell magic's body as Python, with the line numbers of its cell, so that errors and `inspect.getsource` find them."""
    whole, lines = [line.rstrip("\n") for line in linecache.getlines(filename)], body.splitlines()
    if lines and whole[-len(lines) :] == lines:
        return "\n" * (len(whole) - len(lines)) + python_text(body), filename
    return python_text(body), "<magic>"


def install(texts: Iterable[str]) -> None:
    """Install the shims. texts: the submission's sources, which show what it needs."""
    for name in ("axes", "checks", "ipytest"):  # the visible checks belong to the learner's own machine and are not run here
        module = types.ModuleType(name)
        module.__getattr__ = NOOP.__getattr__
        sys.modules[name] = module
    shell = Shell()
    builtins.display = NOOP
    for place in (builtins, sys.modules.get("IPython"), sys.modules.get("IPython.core.getipython")):
        if place is not None:
            place.get_ipython = lambda: shell
    for name, choice in (("matplotlib", "use"), ("matplotlib.pyplot", "switch_backend")):
        if name in sys.modules:  # the warm server has chosen Agg, and there is no screen for another
            setattr(sys.modules[name], choice, NOOP)
    memory_files.install()
    if any(word in text for text in texts for word in ("torch.comp", "_dynamo")):
        warmup.import_dynamo()
