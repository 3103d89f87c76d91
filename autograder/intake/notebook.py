"""Parse a notebook's bytes into a document and its code cells. The document may be hostile, so everything is checked."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

from autograder.course.cells import is_taught

from .rejected import RejectedInput
from .text import decode, require_no_conflict

MAX_SOURCE = 1 << 20  # bytes of code
MAX_CELLS = 2000
MAX_JSON_PARTS = 1_000_000  # commas and brackets, which determine the memory of the parsed form


def parse(data: bytes) -> dict[str, Any]:
    """The document. Raises RejectedInput when the bytes are not a notebook."""
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
    """The notebook's language, or its kernel's name; `python` when it gives neither."""
    known = document.get("metadata")
    metadata: dict[str, Any] = known if isinstance(known, dict) else {}
    for part, key in (("kernelspec", "language"), ("language_info", "name")):
        found = metadata.get(part)
        if isinstance(found, dict) and isinstance(found.get(key), str) and found[key]:
            return str(found[key])
    return "python"


def cells_of(document: dict[str, Any]) -> list[dict[str, Any]]:
    """The cells, in format 3 from the worksheets. Raises RejectedInput for anything but a list of records."""
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
    """The text of a cell, called `input` in format 3. Raises RejectedInput when it is not text."""
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
    """The graded text of the cells. Raises RejectedInput for a cell without text and for too much text."""
    total = 0
    for cell in cells:
        if cell.get("cell_type") != "code" or not is_taught(cell):
            continue
        source = source_of(cell)
        total += len(source)
        if total > MAX_SOURCE:
            raise RejectedInput(f"The notebook holds more than {MAX_SOURCE >> 20} MiB of code.")
        yield source
