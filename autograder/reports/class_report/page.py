"""The class report as one self-contained HTML page: no script, nothing fetched, and all text escaped by jinja2."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
from markupsafe import Markup

from autograder.results import Result

from ..html import render
from ..similarity import Group
from ..text import VERDICT_TEXTS
from . import charts
from .data import AssignmentData, ClassData
from .findings import ItemRow, assignment_row, mistake_rows, pair_rows, topics

LISTED = 40  # mistakes with a row of their own


def class_report(results: Iterable[Result], similar: Sequence[Group] | None = None, title: str = "Class report") -> str:
    """The page. similar: groups of similar submissions; None omits their section."""
    data = ClassData.of_results(results)
    assignments = [assignment_row(part) for part in data.assignments.values()]
    mistakes = mistake_rows(data)
    return render(
        "class_report.html.j2",
        title=title,
        students=data.students,
        totals=data.totals(),
        scores={name: dict(zip(part.students, part.scores, strict=True)) for name, part in data.assignments.items()},
        assignments=assignments,
        attention=[(part.name, *who) for part in data.assignments.values() for who in part.attention],
        max_total=sum(row.max_score for row in assignments),
        topics=topics(mistakes, data, assignments),
        warnings=[(row.name, item) for row in assignments for item in row.tests if item.warning],
        mistakes=mistakes[:LISTED],
        rare=len(mistakes) - len(mistakes[:LISTED]),
        pairs=pair_rows(data),
        verdict_texts=VERDICT_TEXTS,
        similar=similar,
        overview=Markup(_overview(data)),
        times=Markup(_times(data)),
        histograms={name: Markup(_histogram(part)) for name, part in data.assignments.items()},
        item_maps={row.name: Markup(_item_map(row.name, row.tests)) for row in assignments},
    )  # fmt: skip


def _overview(data: ClassData) -> str:
    parts = list(data.assignments.values())
    shares = [np.array([100 * s / (part.max_score or 1) for s in part.scores if s is not None]) for part in parts]
    return charts.boxes(shares, [part.name for part in parts], "per cent of the points", "Scores of each assignment as boxes.")


def _times(data: ClassData) -> str:
    parts = list(data.assignments.values())
    return charts.boxes(
        [np.maximum(part.durations, 0.01) for part in parts], [part.name for part in parts],
        "seconds, on a logarithmic scale", "Grading times as boxes.", log=True,
    )  # fmt: skip


def _histogram(part: AssignmentData) -> str:
    scores = np.array([score for score in part.scores if score is not None])
    return charts.histogram(scores, part.max_score, part.name)


def _item_map(name: str, tests: Sequence[ItemRow]) -> str:
    known = [(item.difficulty, item.discrimination) for item in tests if item.discrimination is not None]
    return charts.item_map([p for p, _ in known], [r for _, r in known], name) if known else ""
