"""The tables."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence

from .isolation import Isolation
from .memory import Mark, is_flat
from .tools import Measured

MB = 1 << 20
GOAL, MUST = 60, 25  # times faster than stock nbgrader, per submission, wall time
NBGRADER_MUST = 15  # the same for `nbgrader autograde` with our judge, gradebook included
CPU_MUST, PRIVATE_MUST_MB = 2.0, 10


def tools_table(rows: Sequence[Measured | tuple[str, str]], class_size: int) -> Iterator[str]:
    """One line per tool, ours last; the ratios compare wall and processor time per submission with ours."""
    base = next(row for row in reversed(rows) if isinstance(row, Measured)).per_submission
    yield f"Per submission. A start-up that serves several submissions is divided among a class of {class_size}."
    yield f"{'':34}{'graded':>7}{'wall s':>9}{'cpu s':>9}{'peak MB':>9}{'wall':>8}{'cpu':>8}   right with full marks"
    for row in rows:
        if not isinstance(row, Measured):
            yield f"{row[0]:34}{row[1]}"
            continue
        cost = row.per_submission
        times = f"{cost.wall_s / base.wall_s:7.1f}x{cost.cpu_s / base.cpu_s:7.1f}x"
        costs = f"{cost.wall_s:9.3f}{cost.cpu_s:9.3f}{cost.peak_bytes / MB:9.0f}"
        yield f"{row.tool:34}{row.submissions:7}{costs}{times}   {row.full_marks} of {row.right}"


def isolation_table(found: Isolation, visible_cpu_s: float) -> Iterator[str]:
    yield f"Isolation, over {found.pairs} submissions, each graded both ways in turn; medians of processor time per submission."
    yield f"  {'hidden checks, confined':42}{_ms(found.confined_cpu_s)}"
    for name, value in (("judge", found.judge_cpu_s), ("zygote", found.zygote_cpu_s), ("children", found.children_cpu_s)):
        yield f"    {name:40}{_ms(value)}"
    yield f"  {'the same in one warm process':42}{_ms(found.inside_cpu_s)}"
    verdict = f"{said(found.cpu_ratio <= CPU_MUST)}, at most {CPU_MUST:g}; worst {found.worst_ratio:.2f}"
    yield f"  {'ratio':42}{found.cpu_ratio:9.2f}      {verdict}"
    times = found.inside_cpu_s / visible_cpu_s
    more = f"what the other tools run: the hidden ones are {times:.1f} times as much"
    yield f"  {'the visible checks in one warm process':42}{_ms(visible_cpu_s)}   {more}"
    yield "  the same scores both ways: " + ("yes" if found.same_scores else "NO")
    yield ""
    yield "Where a confined submission's wall time goes, mean, one worker."
    for name, value in found.split.items():
        yield f"  {name:42}{_ms(value)}{value / found.wall_s:7.0%}"
    yield f"  {'all':42}{_ms(found.wall_s)}"
    yield ""
    if found.private_bytes is None:
        yield "Private memory of a child: cannot be read here (needs root)."
    else:
        size = found.private_bytes / MB
        verdict = f"{said(size <= PRIVATE_MUST_MB)}, at most {PRIVATE_MUST_MB} MB"
        yield f"Private memory of a child of the solution, largest: {size:.1f} MB      {verdict}"


def memory_table(marks: Sequence[Mark], name: str) -> Iterator[str]:
    yield f"Anonymous memory over many submissions of {name}, MB."
    yield f"  {'submissions':14}{'judge':>9}{'zygote':>9}"
    for mark in marks:
        yield f"  {mark.gradings:<14}{mark.judge_bytes / MB:9.1f}{mark.zygote_bytes / MB:9.1f}"
    yield f"  flat: {said(is_flat(marks))}"


def times(compared: Iterable[tuple[Measured, Measured]]) -> float:
    """How many times faster the second is than the first, on all assignments together."""
    pairs = list(compared)
    return sum(stock.per_submission.wall_s for stock, _ in pairs) / sum(ours.per_submission.wall_s for _, ours in pairs)


def speed_table(compared: Mapping[str, tuple[Measured, Measured]]) -> Iterator[str]:
    yield "Wall seconds per submission, on the same notebooks and the same checks."
    yield f"  {'':16}{'stock nbgrader':>16}{'ours':>9}{'times':>9}"
    for name, (stock, ours) in compared.items():
        yield f"  {name:16}{stock.per_submission.wall_s:16.3f}{ours.per_submission.wall_s:9.3f}{times([(stock, ours)]):8.1f}x"
    all_times = times(compared.values())
    goal = "the goal is reached" if all_times >= GOAL else f"the goal is {GOAL}"
    yield f"  {'together':41}{all_times:8.1f}x      {said(all_times >= MUST)}, at least {MUST}; {goal}"


def nbgrader_line(compared: Iterable[tuple[Measured, Measured]]) -> str:
    all_times = times(compared)
    verdict = f"{said(all_times >= NBGRADER_MUST)}, at least {NBGRADER_MUST}"
    return f"  {'ours through nbgrader autograde':41}{all_times:8.1f}x      {verdict}"


def said(holds: bool) -> str:
    return "holds" if holds else "DOES NOT HOLD"


def _ms(seconds: float) -> str:
    return f"{seconds * 1000:9.1f} ms"


def text(lines: Iterable[str]) -> str:
    return "\n".join(lines)
