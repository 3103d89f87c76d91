"""Grade on a Dask cluster: this process reads submissions and writes results, the workers grade. Dask does all scheduling.

Submissions are sent as text, so no shared file system is needed. A worker is used only if it has the same graders and the same
torch as we do. When a worker is lost, Dask gives its submissions to another one, a limited number of times.
"""

from __future__ import annotations

import queue
from collections import deque
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from typing import Any

from distributed import Client, Future

from autograder.course import Course, CourseError
from autograder.results import Result
from autograder.sandbox import Sandbox
from autograder.sanitize import one_line

from . import cluster_worker
from .grading import Grading, not_graded
from .parcel import Judging, pack
from .pool import Work

Report = Callable[[Result], None]
AHEAD = 2  # submissions for each thread of the cluster: one in progress and one waiting
ATTEMPTS = 2  # how often a submission is given to Dask, when it loses the workers that may take it
LOOK_S = 1.0
CONNECT_S = 30


class ClusterError(Exception):
    """The cluster cannot be used; the message says why."""


@dataclass
class _Flight:
    work: Work
    workers: frozenset[str]
    future: Future[str]


@dataclass
class Cluster:
    """say: called with messages for a person, for instance that a worker is not used."""

    address: str
    course: Course
    judging: Judging
    sandbox: Sandbox
    say: Callable[[str], None]
    _expected: Mapping[str, str] = field(default_factory=dict)
    _known: dict[str, bool] = field(default_factory=dict)  # whether a worker is used, by address
    _attempts: dict[tuple[str, str], int] = field(default_factory=dict)
    _todo: deque[Work] = field(default_factory=deque)
    _flights: dict[object, _Flight] = field(default_factory=dict)
    _done: queue.SimpleQueue[Future[str]] = field(default_factory=queue.SimpleQueue)
    _waiting: bool = False

    def grade(self, work: Sequence[Work], report: Report) -> None:
        """Grade everything in `work` and call `report` with each result as it arrives, in this thread.

        Raises CourseError for faults in the course's own files, ClusterError when there is no usable worker.
        """
        self._expected = cluster_worker.fingerprint(self.judging.json(), sorted({name for name, _ in work}))
        self._todo.extend(work)
        try:
            client = Client(self.address, timeout=CONNECT_S, set_as_default=False)
        except (OSError, ValueError) as error:
            raise ClusterError(f"no Dask scheduler answers at {self.address}: {one_line(str(error), 200)}") from None
        with client:
            while self._todo or self._flights:
                workers = self._usable_workers(client)
                self._recall(workers)
                while self._todo and len(self._flights) < AHEAD * sum(workers.values()):
                    self._send(client, self._todo.popleft(), workers.keys(), report)
                self._receive(report)

    def _receive(self, report: Report) -> None:
        """Wait for a finished submission and take all that have finished."""
        with suppress(queue.Empty):
            self._land(self._done.get(timeout=LOOK_S), report)
            while True:
                self._land(self._done.get_nowait(), report)

    def _usable_workers(self, client: Client) -> dict[str, int]:
        """The number of threads of each usable worker, by address. Says once which workers are not used."""
        found: dict[str, dict[str, Any]] = dict(client.scheduler_info(n_workers=-1)["workers"])
        if new := [address for address in found if address not in self._known]:
            prints = client.run(
                cluster_worker.fingerprint, self.judging.json(), sorted(self._expected.keys() - {cluster_worker.TORCH}),
                workers=new, on_error="return",
            )  # fmt: skip
            for address, theirs in prints.items():
                difference = _difference(self._expected, theirs)
                self._known[address] = not difference
                if difference:
                    self.say(f"Worker {found[address]['name']} at {address} is not used: {difference}.")
        usable = {address: int(state["nthreads"]) for address, state in found.items() if self._known.get(address)}
        if not usable and found and not self._flights and all(address in self._known for address in found):
            raise ClusterError(f"none of the {len(found)} workers at {self.address} has our graders and our torch")
        if not usable and not self._waiting:
            self.say(f"There is no worker at {self.address}. Waiting for one.")
        self._waiting = not usable
        return usable

    def _send(self, client: Client, work: Work, workers: Collection[str], report: Report) -> None:
        name, ref = work
        grading = Grading(self.course[name], ref, self.sandbox, report, graders=self._expected[name])
        if ref.source is None and not grading.read():
            return  # it cannot be read; `read` has reported the result
        work = (name, replace(ref, path=None, source=grading.source)) if ref.source is None else work
        future = client.submit(
            cluster_worker.grade, pack(work), self.judging.json(), workers=sorted(workers), pure=False, retries=1
        )
        self._flights[future.key] = _Flight(work, frozenset(workers), future)
        future.add_done_callback(self._done.put)

    def _land(self, future: Future[str], report: Report) -> None:
        flight = self._flights.pop(future.key, None)
        if flight is None:
            return  # it was recalled
        if future.status == "finished":
            result = Result.from_json(future.result())
            if result.graders_sha256 == self._expected[flight.work[0]]:
                return report(result)
            return self._again(flight, report, "its worker's graders were changed meanwhile")
        error = future.exception() if future.status == "error" else None
        if isinstance(error, CourseError):
            raise error
        if error is None:
            return self._again(flight, report, "its worker was lost")
        reason = f"{type(error).__name__}: {one_line(str(error), 200)}"
        report(self._without_score(flight.work, f"the cluster gave it up ({reason})"))

    def _recall(self, workers: Mapping[str, int]) -> None:
        """Queue again what was sent to workers that are all gone."""
        for key, flight in [*self._flights.items()]:
            if not flight.workers & workers.keys() and workers:
                del self._flights[key]
                flight.future.cancel()
                self._todo.appendleft(flight.work)

    def _again(self, flight: _Flight, report: Report, reason: str) -> None:
        name, ref = flight.work
        tried = self._attempts[name, ref.student] = self._attempts.get((name, ref.student), 0) + 1
        if tried < ATTEMPTS:
            self._todo.appendleft(flight.work)
        else:
            report(self._without_score(flight.work, reason))

    def _without_score(self, work: Work, reason: str) -> Result:
        return not_graded(self.course[work[0]], work[1], self.sandbox, reason)


def _difference(ours: Mapping[str, str], theirs: Mapping[str, str] | BaseException) -> str:
    """Why a worker would not grade as we do; '' when it would."""
    if isinstance(theirs, BaseException):
        return f"it cannot tell what it would grade with ({type(theirs).__name__}: {one_line(str(theirs), 200)})"
    torch = cluster_worker.TORCH
    if ours[torch] != theirs[torch]:
        return f"it has torch {theirs[torch]}, and we have {ours[torch]}"
    others = sorted(name for name in ours if ours[name] != theirs[name])
    return f"it has other graders for {', '.join(others)}" if others else ""
