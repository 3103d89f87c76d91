"""Make text from a submission or its environment harmless before a person sees it.

Only printable characters remain: no control characters, escape sequences, text direction overrides or zero-width characters.
Nothing that remains is a workflow command in a CI log (`::set-output`, `##[error]`). Reports escape HTML themselves.
"""

from __future__ import annotations

import re
import unicodedata

_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_BLANK = frozenset("\u034f\u115f\u1160\u17b4\u17b5\u2800\u3164\uffa0")  # invisible letters and marks
_MARKS = "[\u0300-\u036f\u0483-\u0489\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe00-\ufe0f\ufe20-\ufe2f]"
_STACKED = re.compile(f"({_MARKS}{{2}}){_MARKS}+")
_COMMAND = re.compile(r"##(?=\[|vso\[)")


def one_line(text: str, limit: int = 300) -> str:
    """One line of at most `limit` characters."""
    if len(text) <= limit and text.isascii() and text.isprintable():  # a fast path for most texts
        return _without_commands(text.strip())
    flat = "".join(" " if c in "\n\t\r" or unicodedata.category(c) == "Zs" else c for c in text[: 4 * limit])
    shown = "".join(c for c in flat if not _is_hidden(c)).strip()
    shown = _without_commands(_STACKED.sub(r"\1", shown))
    return shown if len(shown) <= limit else shown[: limit - 3].rstrip() + "..."


def lines(text: str, limit: int = 1000, most: int = 200) -> str:
    """At most `most` lines of at most about `limit` characters, each made harmless; indentation is kept."""
    lines = text.split("\n", most + 1)
    kept = [line[: len(line) - len(line.lstrip(" "))][:40] + one_line(line, limit) for line in lines[:most]]
    return "\n".join([*kept, "... (more lines)"] if len(lines) > most else kept)


def visible(text: str) -> str:
    """Text for a JSON document: characters that a terminal would interpret or hide become JSON's \\u escapes."""
    return "".join(_escape(c) if c != "\n" and _is_hidden(c) else c for c in text)


def _is_hidden(c: str) -> bool:
    return unicodedata.category(c) in _HIDDEN or c in _BLANK


def _escape(c: str) -> str:
    code = ord(c)
    if code < 0x10000:
        return f"\\u{code:04x}"
    code -= 0x10000
    return f"\\u{0xD800 + (code >> 10):04x}\\u{0xDC00 + (code & 0x3FF):04x}"


def _without_commands(line: str) -> str:
    """Break commands: GitHub reads `::` at the start of a line and `##[` anywhere as one, Azure reads `##vso[`."""
    line = _COMMAND.sub("## ", line)
    return ": :" + line[2:] if line.startswith("::") else line
