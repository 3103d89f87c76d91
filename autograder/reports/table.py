"""A class as a table: one row per student, one column per assignment."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from autograder.sanitize import one_line

from .text import number

Scores = Mapping[tuple[str, str], float | None]


def class_table(
    scores: Scores, assignments: Sequence[str], max_scores: Mapping[str, float], notes: Mapping[tuple[str, str], str]
) -> str:
    """Scores by (student, assignment). A dash: nothing handed in. `none`: no score, and so no total.

    notes: a mark behind a score, such as the verdict when it is not `graded`.
    """
    students = sorted({student for student, _ in scores})
    head = ["student", *assignments, "total"]
    rows = [_row(student, assignments, scores, notes) for student in students]
    foot = ["points", *(number(max_scores[a]) for a in assignments), number(sum(max_scores[a] for a in assignments))]
    return _aligned([head, *rows, foot])


def _row(student: str, assignments: Sequence[str], scores: Scores, notes: Mapping[tuple[str, str], str]) -> list[str]:
    cells = []
    for assignment in assignments:
        key = (student, assignment)
        if key not in scores:
            cells.append("-")
        else:
            score = scores[key]
            shown = "none" if score is None else number(score)
            cells.append(f"{shown} {notes[key]}" if notes.get(key) else shown)
    found = [scores[student, a] for a in assignments if (student, a) in scores]
    known = [score for score in found if score is not None]
    return [one_line(student, 30), *cells, number(sum(known)) if len(known) == len(found) else "none"]


def _aligned(rows: Iterable[Sequence[str]]) -> str:
    rows = list(rows)
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        "  ".join(c.ljust(w) if i == 0 else c.rjust(w) for i, (c, w) in enumerate(zip(r, widths, strict=True))) for r in rows
    ]
    rule = "-" * len(lines[0])
    return "\n".join([lines[0], rule, *lines[1:-1], rule, lines[-1]]) + "\n"
