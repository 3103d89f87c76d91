"""Grade many submissions on several cores: a worker per core, each a process with its own judge.

Grading is a map over independent submissions. Workers are forks of this trusted, single-threaded process, so torch is imported
once for all judges, and once more by the zygote that the workers share. A worker that loses the zygote starts its own.

A worker may die, most likely for lack of memory, or raise an unexpected exception. Another worker then tries its submission once
more. When that fails too, the submission gets a result without a score, and the rest of the class is graded.
"""

from __future__ import annotations

import gc
import multiprocessing
import multiprocessing.connection
import os
import resource
import signal
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import groupby
from multiprocessing.connection import Connection
from pathlib import Path

from autograder.course import Course, CourseError
from autograder.results import Result
from autograder.sandbox import Sandbox
from autograder.sanitize import one_line

from .grading import SubmissionRef, grade_many, not_graded

Work = tuple[str, SubmissionRef]  # assignment name and submission
WORKER_BYTES = 2 << 30  # address space of a worker on top of the libraries; it normally uses a few per cent of it
FORK = multiprocessing.get_context("fork")


def find_submissions(folder: Path, course: Course) -> list[Work]:
    """Every submission in nbgrader's layout `folder/<student>/<assignment>/`, sorted by assignment, then by student.

    A student whose folder is unreadable counts for every assignment that others have handed in.
    """
    found: list[Work] = []
    unreadable: list[Work] = []
    for assignment in course.assignments:
        for student in sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith(".")):
            path = student / assignment.name
            stands = _stands_at(path)
            if stands is None:
                unreadable.append((assignment.name, SubmissionRef(student.name, path)))
            elif stands:  # a link or a file as well: if it cannot be graded, its verdict says so
                found.append((assignment.name, SubmissionRef(student.name, path)))
    graded = {name for name, _ in found} or {name for name, _ in unreadable}
    return sorted([*found, *(work for work in unreadable if work[0] in graded)], key=lambda work: (work[0], work[1].student))


def _stands_at(path: Path) -> bool | None:
    """Whether `path` exists; None when we may not look."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return None
    return True


def unknown_assignments(folder: Path, course: Course) -> dict[str, int]:
    """Names of students' folders that match no assignment of the course, with the number of students that have one."""
    known = {assignment.name for assignment in course.assignments}
    found: dict[str, int] = {}
    for student in (p for p in folder.iterdir() if p.is_dir() and not p.name.startswith(".")):
        with suppress(OSError):  # find_submissions reports unreadable folders
            for path in student.iterdir():
                if path.is_dir() and path.name not in known and not path.name.startswith((".", "__")):
                    found[path.name] = found.get(path.name, 0) + 1
    return dict(sorted(found.items()))


def with_shared_seed(work: Sequence[Work], seed: int) -> list[Work]:
    """The same work, with one seed and so the same inputs for everybody."""
    return [(name, replace(ref, seed=seed)) for name, ref in work]


def grade_class(course: Course, work: Sequence[Work], workers: int, report: Callable[[Result], None], sandbox: Sandbox) -> None:
    """Grade everything in `work` and call `report` with each result as it arrives.

    With one seed for all submissions, the answers of the reference and of the misconceptions are computed only once: see
    `with_shared_seed`. Raises CourseError for faults in the course's own files.
    """
    with Pool(course, workers, sandbox) as pool:
        for item in work:
            pool.submit(item)
        while pool.open:
            for result in pool.results():
                report(result)


@dataclass
class _Worker:
    """held: the submission it is grading. assignment: that of its last submission. fault: the exception it raised."""

    process: multiprocessing.process.BaseProcess
    pipe: Connection
    held: Work | None = None
    assignment: str = ""
    fault: str = ""

    def give(self, work: Work) -> None:
        self.held, self.assignment = work, work[0]
        with suppress(OSError):  # it has just died, which `results` notices by its pipe
            self.pipe.send(work)

    def ending(self) -> str:
        """Wait for the end of the process and describe it."""
        self.process.join()
        code = self.process.exitcode or 0
        if self.fault:
            return self.fault
        if code < 0:
            return f"killed by {signal.Signals(-code).name}" + (" (out of memory?)" if -code == signal.SIGKILL else "")
        return "out of memory" if code == OUT_OF_MEMORY else f"ended with status {code}"


class Pool:
    """Up to `size` workers, which grade what is submitted until the pool is closed. Not thread-safe."""

    def __init__(self, course: Course, size: int, sandbox: Sandbox) -> None:
        self.course, self.sandbox, self._size = course, sandbox, max(1, size)
        self._workers: list[_Worker] = []
        self._todo: deque[Work] = deque()
        self._tried: list[Work] = []  # a worker died on these

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        for worker in self._workers:
            if kind is not None:
                worker.process.terminate()
            with suppress(OSError):
                worker.pipe.send(None)
        for worker in [*self._workers]:
            self._let_go(worker)

    @property
    def open(self) -> int:
        """The number of submissions that have no result yet."""
        return len(self._todo) + sum(worker.held is not None for worker in self._workers)

    def warm_up(self) -> None:
        """Start all workers now, before the first submission."""
        while len(self._workers) < self._size:
            self._hire()

    def submit(self, work: Work) -> None:
        self._todo.append(work)
        self._hand_out()

    def results(self, timeout_s: float | None = None) -> list[Result]:
        """Results that arrive within `timeout_s` seconds (None: wait for one). Raises CourseError when a worker did."""
        ready = multiprocessing.connection.wait([worker.pipe for worker in self._workers], timeout_s)
        found: list[Result] = []
        for worker in [worker for worker in self._workers if worker.pipe in ready]:
            try:
                message = worker.pipe.recv()
            except (EOFError, OSError):
                found += self._died(worker)
                continue
            if isinstance(message, CourseError):
                raise message
            if isinstance(message, str):
                worker.fault = message
                continue
            if worker.held in self._tried:
                self._tried.remove(worker.held)
            worker.held = None
            found.append(message)
        self._hand_out()
        return found

    def _hand_out(self) -> None:
        """Give the next submission to an idle worker on the same assignment, else to a new one, else to any idle one."""
        while self._todo:
            idle = [worker for worker in self._workers if worker.held is None and not worker.fault]
            ready = [worker for worker in idle if worker.assignment in ("", self._todo[0][0])]
            if not ready and len(self._workers) < self._size:
                ready = [self._hire()]
            if not (ready or idle):
                return
            (ready or idle)[0].give(self._todo.popleft())

    def _hire(self) -> _Worker:
        pipe, theirs = FORK.Pipe()
        others = [pipe, *(worker.pipe for worker in self._workers)]
        process = FORK.Process(target=_worker_process, args=(self.course, theirs, others, self.sandbox))
        process.start()
        theirs.close()
        worker = _Worker(process, pipe)
        self._workers.append(worker)
        return worker

    def _let_go(self, worker: _Worker) -> None:
        self._workers.remove(worker)
        worker.pipe.close()
        worker.process.join()

    def _died(self, worker: _Worker) -> Iterator[Result]:
        """Queue a dead worker's submission once more; after a second death, yield its result without a score."""
        self._let_go(worker)
        held = worker.held
        if held is not None and held in self._tried:
            self._tried.remove(held)
            name, ref = held
            reason = f"the grading process ended twice while it graded this submission ({worker.ending()})"
            yield not_graded(self.course[name], ref, self.sandbox, reason)
        elif held is not None:
            self._tried.append(held)
            self._todo.appendleft(held)


OUT_OF_MEMORY = 70  # a worker's exit status


def _bound_memory() -> None:
    """Limit the address space, so that a worker that uses too much gets a MemoryError before the kernel kills something."""
    with open("/proc/self/statm") as statm:
        mapped = int(statm.read().split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = mapped + WORKER_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


def _worker_process(course: Course, pipe: Connection, parents: Sequence[Connection], sandbox: Sandbox) -> None:
    """Grade one submission at a time, so that a slow one delays no other; each result asks the parent for the next.

    parents: the parent's ends of this and of earlier pipes. They are closed here: otherwise no worker would see the parent's end.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches every process; the parent decides what follows
    signal.signal(signal.SIGTERM, signal.SIG_DFL)  # and ends its workers with SIGTERM
    for end in parents:
        end.close()
    try:
        gc.freeze()  # torch's half a million objects are never freed: do not let the collector traverse them
        _bound_memory()
        sandbox.join_after_fork()
        with sandbox:
            work_through(course, iter(pipe.recv, None), pipe.send, sandbox)
    except (EOFError, ConnectionError):
        return  # the parent has ended
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except CourseError as error:
        pipe.send(error)
    except Exception as error:
        traceback.print_exc()
        pipe.send(f"{type(error).__name__}: {one_line(str(error), 200)}")


def work_through(course: Course, work: Iterable[Work], report: Callable[[Result], None], sandbox: Sandbox) -> None:
    """Grade in this process, with one session for each run of submissions of the same assignment."""
    for name, group in groupby(work, key=lambda item: item[0]):
        grade_many(course[name], (ref for _, ref in group), sandbox, report)
