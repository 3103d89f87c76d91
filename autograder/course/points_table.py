"""The table of tasks and points in a notebook's introduction, made from the headers of its stubs and checks."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nbformat import NotebookNode

PLACEHOLDER = "<!-- points -->"  # written by the author where the table belongs; Markdown does not show it
HEAD = "| task | what you write | points |"


@dataclass(frozen=True)
class Row:
    """One line of the table: a task, a short description of it, and its points."""

    task: str
    about: str
    points: float


def insert(notebook: NotebookNode, rows: Iterable[Row]) -> None:
    """Replace the author's placeholder with the table."""
    table = points_table(list(rows))
    for cell in notebook.cells:
        if cell.cell_type == "markdown":
            cell.source = cell.source.replace(PLACEHOLDER, table)


def points_table(rows: list[Row]) -> str:
    """The table in Markdown, in the order of the notebook."""
    lines = [HEAD, "|---|---|---|"]
    for number, row in enumerate(rows, start=1):
        lines.append(f"| {number} | `{row.task}`{': ' if row.about else ''}{row.about} | {row.points:g} |")
    return "\n".join([*lines, f"| | **total** | **{sum(row.points for row in rows):g}** |"])
