"""Grade many submissions on several cores: a worker per core, each a process with its own judge.

Grading is a map over independent submissions. Workers are forked from this process, which is trusted and holds one thread, so
torch is imported once for all judges, and once more by the zygote that all workers share. A worker that loses it starts its own.

A worker may die, most likely for lack of memory. The submission that it held is tried once more by another; when that dies as
well, it gets a result without a score, and the class goes on.
"""

from __future__ import annotations

import gc
import multiprocessing
import multiprocessing.connection
import os
import resource
import signal
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from itertools import chain, groupby
from multiprocessing.connection import Connection
from pathlib import Path

from autograder.course import Course
from autograder.results import Result
from autograder.sandbox import Sandbox

from .grading import SubmissionRef, grade_many, not_graded

Work = tuple[str, SubmissionRef]  # assignment name and submission
WORKER_BYTES = 2 << 30  # what a worker may take on top of the libraries; it takes a few per cent of that
FORK = multiprocessing.get_context("fork")


def find_submissions(folder: Path, course: Course) -> list[Work]:
    """Every submission in nbgrader's layout `folder/<student>/<assignment>/`, by assignment, then by student.

    A student whose folder we may not look into counts for every assignment that others have handed in.
    """
    found: list[Work] = []
    unreadable: list[Work] = []
    for assignment in course.assignments:
        for student in sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith(".")):
            path = student / assignment.name
            stands = _stands_at(path)
            if stands is None:
                unreadable.append((assignment.name, SubmissionRef(student.name, path)))
            elif stands:  # also a link or a file: what cannot be graded gets its verdict
                found.append((assignment.name, SubmissionRef(student.name, path)))
    graded = {name for name, _ in found} or {name for name, _ in unreadable}
    return sorted([*found, *(work for work in unreadable if work[0] in graded)], key=lambda work: (work[0], work[1].student))


def _stands_at(path: Path) -> bool | None:
    """Whether there is something at `path`; None when we may not look."""
    try:
        path.lstat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return None
    return True


def unknown_assignments(folder: Path, course: Course) -> dict[str, int]:
    """Folders of students that are named like no assignment of the course, and how many students have each."""
    known = {assignment.name for assignment in course.assignments}
    found: dict[str, int] = {}
    for student in (p for p in folder.iterdir() if p.is_dir() and not p.name.startswith(".")):
        with suppress(OSError):  # one that we may not look into is told elsewhere
            for path in student.iterdir():
                if path.is_dir() and path.name not in known and not path.name.startswith((".", "__")):
                    found[path.name] = found.get(path.name, 0) + 1
    return dict(sorted(found.items()))


def with_shared_seed(work: Sequence[Work], seed: int) -> list[Work]:
    """The same work, with one seed for everybody's inputs."""
    return [(name, replace(entry, seed=seed)) for name, entry in work]


def grade_class(course: Course, work: Sequence[Work], workers: int, report: Callable[[Result], None], sandbox: Sandbox) -> None:
    """Grade everything in `work`; `report` gets each result as it comes. Raises CourseError for our own files' faults.

    With one seed for all entries everybody is asked the same, and the answers of the reference and of the misconceptions
    are computed once: see `with_shared_seed`.
    """
    crew = _Crew(course, sandbox, deque(work))
    try:
        for _ in range(max(1, min(workers, len(work)))):
            crew.hire()
        for result in crew.results():
            report(result)
    except BaseException:
        for worker in crew.workers:
            worker.process.terminate()
        raise
    finally:
        for worker in crew.workers:
            worker.pipe.close()
            worker.process.join()


@dataclass
class _Worker:
    """held: the submission that it was given and has not reported."""

    process: multiprocessing.process.BaseProcess
    pipe: Connection
    held: Work | None

    def ending(self) -> str:
        """How the process ended, for the one who reads the result."""
        self.process.join()
        code = self.process.exitcode or 0
        if code < 0:
            return f"killed by {signal.Signals(-code).name}" + (" (out of memory?)" if -code == signal.SIGKILL else "")
        return "out of memory" if code == OUT_OF_MEMORY else f"ended with status {code}"


@dataclass
class _Crew:
    """The workers of one class and what is left for them to do."""

    course: Course
    sandbox: Sandbox
    todo: deque[Work]

    def __post_init__(self) -> None:
        self.workers: list[_Worker] = []
        self.tried: list[Work] = []  # a worker died on these

    def hire(self) -> None:
        """One more worker, for the next submission."""
        held = self.todo.popleft()
        pipe, theirs = FORK.Pipe()
        others = [pipe, *(worker.pipe for worker in self.workers)]
        process = FORK.Process(target=_worker_process, args=(self.course, held, theirs, others, self.sandbox))
        process.start()
        theirs.close()
        self.workers.append(_Worker(process, pipe, held))

    def results(self) -> Iterator[Result]:
        """In the order in which they come. Raises what a worker raised."""
        while self.workers:
            ready = multiprocessing.connection.wait([worker.pipe for worker in self.workers])
            for worker in [worker for worker in self.workers if worker.pipe in ready]:
                try:
                    message = worker.pipe.recv()
                except (EOFError, OSError):
                    yield from self._replace(worker)
                    continue
                if isinstance(message, Exception):
                    raise message
                if message is None:
                    self._let_go(worker)
                    continue
                worker.held = self.todo.popleft() if self.todo else None
                with suppress(OSError):  # one that has just died is told by its pipe
                    worker.pipe.send(worker.held)
                yield message

    def _let_go(self, worker: _Worker) -> None:
        self.workers.remove(worker)
        worker.pipe.close()
        worker.process.join()

    def _replace(self, worker: _Worker) -> Iterator[Result]:
        """The submission that a dead worker held is tried once more, by a new one; a second death is its result."""
        self._let_go(worker)
        held = worker.held
        if held is not None and held in self.tried:
            name, entry = held
            reason = f"the grading process ended twice while it graded this submission ({worker.ending()})"
            yield not_graded(self.course[name], entry, self.sandbox, reason)
        elif held is not None:
            self.tried.append(held)
            self.todo.appendleft(held)
        if self.todo:
            self.hire()


OUT_OF_MEMORY = 70  # a worker's exit status


def _bound_memory() -> None:
    """So that a worker which takes too much gets a MemoryError, long before the kernel has to choose a victim."""
    with open("/proc/self/statm") as statm:
        mapped = int(statm.read().split()[0]) * resource.getpagesize()
    _, hard = resource.getrlimit(resource.RLIMIT_AS)
    wanted = mapped + WORKER_BYTES
    resource.setrlimit(resource.RLIMIT_AS, (wanted if hard == resource.RLIM_INFINITY else min(wanted, hard), hard))


def _worker_process(course: Course, first: Work, pipe: Connection, parents: Sequence[Connection], sandbox: Sandbox) -> None:
    """One submission at a time, so that a slow one holds up no other; a result asks for the next.

    parents: the other ends of this and of earlier pipes. While we hold them, nobody would notice that the parent has gone.
    """
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C goes to all of us; the parent says what follows
    for end in parents:
        end.close()
    try:
        gc.freeze()  # torch's half a million objects stay: no need to go through them again and again
        _bound_memory()
        sandbox.join_after_fork()
        with sandbox:
            _work_through(course, chain([first], iter(pipe.recv, None)), pipe.send, sandbox)
        pipe.send(None)
    except (EOFError, ConnectionError):
        return  # the parent has gone, and nobody listens
    except MemoryError:
        os._exit(OUT_OF_MEMORY)
    except Exception as error:
        pipe.send(error)


def _work_through(course: Course, work: Iterable[Work], report: Callable[[Result], None], sandbox: Sandbox) -> None:
    for name, group in groupby(work, key=lambda item: item[0]):
        grade_many(course[name], (entry for _, entry in group), sandbox, report)
