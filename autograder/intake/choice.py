"""Choose the submitted file to grade. Texts in, a name out."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from autograder.sanitize import one_line

from .files import suffix_of
from .handed_out import HandedOut
from .rejected import RejectedInput


@dataclass(frozen=True)
class Choice:
    """The file to grade. notes: what the student should know about the choice."""

    name: str
    notes: tuple[str, ...] = ()


def choose(texts: Mapping[str, str | None], stem: str, given: HandedOut, others: tuple[str, ...] = ()) -> Choice:
    """Choose a file. texts: the code of each file; None if it is unreadable. Raises RejectedInput when the intent is unclear.

    The file with the assignment's name counts, unless it stands as it was given and one other was worked on. Under any other
    name there must be one that the student can have meant.
    """
    own = [name for name in (f"{stem}.ipynb", f"{stem}.py") if name in texts]
    candidates = [name for name in texts if suffix_of(name) and (name in own or _is_meant(texts[name], given))]
    worked_on = [name for name in candidates if not given.is_untouched(texts[name] or "")]
    if len(own) == 1 and (own[0] in worked_on or not worked_on):
        return Choice(own[0], _left_aside(own[0], [n for n in worked_on if n.endswith(".ipynb")]))
    if len(own) == 2 and not worked_on:
        return Choice(own[0])
    if own and len(worked_on) == 1:
        return Choice(worked_on[0], (_untouched_note([name for name in own if name != worked_on[0]], worked_on[0]),))
    if len(own) == 2:
        raise RejectedInput(f"Found both {own[0]} and {own[1]}. Hand in one of them.")
    if own:
        raise RejectedInput(
            f"{own[0]} is as it was handed out, and several others were worked on: {_listed(worked_on)}. Hand in one of them."
        )
    return _renamed(worked_on or candidates, texts, stem, others)


def _is_meant(text: str | None, given: HandedOut) -> bool:
    return text is None or given.defines_a_task(text)


def _renamed(found: list[str], texts: Mapping[str, str | None], stem: str, others: tuple[str, ...]) -> Choice:
    alike = [name for name in found if name.lower().startswith(stem)]
    notebooks = [name for name in found if suffix_of(name) == ".ipynb"]
    for some in (found, alike, notebooks):
        if len(some) == 1 or (some and len({texts[name] for name in some}) == 1):
            name = some[0]
            note = f"The file is called {one_line(name, 80)}, not {stem}{suffix_of(name)}. It was graded all the same."
            return Choice(name, (note, *_left_aside(name, [n for n in found if texts[n] != texts[name]])))
    if found:
        raise RejectedInput(f"Several files could be {stem}.ipynb: {_listed(found)}. Hand in one of them, with that name.")
    unlike = [*texts, *others]
    what = f" There is only {_listed(unlike)}." if unlike else ""
    raise RejectedInput(f"Found neither {stem}.ipynb nor {stem}.py. Keep the name of the file that you were given.{what}")


def _untouched_note(untouched: list[str], name: str) -> str:
    are = "is" if len(untouched) == 1 else "are"
    return f"{_listed(untouched)} {are} as it was handed out, so {one_line(name, 80)}, which was worked on, was graded."


def _left_aside(name: str, others: list[str]) -> tuple[str, ...]:
    aside = [other for other in others if other != name]
    return (f"{one_line(name, 80)} was graded, and not {_listed(aside)} beside it.",) if aside else ()


def _listed(names: list[str]) -> str:
    shown = [one_line(name, 40) for name in names[:3]]
    more = f" and {len(names) - 3} more" if len(names) > 3 else ""
    return ", ".join(shown) + more
