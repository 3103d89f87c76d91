"""Checks one file in a process of its own, for watch.py. It imports torch first and then waits, so that an answer is quick.

Reads one line of JSON from stdin, the request; writes a line of JSON for each thing it finds. What the learner's code prints,
reads or ends does not reach these lines. This file came with the exercises; you need not change or read it.
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

SECONDS = 10.0  # for one check; the slowest of a right solution takes about one
PRINTED = 2000  # characters of the learner's own output that are shown


def main() -> None:
    """Get ready, wait for a request, answer it, end."""
    answers = os.fdopen(os.dup(1), "w", encoding="utf-8")
    os.dup2(2, 1)  # what is printed past Python does not get between the answers
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
    os._exit(0)  # threads that the learner's code started do not hold us up


def _warm_up() -> None:
    import torch

    torch.set_num_threads(1)  # these models are small: two threads only wait for each other
    torch.optim.Adam([torch.nn.Parameter(torch.zeros(1))])  # the first optimiser imports a second's worth of modules


class Worker:
    """One check after the other; a thread watches that each comes to an end."""

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
        """The cells in order, as Run All does, but not the demonstrations. A cell that raises costs itself."""
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
            except BaseException as error:  # Run All goes on where the learner runs the cells one by one
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
    """Ends the process, with a word about where it was, when what stands inside takes too long."""

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
