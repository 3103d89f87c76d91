"""Run a text statement by statement, like a notebook: a statement that fails is skipped and recorded, and the rest runs.

A learner's script often ends in demonstrations: a long training, a missing data file, `exit()`. They must not cost a task. The
whole text is compiled and run at once; only when a statement fails, the rest is compiled again from the next statement on. So
nothing runs twice, and a file without faults costs nothing extra.
"""

from __future__ import annotations
import __future__

import ast
import inspect
import resource
import signal
import time
from collections.abc import Coroutine, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import CodeType, FunctionType
from typing import Any

TOTAL_CPU_S = 4.0  # for everything at top level, so that an endless experiment does not cost the tasks
LATER_CPU_S = 0.5  # for each later statement, enough for definitions
TOTAL_IDLE_S = 8.0  # for code that waits instead of computing
LATER_IDLE_S = 1.0
TICK_S = 0.2  # between two looks; then again, since a `try` around the statement may swallow the first interruption
MAX_FAILURES = 200
AWAITS = ast.PyCF_ALLOW_TOP_LEVEL_AWAIT


class OutOfTimeError(TimeoutError):
    """A statement at top level took too long."""


@dataclass
class Failure:
    """One statement that failed: its position, and what it raised."""

    place: str  # the file or cell
    line: int
    error: BaseException
    column: int = 0

    @property
    def position(self) -> tuple[str, int, int]:
        """Distinguishes it from all other statements, even those on the same line."""
        return self.place, self.line, self.column

    @property
    def timed_out(self) -> bool:
        return isinstance(self.error, OutOfTimeError)


class _IdleTime:
    """The seconds in which this process waited, but not for a processor: those are the machine's, not the student's.

    It has waited since the last look if it gave up its processor by itself, as in a sleep. One that is preempted, or that the
    host of a virtual machine does not run, has not. A gap between two looks counts as one tick: the process was stopped.
    """

    def __init__(self) -> None:
        self.total_s = 0.0
        self.start()

    def start(self) -> None:
        """Begin to count again, from now."""
        self._looked, self._computed, self._switches = time.monotonic(), time.process_time(), _switches()

    def look(self) -> None:
        """Count the time since the last look."""
        looked, computed, switches = self._looked, self._computed, self._switches
        self.start()
        slept = self._switches[0] > switches[0] or self._switches == (0, 0)  # some kernels do not count them
        if slept:
            self.total_s += max(0.0, min(self._looked - looked, TICK_S) - (self._computed - computed))


def _switches() -> tuple[int, int]:
    """How often this process has left its processor: by itself, and preempted."""
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_nvcsw, usage.ru_nivcsw


@dataclass
class TopLevel:
    """The top level of one submission: its time limits, and what has failed so far.

    without: positions of statements that took too long in an earlier child; here they count as failed at once.
    """

    without: frozenset[tuple[str, int, int]] = frozenset()
    failures: list[Failure] = field(default_factory=list)
    _start_cpu: float = field(default_factory=time.process_time)
    _idle: _IdleTime = field(default_factory=_IdleTime)

    def run(self, text: str, filename: str, namespace: dict[str, Any], *, awaits: bool = False) -> None:
        """Run every statement of `text` and record what they raise. Raises SyntaxError when the text is not Python.

        awaits: allow `await` at top level, as in a notebook.
        """
        flags = AWAITS if awaits else 0
        code: CodeType = compile(text, filename, "exec", flags, dont_inherit=True)
        rest: list[ast.stmt] | None = None  # parsed when the first statement fails
        if any(place == filename for place, *_ in self.without):
            rest, flags = _parsed(text, filename, flags)
            known = [s for s in rest if (filename, s.lineno, s.col_offset) in self.without]
            self.failures += [Failure(filename, s.lineno, OutOfTimeError("stopped after its time"), s.col_offset) for s in known]
            rest = [s for s in rest if s not in known]
            code = compile(ast.Module(rest, []), filename, "exec", flags, dont_inherit=True)
        while len(self.failures) < MAX_FAILURES:
            error = self._raised_by(code, namespace)
            if error is None:
                return
            if rest is None:
                rest, flags = _parsed(text, filename, flags)
            failed = _failed_statement(rest, code, error)
            line, column = (rest[failed].lineno, rest[failed].col_offset) if failed < len(rest) else (0, 0)
            self.failures.append(Failure(filename, line, error, column))
            if failed < len(rest) and isinstance(error, ImportError):
                _bind_missing(rest[failed], filename, namespace)
            rest = rest[failed + 1 :]
            code = compile(ast.Module(rest, []), filename, "exec", flags, dont_inherit=True)

    def _raised_by(self, code: CodeType, namespace: dict[str, Any]) -> BaseException | None:
        cpu_s = max(LATER_CPU_S, TOTAL_CPU_S - (time.process_time() - self._start_cpu))
        idle_s = max(LATER_IDLE_S, TOTAL_IDLE_S - self._idle.total_s)
        try:
            with _interrupted_after(cpu_s, idle_s, self._idle):
                made = eval(code, namespace)
                if inspect.iscoroutine(made):
                    _drive(made)
        except BaseException as error:  # a learner's statement may raise anything, SystemExit included
            return error
        return None


def _parsed(text: str, filename: str, flags: int) -> tuple[list[ast.stmt], int]:
    """The statements, and the flags to compile some of them with: those given and those of `from __future__ import ...`."""
    tree: ast.Module = compile(text, filename, "exec", flags | ast.PyCF_ONLY_AST, dont_inherit=True)
    return tree.body, flags | _future_flags(tree.body)


def _future_flags(statements: list[ast.stmt]) -> int:
    """The compiler flags of the text's `from __future__ import ...`, for what is compiled without that line."""
    names = [alias.name for s in statements if isinstance(s, ast.ImportFrom) and s.module == "__future__" for alias in s.names]
    flags = 0
    for name in names:
        flags |= getattr(__future__, name).compiler_flag
    return flags


def _failed_statement(statements: list[ast.stmt], code: CodeType, error: BaseException) -> int:
    """The number of the statement that was running when `error` left `code`; len(statements) when none was."""
    trace = error.__traceback__
    while trace is not None and trace.tb_frame.f_code is not code:
        trace = trace.tb_next
    if trace is None:
        return len(statements)
    line, _, column, _ = list(code.co_positions())[trace.tb_lasti // 2]
    here = (line or trace.tb_lineno, column or 0)
    ends = [number for number, s in enumerate(statements) if (s.end_lineno or 0, s.end_col_offset or 0) >= here]
    return ends[0] if ends else len(statements)


def _drive(coroutine: Coroutine[Any, Any, Any]) -> None:
    """Run a coroutine without an event loop, which would need a socket. Code that really needs the loop fails."""
    try:
        while True:
            coroutine.send(None)
    except StopIteration:
        return


@contextmanager
def _interrupted_after(cpu_s: float, idle_s: float, idle: _IdleTime) -> Iterator[None]:
    """Interrupt Python code that computes or waits for longer. Other code meets the limits of the process."""
    last_s = idle.total_s + idle_s

    def stop_computing(*_: Any) -> None:
        raise OutOfTimeError(f"stopped after {cpu_s:.1f} s of computing")

    def stop_waiting(*_: Any) -> None:
        idle.look()
        if idle.total_s >= last_s:
            raise OutOfTimeError(f"stopped after {idle_s:.1f} s of waiting")

    idle.start()
    handlers = {signal.SIGPROF: stop_computing, signal.SIGALRM: stop_waiting}
    timers = {signal.ITIMER_PROF: cpu_s, signal.ITIMER_REAL: TICK_S}
    before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
    for timer, seconds in timers.items():
        signal.setitimer(timer, seconds, TICK_S)
    try:
        yield
    finally:
        for timer in timers:
            signal.setitimer(timer, 0)
        for number, handler in before.items():
            signal.signal(number, handler)


class Missing:
    """Stands for a library that is not installed here: it may be imported, and fails where it computes something.

    Describing types and checking them changes no answer: an annotation such as `Float[Tensor, "batch hidden"]` stands for
    itself, and a decorator such as `@typechecked` gives back what it decorates.
    """

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Missing:
        if name.startswith("__"):  # what Python itself asks
            raise AttributeError(name)
        return Missing(f"{self._name}.{name}")

    def _fail(self, *_: Any, **__: Any) -> Any:
        raise ModuleNotFoundError(f"No module named {self._name.partition('.')[0]!r}")

    def __call__(self, *args: Any, **options: Any) -> Any:
        if len(args) == 1 and not options and isinstance(args[0], FunctionType | type):
            return args[0]
        if options and not args and all(isinstance(option, Missing) for option in options.values()):
            return self  # as in `@jaxtyped(typechecker=beartype)`
        return self._fail()

    def __getitem__(self, _: Any) -> Missing:
        return self

    __or__ = __ror__ = __getitem__
    __iter__ = __len__ = __enter__ = __mro_entries__ = __bool__ = _fail


def _bind_missing(statement: ast.stmt, filename: str, namespace: dict[str, Any]) -> None:
    """After an import that failed: import what can be imported of it, and let a `Missing` stand for the rest."""
    if not isinstance(statement, ast.Import | ast.ImportFrom):
        return
    for alias in statement.names:
        if isinstance(statement, ast.Import):
            single: ast.stmt = ast.Import([alias])
            bound, full = alias.asname or alias.name.partition(".")[0], alias.name
        else:
            single = ast.ImportFrom(statement.module, [alias], statement.level)
            bound, full = alias.asname or alias.name, f"{statement.module or ''}.{alias.name}"
        if alias.name == "*":
            continue
        try:
            located = ast.fix_missing_locations(ast.copy_location(single, statement))
            exec(compile(ast.Module([located], []), filename, "exec", dont_inherit=True), namespace)
        except Exception:
            namespace[bound] = Missing(full)
