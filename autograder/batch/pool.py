"""Grade many submissions on several cores: a worker per core, each a process with its own judge.

Grading is a map over independent submissions. Lanes are forked from this process, which is trusted and holds one thread, so
torch is imported once for all judges, and once more by the zygote that all workers share. A worker that loses it starts its own.
"""

from __future__ import annotations

import gc
import multiprocessing
import multiprocessing.connection
import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from itertools import chain, groupby
from pathlib import Path
from typing import Any

from autograder.course import Course, CourseError
from autograder.results import Result
from autograder.sandbox import Sandbox

from .grading import SubmissionRef, grade_many

Work = tuple[str, SubmissionRef]  # assignment name and submission


def find_submissions(folder: Path, course: Course) -> list[Work]:
    """Every submission in nbgrader's layout `folder/<student>/<assignment>/`, by assignment, then by student."""
    found = []
    for assignment in course.assignments:
        for student in sorted(p for p in folder.iterdir() if p.is_dir() and not p.name.startswith(".")):
            path = student / assignment.name
            if os.path.lexists(path):  # also a link or a file: what cannot be read gets its verdict
                found.append((assignment.name, SubmissionRef(student.name, path)))
    return found


def with_shared_seed(work: Sequence[Work], seed: int) -> list[Work]:
    """The same work, with one seed for everybody's inputs."""
    return [(name, replace(entry, seed=seed)) for name, entry in work]


def grade_class(course: Course, work: Sequence[Work], workers: int, report: Callable[[Result], None], sandbox: Sandbox) -> None:
    """Grade everything in `work`; `report` gets each result as it comes. Raises CourseError for our own files' faults.

    With one seed for all entries everybody is asked the same, and the answers of the reference and of the misconceptions
    are computed once: see `with_shared_seed`.
    """
    workers = max(1, min(workers, len(work)))
    if workers == 1:
        _work_through(course, work, report, sandbox)
        return
    context = multiprocessing.get_context("fork")
    todo = iter(work)
    pipes, processes = [], []
    try:
        for _ in range(workers):
            pipe, theirs = context.Pipe()
            pipes.append(pipe)
            process = context.Process(target=_worker_process, args=(course, next(todo), theirs, pipes, sandbox))
            process.start()
            processes.append(process)
            theirs.close()
        for result in _results(pipes, todo):
            report(result)
    except BaseException:
        for process in processes:
            process.terminate()
        raise
    finally:
        for process in processes:
            process.join()


def _results(pipes: Sequence[Any], todo: Iterator[Work]) -> Iterator[Result]:
    """What the workers find, in the order in which it comes; who is done gets the next one to do. Raises what a worker raised."""
    at_work = list(pipes)
    while at_work:
        for pipe in multiprocessing.connection.wait(at_work):
            try:
                message = pipe.recv()
            except (EOFError, OSError):
                raise CourseError("a grading process ended early. Start again; what was reported is complete.") from None
            if isinstance(message, Exception):
                raise message
            if message is None:
                at_work.remove(pipe)
                continue
            with suppress(OSError):  # a worker that has just been lost: no more comes from it, which is told then
                pipe.send(next(todo, None))
            yield message


def _worker_process(course: Course, first: Work, pipe: Any, parents: Sequence[Any], sandbox: Sandbox) -> None:
    """One submission at a time, so that a slow one holds up no other; a result asks for the next.

    parents: the other ends of this and of earlier pipes. While we hold them, nobody would notice that the parent has gone.
    """
    for end in parents:
        end.close()
    try:
        gc.freeze()  # torch's half a million objects stay: no need to go through them again and again
        sandbox.join_after_fork()
        with sandbox:
            _work_through(course, chain([first], iter(pipe.recv, None)), pipe.send, sandbox)
        pipe.send(None)
    except (EOFError, ConnectionError):
        return  # the parent has gone, and nobody listens
    except Exception as error:
        pipe.send(error)


def _work_through(course: Course, work: Iterable[Work], report: Callable[[Result], None], sandbox: Sandbox) -> None:
    for name, group in groupby(work, key=lambda item: item[0]):
        grade_many(course[name], (entry for _, entry in group), sandbox, report)
