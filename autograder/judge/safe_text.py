"""Text from a submission or its surroundings, made harmless before a person sees it.

Only printable characters survive: no control character, no escape sequence, no text direction override, nothing of zero
width. Escaping for HTML or for a workflow log is left to the report that writes there.
"""

from __future__ import annotations

import unicodedata

_HIDDEN = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}


def clean(text: str, limit: int = 300) -> str:
    """One line of at most `limit` characters."""
    flat = "".join(" " if c in "\n\t\r" else c for c in text[: 4 * limit])
    shown = "".join(c for c in flat if unicodedata.category(c) not in _HIDDEN).strip()
    return shown if len(shown) <= limit else shown[: limit - 3].rstrip() + "..."
