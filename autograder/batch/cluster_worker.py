"""Runs inside a Dask worker: give a submission to a warm judge and return its document.

A judge is a separate process, because a worker holds threads, and torch and the zygote must not be forked beside threads. It
stays warm between submissions; a worker with several threads has several judges. The worker itself imports neither torch nor a
grader.
"""

from __future__ import annotations

import json
import socket
import subprocess
import sys
import threading
from collections.abc import Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection

from autograder.course import Course, CourseError
from autograder.results import SANDBOX_UNAVAILABLE

from .fingerprint import graders_sha256, torch_version
from .parcel import COURSE_ERROR, Judging

JUDGE = (sys.executable, "-P", "-m", "autograder.batch.judge_process")
TORCH = "torch"


class JudgeLost(Exception):
    """The judge ended during grading; Dask tries the submission once more."""


@dataclass
class _Judge:
    process: subprocess.Popen[bytes]
    line: Connection


_idle: dict[str, list[_Judge]] = {}  # by the options they were started with
_lock = threading.Lock()


def fingerprint(judging: str, names: Sequence[str]) -> dict[str, str]:
    """What results depend on here: a hash of the graders for each assignment, and the version of torch."""
    course = Course(Judging.from_json(judging).root)
    found = {TORCH: torch_version()}
    for name in names:
        try:
            found[name] = graders_sha256(course[name])
        except (CourseError, OSError):
            found[name] = ""
    return found


def grade(parcel: bytes, judging: str) -> str:
    """Grade one submission and return its document. Raises JudgeLost, and CourseError for faults in the course's own files."""
    judge = _take(judging)
    try:
        judge.line.send_bytes(parcel)
        answer = judge.line.recv_bytes()
    except (EOFError, OSError):
        judge.line.close()
        raise JudgeLost(f"the grading process ended with status {judge.process.wait()}") from None
    except BaseException:  # this thread is being ended: its unread answer must not be taken for the next one
        judge.line.close()
        raise
    if answer.startswith(COURSE_ERROR):
        judge.line.close()
        judge.process.wait()
        raise CourseError(answer.removeprefix(COURSE_ERROR).decode())
    if json.loads(answer)["verdict"] == SANDBOX_UNAVAILABLE:
        judge.line.close()  # it would refuse every submission from now on; the next one gets a new judge
    else:
        with _lock:
            _idle.setdefault(judging, []).append(judge)
    return answer.decode()


def _take(judging: str) -> _Judge:
    while True:
        with _lock:
            idle = _idle.get(judging, [])
            judge = idle.pop() if idle else None
        if judge is None:
            return _start(judging)
        if judge.process.poll() is None:
            return judge
        judge.line.close()  # it was killed while it was idle


def _start(judging: str) -> _Judge:
    ours, theirs = socket.socketpair()
    with theirs:
        command = [*JUDGE, str(theirs.fileno()), judging]
        process = subprocess.Popen(command, pass_fds=[theirs.fileno()], stdin=subprocess.DEVNULL, start_new_session=True)
    return _Judge(process, Connection(ours.detach()))
