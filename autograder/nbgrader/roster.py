"""A course list exported by a learning management system or a spreadsheet: data on each student, by the id that we use."""

from __future__ import annotations

import codecs
import csv
from dataclasses import dataclass
from pathlib import Path

from autograder.reports.lms import People

BOMS = {codecs.BOM_UTF8: "utf-8-sig", codecs.BOM_UTF16_LE: "utf-16", codecs.BOM_UTF16_BE: "utf-16"}
DELIMITERS = ",;\t"  # a German Excel writes semicolons, Blackboard tabs


class RosterError(Exception):
    """The roster cannot be joined with the gradebook."""


@dataclass(frozen=True)
class Roster:
    """people: rows by id. twice: ids that occur in more than one row; the first row counts."""

    people: People
    twice: tuple[str, ...] = ()


def read_roster(path: Path, key: str) -> Roster:
    """The rows by their column `key`. Raises RosterError when there is no such column."""
    lines = _text(path).splitlines(keepends=True)
    rows = list(csv.reader(lines, delimiter=max(DELIMITERS, key=lines[0].count) if lines else ","))
    head = [name.strip() for name in rows[0]] if rows else []
    if key not in head:
        columns = ", ".join(map(repr, head)) or "none"
        which = 'Say which one holds the folder names: --LmsExport.roster_key="..."'
        raise RosterError(f"{path.name} has no column {key!r}. Its columns: {columns}. {which}")
    people: dict[str, dict[str, str]] = {}
    twice = []
    for cells in rows[1:]:
        row = dict(zip(head, (cell.strip() for cell in cells), strict=False))
        student = row.get(key, "")
        if student and people.setdefault(student, row) is not row:
            twice.append(student)
    return Roster(people, tuple(dict.fromkeys(twice)))


def _text(path: Path) -> str:
    data = path.read_bytes()
    encoding = next((name for bom, name in BOMS.items() if data.startswith(bom)), "utf-8")
    try:
        return data.decode(encoding)
    except UnicodeDecodeError:
        return data.decode("cp1252", "replace")  # Excel on Windows
