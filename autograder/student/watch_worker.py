"""Checks one file for watch.py, in a process of its own. It imports torch and then waits, to answer quickly.

Reads one request, a line of JSON, from stdin; writes one line of JSON per result. The learner's code cannot get at these
lines by printing or reading. This file comes with the exercises; you do not need to read or change it.
"""

from __future__ import annotations

import importlib
import io
import json
import linecache
import os
import sys
import threading
import types
from pathlib import Path
from typing import Any, TextIO

SECONDS = 10.0  # per check; the slowest check of a correct solution takes about one
PRINTED = 2000  # characters of the learner's own output that are shown


def main() -> None:
    """Get ready, wait for a request, answer it and exit."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # output of C code must not mix with the answers
    _warm_up()
    request = json.loads(sys.stdin.readline() or "null")
    if request is None:  # watch.py has ended
        return
    file = Path(request["file"])
    os.chdir(file.parent)
    sys.path.insert(0, str(file.parent))
    sys.stdin, sys.stdout = open(os.devnull, encoding="utf-8"), io.StringIO()
    worker = Worker(answers)
    try:
        worker.check_notebook(file) if file.suffix == ".ipynb" else worker.check_module(file)
    except BaseException as error:  # whatever the learner's file raises while it is loaded
        tracebacks = importlib.import_module("tracebacks")
        worker.say(problem=tracebacks.not_loaded(error))
    worker.say(printed=sys.stdout.getvalue()[:PRINTED])
    answers.flush()
    os._exit(0)  # do not wait for threads that the learner's code started


def _warm_up() -> None:
    import torch

    torch.set_num_threads(1)  # the models are small: a second thread only slows them down
    torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))])  # the first optimiser imports modules, which takes a second


class Worker:
    """Runs the checks one after another; a timer limits each of them."""

    def __init__(self, answers: TextIO) -> None:
        self.answers = answers
        self.main_thread = threading.get_ident()
        self.tracebacks: Any = importlib.import_module("tracebacks")
        self.checks: Any = importlib.import_module("checks")

    def say(self, **found: Any) -> None:
        self.answers.write(json.dumps(found) + "\n")
        self.answers.flush()

    def check_module(self, file: Path) -> None:
        with self.time_limit("loading your file"):
            tests = importlib.import_module(f"test_{file.stem}")
        for name, check in list(vars(tests).items()):
            own = [task for task in tests.TASKS if name.startswith(f"test_{task}_")]
            if own and isinstance(check, types.FunctionType):
                self.run(max(own, key=len), check)

    def check_notebook(self, file: Path) -> None:
        """Run the cells in order, like Run All but without the demonstrations. A cell that raises does not stop the others."""
        module = types.ModuleType("__main__")
        sys.modules["__main__"] = module
        self.checks.run_checks = self.run_cell
        for number, cell in enumerate(json.loads(file.read_text(encoding="utf-8"))["cells"], 1):
            marks = cell.get("metadata", {})
            if cell["cell_type"] != "code" or "demo" in marks.get("tags", ()):
                continue
            name, source = f"cell {number}", "".join(cell["source"])
            linecache.cache[name] = (len(source), None, source.splitlines(True), name)
            try:
                with self.time_limit(name):
                    exec(compile(_without_magics(source), name, "exec", dont_inherit=True), vars(module))
            except BaseException as error:  # the learner may run cells one by one, past one that fails
                self.say(cell=[f"{name} of your notebook raised", *self.tracebacks.not_loaded(error)[2:]])

    def run_cell(self, task: str) -> None:
        for check in self.checks.checks_of(task, sys._getframe(1).f_code.co_filename):
            self.run(task, check)

    def run(self, task: str, check: types.FunctionType) -> None:
        with self.time_limit(f"{task}: {self.checks.check_name(task, check)}"):
            result = self.checks.run_check(task, check)
        self.say(result=[result.task, result.name, result.outcome, list(result.lines), result.unfinished])

    def time_limit(self, what: str) -> _TimeLimit:
        return _TimeLimit(self, what)


class _TimeLimit:
    """Ends the process when its block takes too long, and reports where the code was."""

    def __init__(self, worker: Worker, what: str) -> None:
        self.worker, self.what = worker, what
        self.timer = threading.Timer(SECONDS, self.end)
        self.timer.daemon = True

    def __enter__(self) -> None:
        self.timer.start()

    def __exit__(self, *_: object) -> None:
        self.timer.cancel()

    def end(self) -> None:
        frame = sys._current_frames().get(self.worker.main_thread)
        lines = self.worker.tracebacks.stuck(frame, self.what, SECONDS)
        self.worker.say(problem=lines)
        os._exit(0)


def _without_magics(source: str) -> str:
    lines = source.splitlines()
    if lines and lines[0].startswith("%%"):
        return ""
    return "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in lines)


if __name__ == "__main__":
    main()
