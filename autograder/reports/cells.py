"""CSV text: what spreadsheets and importers read, with nothing in it that a spreadsheet would run."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from autograder.sanitize import one_line

FORMULA_STARTS = ("=", "+", "-", "@")  # and tab and return, which `one_line` takes away
Cell = str | float | None


def csv_text(rows: Iterable[Sequence[Cell]], *, quote_all: bool = False) -> str:
    """Rows as RFC 4180 has them, but for the line end. None is an empty cell."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL)
    writer.writerows([_cell(value) for value in row] for row in rows)
    return file.getvalue()


def _cell(value: Cell) -> str:
    if value is None:
        return ""
    if not isinstance(value, str):
        return f"{value:.10g}"
    text = one_line(value, 1000)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text
