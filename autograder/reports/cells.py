"""CSV text for spreadsheets and importers, without anything that a spreadsheet would execute."""

from __future__ import annotations

import csv
import functools
import io
from collections.abc import Iterable, Sequence

from autograder.sanitize import one_line

FORMULA_STARTS = ("=", "+", "-", "@")  # and tab and return, which `one_line` removes
Cell = str | float | None


def csv_text(rows: Iterable[Sequence[Cell]], *, quote_all: bool = False) -> str:
    """Rows in the format of RFC 4180, except for the line end. None is an empty cell."""
    file = io.StringIO()
    writer = csv.writer(file, lineterminator="\n", quoting=csv.QUOTE_ALL if quote_all else csv.QUOTE_MINIMAL)
    shown = functools.cache(_text)  # rows repeat the same names and verdicts
    writer.writerows([shown(cell) if isinstance(cell, str) else _number(cell) for cell in row] for row in rows)
    return file.getvalue()


def _text(value: str) -> str:
    text = one_line(value, 1000)
    return f"'{text}" if text.startswith(FORMULA_STARTS) else text


def _number(value: float | None) -> str:
    return "" if value is None else f"{value:.10g}"
