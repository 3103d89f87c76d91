"""nbgrader's `autograde`, with our judge in the place of its Execute: the notebook's code never runs in nbgrader's process.

`configure(c)` in nbgrader_config.py is all that an instructor needs. The judge's points for a task become the output of its
grade cell: a number, which nbgrader reads as partial credit, and the feedback as printed text.
"""

from __future__ import annotations

import atexit
import hashlib
import os
import re
import sys
from copy import deepcopy
from functools import lru_cache
from pathlib import Path
from typing import Any

import bleach
import nbformat
from nbconvert.filters import strip_files_prefix
from nbformat import NotebookNode
from nbgrader.preprocessors import (
    AssignLatePenalties,
    CheckCellMetadata,
    ClearOutput,
    DeduplicateIds,
    LimitOutput,
    NbGraderPreprocessor,
    OverwriteCells,
    OverwriteKernelspec,
    SaveAutoGrades,
)
from traitlets import Bool
from traitlets.config import Config

from autograder.batch import SubmissionRef, grade
from autograder.course.build import STUB
from autograder.course.cells import checked_task, grade_id, is_check
from autograder.intake.source import RejectedInput, SubmissionSource, code_cells
from autograder.reports.text import task_text
from autograder.results import REJECTED_INPUT, Result, TaskResult
from autograder.sandbox import Sandbox
from autograder.sanitize import one_line

from . import converters
from .course import course
from .exchange import CourseReleaseFeedback

# What the markdown of our notebooks needs, and no more.
TAGS = frozenset(
    "a abbr b blockquote br caption code dd del details div dl dt em h1 h2 h3 h4 h5 h6 hr i img kbd li ol p pre s span strong "
    "sub summary sup table tbody td tfoot th thead tr ul".split()
)
ATTRIBUTES = frozenset("align alt class colspan height id rowspan start title width".split())
PROTOCOLS = frozenset({"http", "https", "mailto", "data"})
ELSEWHERE = re.compile(r"\s*(?:[a-z][a-z0-9+.-]*:|//|\\)", re.IGNORECASE)


class NoScore(Exception):
    """Our own fault. nbgrader then keeps no score for this submission, instead of a wrong one."""


class Restore(NbGraderPreprocessor):
    """First of all: a submission's marks are the source's, whatever was done to them.

    nbgrader ends the run for the whole class when one notebook's marks are duplicated or of another version, and it follows
    links: the file at their other end would be handed to the student with the feedback.
    """

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        names = resources["nbgrader"]
        folder = Path(resources["metadata"]["path"])
        links = sorted(str(path.relative_to(folder)) for path in folder.rglob("*") if path.is_symlink())
        if links or folder.is_symlink():
            what = ", ".join(one_line(link, 60) for link in links[:3]) or "the folder itself"
            raise NoScore(f"{names['student']}, {names['assignment']}: the submission holds links, not files: {what}")
        source = nbformat.read(course()[names["assignment"]].notebook_in("source"), as_version=4)
        restore_marks(nb, source)
        return nb, resources


def restore_marks(nb: NotebookNode, source: NotebookNode) -> None:
    """Give the cells of `nb` the source's marks by grade_id, once each; grade cells that are gone come back at the end."""
    own = {name: cell for cell in source.cells if (name := grade_id(cell)) is not None}
    missing = dict(own)
    for cell in nb.cells:
        name = grade_id(cell)
        cell.metadata.pop("nbgrader", None)
        if name in missing and missing[name].cell_type == cell.cell_type:
            cell.metadata["nbgrader"] = deepcopy(missing.pop(name).metadata.nbgrader)
    nb.cells += [deepcopy(cell) for cell in missing.values() if is_check(cell)]


class Judge(NbGraderPreprocessor):
    """Grade the notebook in confined processes and write each grade cell's output."""

    unconfined = Bool(False, help="Run submissions without protection. Every result is marked with it.").tag(config=True)

    def preprocess(self, nb: NotebookNode, resources: dict[str, Any]) -> tuple[NotebookNode, dict[str, Any]]:
        names = resources["nbgrader"]
        result = self._graded(nb, names["assignment"], names["student"])
        if result.score is None:
            raise NoScore(f"{names['student']}, {names['assignment']}: {result.verdict}: {result.message}")
        tasks = {task.task: task for task in result.tasks}
        for cell in nb.cells:
            if cell.cell_type == "code" and (name := checked_task(cell)):
                task = tasks.get(name)
                cell.outputs = [] if task is None else outputs(task.score, task_text(task, result))
                cell.execution_count = None
        return nb, resources

    def _graded(self, nb: NotebookNode, assignment_name: str, student: str) -> Result:
        assignment = course()[assignment_name]
        data = nbformat.writes(nb).encode()
        try:
            cells = tuple(code_cells(data))
        except RejectedInput as error:  # the submission's fault: no points, and the student reads why
            unrun = tuple(TaskResult(task.name, task.points) for task in assignment.tasks)
            return Result(student, assignment_name, REJECTED_INPUT, unrun, sum(t.points for t in assignment.tasks), str(error))
        intake = SubmissionSource("notebook", assignment.stem, cells, hashlib.sha256(data).hexdigest())
        return grade(assignment, SubmissionRef(student, intake=intake), _sandbox(self.unconfined))


def outputs(score: float, text: str) -> list[NotebookNode]:
    """What a grade cell shows: the feedback, and the points as a finite number that nbgrader reads as partial credit."""
    return [
        nbformat.v4.new_output("stream", name="stdout", text=text),
        nbformat.v4.new_output("execute_result", {"text/plain": f"{score:g}"}, execution_count=None),
    ]


def harmless_html(text: str) -> str:
    """The last filter of markdown in nbgrader's own templates, which know nothing of `sanitize_html`: it does its work here."""
    return bleach.clean(strip_files_prefix(text), tags=TAGS, attributes=_harmless_attribute, protocols=PROTOCOLS)


def _harmless_attribute(tag: str, name: str, value: str) -> bool:
    if (tag, name) == ("img", "src"):  # nothing that is fetched from elsewhere when the page is opened
        return value.startswith("data:image/") or not ELSEWHERE.match(value)
    if (tag, name) == ("a", "href"):
        return not value.strip().lower().startswith("data:")
    return name in ATTRIBUTES


def configure(c: Config, root: Path) -> None:
    """Make `root` a course directory whose submissions are graded by the judge."""
    converters.install()
    # nbgrader starts `alembic` by name when it makes a gradebook: let it find the one beside this Python.
    os.environ["PATH"] = os.pathsep.join([str(Path(sys.executable).parent), os.environ.get("PATH", "")])
    c.CourseDirectory.course_id = "rnn-course"
    c.CourseDirectory.root = str(root)
    c.ClearSolutions.code_stub = {"python": STUB}
    c.Autograde.sanitize_preprocessors = [
        Restore, ClearOutput, DeduplicateIds, OverwriteKernelspec, OverwriteCells, CheckCellMetadata,
    ]  # fmt: skip
    c.Autograde.autograde_preprocessors = [Judge, LimitOutput, SaveAutoGrades, AssignLatePenalties, CheckCellMetadata]
    c.HTMLExporter.sanitize_html = True  # feedback shows a student's markdown and outputs: no script of theirs may run
    c.HTMLExporter.filters = {"strip_files_prefix": harmless_html}
    c.HTMLExporter.embed_images = False  # a link to a file on this machine must not be read into the feedback
    c.ExchangeFactory.release_feedback = CourseReleaseFeedback
    c.ExecutePreprocessor.timeout = 60  # for those who grade with the stock Execute: a cell that never ends is stopped


@lru_cache
def _sandbox(unconfined: bool) -> Sandbox:
    """One warm sandbox for all submissions of this nbgrader process."""
    sandbox = Sandbox(unconfined=unconfined)
    atexit.register(sandbox.close)
    return sandbox
