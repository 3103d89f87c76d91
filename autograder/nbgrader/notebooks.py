"""A submission as the notebook that nbgrader records and shows: clean cells, the course's metadata, our feedback. Pure."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection
from copy import deepcopy
from typing import Any

import nbformat
from nbformat import NotebookNode

from autograder.course.cells import checked_task, grade_id, is_check
from autograder.intake.notebook import cells_of, source_of
from autograder.intake.rejected import RejectedInput
from autograder.intake.source import HandIn
from autograder.reports.text import task_text
from autograder.results import Result
from autograder.sanitize import one_line

NEW_CELL = {"code": nbformat.v4.new_code_cell, "markdown": nbformat.v4.new_markdown_cell, "raw": nbformat.v4.new_raw_cell}
ATTACHMENT = re.compile(r"attachment:([^)\s>\"']+)")  # nbconvert ends at one that is not there
LEFT_OUT = "#picture-left-out"
PICTURES = ("image/png", "image/jpeg", "image/gif")
MAX_PICTURE = 4 << 20  # letters
BASE64 = re.compile(r"[A-Za-z0-9+/=\s]+")
NOTE_ID = "about-this-grading"
MARKDOWN = str.maketrans({character: f"\\{character}" for character in "\\`*_{}[]<>#|~$&!"})


def as_notebook(hand_in: HandIn, result: Result, source: NotebookNode) -> NotebookNode:
    """A submission of any form as a notebook, with points and feedback in the cell of each check.

    source: the course's own notebook, which says what the marks of the cells are.
    """
    notebook = nbformat.v4.new_notebook(metadata=deepcopy(source.metadata))
    notebook.cells = _clean_cells(hand_in)
    restore_marks(notebook, source)
    write_scores(notebook, result)
    notebook.cells.insert(0, _note(result))
    for number, cell in enumerate(notebook.cells):
        cell["id"] = f"cell-{number}"  # a student's may be missing, doubled or odd
    return notebook


def _clean_cells(hand_in: HandIn) -> list[NotebookNode]:
    """The cells without outputs and without the metadata of editors and services."""
    if hand_in.document is None:
        return [nbformat.v4.new_code_cell(hand_in.source.cells[0])]
    cells = []
    for cell in cells_of(hand_in.document):
        kind = cell.get("cell_type")
        make: Callable[[str], NotebookNode] = NEW_CELL.get(kind if isinstance(kind, str) else "raw", nbformat.v4.new_raw_cell)
        pictures = _pictures(cell)
        new = make(_without_lost_pictures(_shown_source(cell), pictures))
        if pictures:
            new["attachments"] = pictures
        name = grade_id(cell)
        if name is not None:
            new.metadata["nbgrader"] = {"grade_id": name}
        cells.append(new)
    return cells


def _without_lost_pictures(text: str, pictures: Collection[str]) -> str:
    def link(found: re.Match[str]) -> str:
        return found[0] if found[1] in pictures else LEFT_OUT

    return ATTACHMENT.sub(link, text)


def _pictures(cell: dict[str, Any]) -> dict[str, dict[str, str]]:
    """Pictures that were pasted into a text cell, each in one format that cannot hold a script."""
    attachments = cell.get("attachments") if cell.get("cell_type") == "markdown" else None
    found = {}
    for name, formats in attachments.items() if isinstance(attachments, dict) else ():
        for mime in PICTURES:
            data = formats.get(mime) if isinstance(formats, dict) else None
            if isinstance(data, str) and len(data) <= MAX_PICTURE and BASE64.fullmatch(data):
                found[name] = {mime: data}
                break
    return found


def _shown_source(cell: dict[str, Any]) -> str:
    try:
        return source_of(cell)
    except RejectedInput:  # of a text cell: code without text is not graded
        return ""


def restore_marks(nb: NotebookNode, source: NotebookNode) -> None:
    """Give the cells of `nb` the source's metadata by grade_id, once each, and locked cells their text.

    Checks that are gone come back at the end.
    """
    missing = {name: cell for cell in source.cells if (name := grade_id(cell)) is not None}
    for cell in nb.cells:
        name = grade_id(cell)
        cell.metadata.pop("nbgrader", None)
        if name in missing and missing[name].cell_type == cell.cell_type:
            own = missing.pop(name)
            cell.metadata["nbgrader"] = deepcopy(own.metadata.nbgrader)
            cell.source = own.source if own.metadata.nbgrader.get("locked") else cell.source
    nb.cells += [deepcopy(cell) for cell in missing.values() if is_check(cell)]


def write_scores(nb: NotebookNode, result: Result) -> None:
    """Put feedback and points into each check's cell; nbgrader reads the points, a finite number, as partial credit."""
    tasks = {task.task: task for task in result.tasks}
    for cell in nb.cells:
        name = checked_task(cell)
        if cell.cell_type == "code" and name is not None:
            task = tasks.get(name)
            cell.execution_count = None
            cell.outputs = [] if task is None else outputs(task.score, task_text(task, result))


def outputs(score: float, text: str) -> list[NotebookNode]:
    return [
        nbformat.v4.new_output("stream", name="stdout", text=text),
        nbformat.v4.new_output("execute_result", {"text/plain": f"{score:g}"}, execution_count=None),
    ]


def _note(result: Result) -> NotebookNode:
    """What was corrected, why nothing ran (if so), and how to grade again with the same inputs."""
    general = [str(flag) for flag in result.flags if flag.task is None]
    lines = [one_line(line, 400).translate(MARKDOWN) for line in [result.message, *general] if line]
    command = f"autograder grade PATH --assignment {result.assignment} --seed {result.seed}"
    seed = f"Graded with seed {result.seed}. With the same inputs again: `{command}`"
    text = "\n".join(["**About this grading**", "", *(f"- {line}" for line in lines), f"- {seed}"])
    return nbformat.v4.new_markdown_cell(text, metadata={"tags": [NOTE_ID]})
