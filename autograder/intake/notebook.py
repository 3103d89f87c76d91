"""A notebook's bytes as a document, and its code cells. The document is hostile: nothing in it is taken for granted."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from autograder.course.cells import is_taught

from .rejected import RejectedInput
from .text import decode, require_no_conflict

MAX_SOURCE = 1 << 20  # bytes of code
MAX_CELLS = 2000
MAX_JSON_PARTS = 1_000_000  # commas and brackets of a notebook: what its parsed form costs in memory


def parse(data: bytes) -> dict[str, Any]:
    """The document. Raises RejectedInput when the bytes are no notebook."""
    if not data.strip():
        raise RejectedInput("The notebook is empty. Save it again.")
    if sum(map(data.count, (b",", b"[", b"{"))) > MAX_JSON_PARTS:
        raise RejectedInput("The notebook is too large. Clear the outputs and save again.")
    text, _ = decode(data, "The notebook")
    try:
        document = json.loads(text)
    except (ValueError, RecursionError, MemoryError) as error:
        require_no_conflict(text, "The notebook")
        if text.lstrip()[:1] == "<":
            raise RejectedInput("This is a web page, not a notebook. Download the notebook itself.") from error
        raise RejectedInput("The notebook is not valid JSON. Open it in Jupyter and save it again.") from error
    if not isinstance(document, dict) or document.get("nbformat") not in (3, 4):
        raise RejectedInput("This is no notebook of format 4. Open it in Jupyter and save it again.")
    return document


def language_of(document: dict[str, Any]) -> str:
    """What the notebook says it is written in, as its kernel's name or its language; `python` when it says nothing."""
    known = document.get("metadata")
    metadata: dict[str, Any] = known if isinstance(known, dict) else {}
    for part, key in (("kernelspec", "language"), ("language_info", "name")):
        found = metadata.get(part)
        if isinstance(found, dict) and isinstance(found.get(key), str) and found[key]:
            return str(found[key])
    return "python"


def cells_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    """Its cells; those of format 3 stand in worksheets. Raises RejectedInput for anything but a list of records."""
    cells = document.get("cells")
    if document.get("nbformat") == 3:
        sheets = document.get("worksheets")
        sheets = sheets if isinstance(sheets, list) else []
        parts = [sheet.get("cells") for sheet in sheets if isinstance(sheet, dict)]
        cells = [cell for part in parts if isinstance(part, list) for cell in part]
    if not isinstance(cells, list):
        raise RejectedInput("This is no notebook of format 4. Open it in Jupyter and save it again.")
    if len(cells) > MAX_CELLS:
        raise RejectedInput(f"The notebook has more than {MAX_CELLS} cells.")
    if not all(isinstance(cell, dict) for cell in cells):
        raise RejectedInput("A cell of the notebook is malformed. Open it in Jupyter and save it again.")
    return cells


def source_of(cell: dict[str, Any]) -> str:
    """The text of a cell; `input` is its name in format 3. Raises RejectedInput when it is none."""
    source = cell.get("source", cell.get("input", ""))
    if isinstance(source, list) and all(isinstance(line, str) for line in source):
        source = "".join(source)
    if not isinstance(source, str):
        raise RejectedInput("A cell of the notebook has no text. Open it in Jupyter and save it again.")
    return source.encode("utf-8", "replace").decode()


def code_cells(data: bytes) -> Iterator[str]:
    """The code cells of a notebook, without the graded checks and demonstrations that we wrote.

    Raises RejectedInput when the bytes are no notebook.
    """
    yield from taught_cells(cells_of(parse(data)))


def taught_cells(cells: list[dict[str, Any]]) -> Iterator[str]:
    """What of the cells is graded. Raises RejectedInput for a cell without text and for too much of it."""
    total = 0
    for cell in cells:
        if cell.get("cell_type") != "code" or not is_taught(cell):
            continue
        source = source_of(cell)
        total += len(source)
        if total > MAX_SOURCE:
            raise RejectedInput(f"The notebook holds more than {MAX_SOURCE >> 20} MiB of code.")
        yield source
