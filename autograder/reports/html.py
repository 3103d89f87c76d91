"""Self-contained HTML pages: no script, nothing fetched, all text made harmless and escaped when it is inserted."""

from __future__ import annotations

from functools import lru_cache
from pathlib import Path
from typing import Any

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup

from autograder import sanitize

from .text import number

TEMPLATES = Path(__file__).parent / "templates"


def render(template: str, **values: Any) -> str:
    return _environment().get_template(template).render(**values)


@lru_cache
def _environment() -> Environment:
    environment = Environment(
        loader=FileSystemLoader(TEMPLATES),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_harmless,
    )
    environment.filters |= {
        "number": number,
        "percent": lambda share: f"{100 * share:.0f} %",
        "name": lambda text: sanitize.one_line(text, 60),
        "lines": lambda text: sanitize.lines(text).splitlines(),
        "r": lambda value: "none" if value is None else f"{value:.2f}",
    }
    environment.globals["style"] = Markup((TEMPLATES / "style.css").read_text(encoding="utf-8"))
    return environment


def _harmless(value: Any) -> Any:
    """Make every plain string of a template harmless; markup was made by us."""
    return sanitize.one_line(value, 2000) if isinstance(value, str) and not isinstance(value, Markup) else value
