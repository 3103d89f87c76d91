"""Grade submissions as they arrive: poll, plan, grade, write feedback and document at once. Runs until it is interrupted.

The document is written last, so a submission that has one is done; the next start finds all others again.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path

from autograder.course import Course
from autograder.results import Result
from autograder.sandbox import Sandbox
from autograder.sanitize import one_line

from . import journal
from .arrivals import Arrivals, Key, Look, look
from .control import Control, good_seed
from .durable import write_whole
from .grading import SubmissionRef, fresh_seed
from .plan import plan_resume
from .pool import Pool
from .run_record import RunRecord

POLL_S = 0.1
SHARE_OF_LOOKING = 0.1  # of the time at most, when polling a large folder takes long


@dataclass(frozen=True)
class InboxOptions:
    """seed: as for a class. feedback: its folder, for <student>/<assignment>/<module><suffix>; None: no feedback is written."""

    folder: Path
    results: Path
    seed: int | None = None
    jobs: int = 1
    feedback: Path | None = None
    suffix: str = ".html"


@dataclass
class Inbox:
    """page: makes the student's feedback. report: called with each result once it is on disk. say: called with other messages."""

    course: Course
    options: InboxOptions
    sandbox: Sandbox
    page: Callable[[Result], str]
    report: Callable[[Result], None]
    say: Callable[[str], None]
    graded: int = 0
    _said: set[str] = field(default_factory=set)
    _busy: set[Key] = field(default_factory=set)

    def __post_init__(self) -> None:
        self._archive = journal.Archive(self.options.results)

    def run(self) -> None:
        """Run until KeyboardInterrupt. Raises CourseError for faults in the course's own files."""
        folder = self.options.results
        found = RunRecord.read(folder)
        seed = self.options.seed if self.options.seed is not None else found.seed if found is not None else None
        control = Control(seed) if seed is not None else good_seed(self.course.assignments, fresh_seed(), fresh_seed)
        controls = (control.text,) if control.text else ()
        for told in controls:
            self.say(f"{told}.")
        record = RunRecord.of_now(control.seed, self.course.assignments, not self.sandbox.unconfined, controls=controls)
        signal.signal(signal.SIGIO, signal.SIG_IGN)  # sent when a file is opened while we hold a lease on it
        record.write(folder)
        try:
            with Pool(self.course, self.options.jobs, self.sandbox) as pool:
                pool.warm_up()
                self._serve(pool)
        finally:
            record.ended(self.graded).write(folder)

    def _serve(self, pool: Pool) -> None:
        arrivals = Arrivals(self.options.folder, self.course)
        while True:
            start = time.monotonic()
            try:
                seen = look(self.options.folder, self.course)
            except OSError as error:  # a network file system may come back
                self._say_once(f"{self.options.folder} cannot be read: {error.strerror}. Trying again.")
            else:
                self._tell_strangers(seen)
                self._submit(pool, arrivals, arrivals.complete(seen.signatures, time.monotonic(), self._busy))
            until = time.monotonic() + max(POLL_S, (time.monotonic() - start) * (1 / SHARE_OF_LOOKING - 1))
            while (left := until - time.monotonic()) > 0:
                for result in pool.results(left):
                    self._take(result)

    def _submit(self, pool: Pool, arrivals: Arrivals, keys: Sequence[Key]) -> None:
        """Submit to the pool what has no valid result, by the rules of `autograder class --resume`."""
        if not keys:
            return
        work = [(assignment, SubmissionRef(student, arrivals.path((student, assignment)))) for student, assignment in keys]
        plan = plan_resume(self.options.results, self.course, work, self.options.seed, not self.sandbox.unconfined)
        for student, assignment in plan.stand:
            self._write_missing_feedback(student, assignment)
        for name, ref in plan.work:
            self._busy.add((ref.student, name))
            pool.submit((name, replace(ref, control=ref.seed in plan.fresh)))

    def _take(self, result: Result) -> None:
        self._busy.discard((result.student, result.assignment))
        self._write_feedback(result)
        if journal.document_path(self._archive.path, result.assignment, result.student).exists():
            self._archive = journal.Archive(self.options.results)  # graded twice in this run: keep both old documents
        self._archive.keep(result.assignment, result.student)
        journal.write(self.options.results, result)
        self.graded += 1
        self.report(result)

    def _feedback_path(self, student: str, assignment: str) -> Path | None:
        if self.options.feedback is None:
            return None
        name = f"{self.course[assignment].stem}{self.options.suffix}"
        return self.options.feedback / student / assignment / name

    def _write_feedback(self, result: Result) -> None:
        path = self._feedback_path(result.student, result.assignment)
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_whole(path, self.page(result))

    def _write_missing_feedback(self, student: str, assignment: str) -> None:
        path = self._feedback_path(student, assignment)
        if path is not None and not path.exists():
            result = journal.read(journal.document_path(self.options.results, assignment, student))
            if result is not None:
                self._write_feedback(result)

    def _tell_strangers(self, seen: Look) -> None:
        for name in sorted(seen.unknown):
            self._say_once(f"{one_line(name, 80)}: not graded, because the course has no such assignment.")
        for name in sorted(seen.unreadable):
            self._say_once(f"{one_line(name, 80)}: not graded, because this folder cannot be read.")

    def _say_once(self, text: str) -> None:
        if text not in self._said:
            self._said.add(text)
            self.say(text)
