"""Plots of the class report as inline SVG, by matplotlib, in the page's own colours: they follow light and dark."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Sequence
from functools import cache
from typing import Any

import numpy as np
from matplotlib import rc_context
from matplotlib.axes import Axes
from matplotlib.backends.backend_svg import FigureCanvasSVG
from matplotlib.collections import LineCollection, PathCollection
from matplotlib.figure import Figure
from matplotlib.ticker import MaxNLocator, NullFormatter, StrMethodFormatter

from .statistics import Floats

# Written as these colours, then replaced by the variables of the page's style sheet.
INK, ACCENT, LINE, WARN = "#010203", "#010204", "#010205", "#010206"
VARIABLES = {INK: "var(--ink)", ACCENT: "var(--accent)", LINE: "var(--line)", WARN: "var(--warn)"}
SMALL = (4.4, 2.1)  # inches
BARS = 20
REFERENCE = re.compile(r'(?:(?<=url\()|(?<=href="))#([\w-]+)')
STYLE: Any = {
    "svg.fonttype": "none",
    "svg.hashsalt": "autograder",
    "font.size": 9,
    "text.color": INK,
    "axes.edgecolor": LINE,
    "axes.labelcolor": INK,
    "axes.spines.top": False,
    "axes.spines.right": False,
    "xtick.color": INK,
    "ytick.color": INK,
}


def histogram(scores: Floats, max_score: float, name: str) -> str:
    """A histogram of the points of submissions."""
    most = max_score or 1.0
    counts, edges = np.histogram(scores, np.linspace(0, most, BARS + 1))
    with rc_context(STYLE):
        figure, axes, bars = _histogram_axes()
        middles = (edges[1:] + edges[:-1]) / 2
        bars.set_segments([[(x, 0), (x, count)] for x, count in zip(middles, counts, strict=True)])
        axes.set(xlim=(0, most), ylim=(0, 1.05 * max(1, counts.max())))
        return _svg(figure, f"Scores of {name}: a histogram from 0 to {max_score:g} points of {len(scores)} submissions.")


def item_map(difficulties: Sequence[float], discriminations: Sequence[float], name: str) -> str:
    """Each hidden test as a point: how easy it is, and how well it separates strong from weak submissions."""
    with rc_context(STYLE):
        figure, points = _item_axes()
        points.set_offsets(np.column_stack([difficulties, discriminations]))
        points.set_color([WARN if r < 0 else ACCENT for r in discriminations])
        return _svg(figure, f"Hidden tests of {name} by difficulty and discrimination: {len(difficulties)} points.")


def boxes(values: Sequence[Floats], names: Sequence[str], label: str, title: str, *, log: bool = False) -> str:
    """A box for each assignment: quartiles, whiskers of 1.5 times the box (Tukey), outliers as points.

    log: a logarithmic axis, for values of which a few are a hundred times the others.
    """
    if not names:
        return ""
    line = {"color": INK, "linewidth": 0.9}
    with rc_context(STYLE):
        left = 0.3 + 0.075 * max(map(len, names))  # inches
        figure, axes = _figure(7.0, 0.6 + 0.32 * len(names), left)
        axes.boxplot(
            [np.asarray(v) for v in reversed(values)], orientation="horizontal", tick_labels=list(reversed(names)), widths=0.55,
            patch_artist=True, boxprops={"facecolor": ACCENT, "edgecolor": ACCENT}, medianprops={"color": INK, "linewidth": 2},
            whiskerprops=line, capprops=line, flierprops={"marker": ".", "markersize": 4, "markeredgecolor": INK},
        )  # fmt: skip
        axes.set(xlabel=label)
        if log:
            axes.set_xscale("log")
            axes.xaxis.set_major_formatter(StrMethodFormatter("{x:g}"))
            axes.xaxis.set_minor_formatter(NullFormatter())
        else:
            axes.set_xlim(-2, 102)
        return _svg(figure, title)


@cache
def _histogram_axes() -> tuple[Figure, Axes, LineCollection]:
    """A figure that is made once and reused, like the axes below: making them costs more than drawing."""
    figure, axes = _figure(*SMALL)
    width = 0.9 * 72 * SMALL[0] * axes.get_position().width / BARS
    bars = axes.vlines([], 0, 0, colors=ACCENT, linewidths=width)
    axes.set(xlabel="points", ylabel="submissions")
    axes.xaxis.set_major_locator(MaxNLocator(5))
    axes.yaxis.set_major_locator(MaxNLocator(4, integer=True))
    return figure, axes, bars


@cache
def _item_axes() -> tuple[Figure, PathCollection]:
    figure, axes = _figure(*SMALL)
    axes.axhline(0, color=LINE, linewidth=0.8)
    points = axes.scatter([], [], s=22)
    axes.set(xlabel="share of the class that passes", ylabel="discrimination", xlim=(-0.03, 1.03), ylim=(-1.05, 1.05))
    axes.set(xticks=(0, 0.25, 0.5, 0.75, 1), yticks=(-1, 0, 1))
    return figure, points


def _figure(width: float, height: float, left: float = 0.6) -> tuple[Figure, Axes]:
    """Sizes and the left margin in inches. Margins are fixed: with automatic ones matplotlib draws each figure three times."""
    figure = Figure(figsize=(width, height))
    FigureCanvasSVG(figure)
    figure.patch.set_visible(False)
    below, right, above = 0.45, 0.15, 0.1
    axes = figure.add_axes((left / width, below / height, 1 - (left + right) / width, 1 - (below + above) / height))
    axes.patch.set_visible(False)
    return figure, axes


def _svg(figure: Figure, title: str) -> str:
    file = io.StringIO()
    figure.savefig(file, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    text = file.getvalue()
    text = text[text.index("<svg") :]
    text = re.sub(r"<metadata>.*?</metadata>\s*", "", text, flags=re.DOTALL)
    text = re.sub(r"<defs>\s*<style.*?</defs>\s*", "", text, flags=re.DOTALL)
    text = re.sub(r'(<svg [^>]*?) width="[^"]*"', r"\1", text, count=1)
    text = re.sub(r'(<svg [^>]*?) height="[^"]*"', r"\1", text, count=1)
    prefix = re.sub(r"\W", "", title)[:40]
    used = set(REFERENCE.findall(text))
    text = re.sub(r' id="([^"]*)"', lambda m: f' id="{prefix}-{m[1]}"' if m[1] in used else "", text)
    text = REFERENCE.sub(rf"#{prefix}-\1", text)
    text = re.sub(r"font: ([\d.]+px)[^;\"]*", r"font: \1 sans-serif", text)
    text = re.sub(r"<!--.*?-->\s*", "", text, flags=re.DOTALL)
    for colour, variable in VARIABLES.items():
        text = text.replace(colour, variable)
    label = html.escape(title, quote=True)
    return text.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)
