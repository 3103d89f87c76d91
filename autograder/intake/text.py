"""Decode bytes to text, in any encoding that editors use."""

from __future__ import annotations

import codecs
import re

from autograder.sanitize import one_line

from .rejected import RejectedInput

MARKS = (  # UTF-32 first: its mark starts with that of UTF-16
    (codecs.BOM_UTF32_LE, "utf-32"), (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"), (codecs.BOM_UTF16_BE, "utf-16"),
)  # fmt: skip
DECLARED = re.compile(rb"^[ \t\f]*#.*?coding[:=][ \t]*([-\w.]+)", re.MULTILINE)
WIDE = 0.3  # share of NUL bytes in Latin text saved as UTF-16 without a mark: about a half
PLAIN_CONTROLS = frozenset(b"\t\n\x0b\x0c\r\x1a\x1b")
REGIONAL = frozenset(
    "iso8859-1 iso8859-2 iso8859-5 iso8859-9 iso8859-15 cp1250 cp1251 cp1252 cp1253 cp1254 cp936 gbk gb2312 gb18030 big5 cp950 "
    "shift_jis cp932 euc_jp euc_kr cp949 koi8-r koi8-u mac-roman".split()
)
CONFLICT = re.compile(r"^<<<<<<< .*^=======$.*^>>>>>>> ", re.MULTILINE | re.DOTALL)


def decode(data: bytes, name: str) -> tuple[str, str | None]:
    """The text, and the encoding when it is not UTF-8. Raises RejectedInput when the bytes are not text."""
    for encoding in _candidates(data):
        try:
            text = data.decode(encoding)
        except (UnicodeError, LookupError):
            continue
        return text.replace("\r\n", "\n").replace("\r", "\n"), None if encoding == "utf-8-sig" else encoding
    raise RejectedInput(f"{one_line(name, 80)} is not text. Save it as UTF-8.")


def encoding_note(name: str, encoding: str) -> str:
    return f"{one_line(name, 80)} is not UTF-8 text but {encoding.upper()}. It was read as that."


def require_no_conflict(text: str, name: str) -> None:
    """Raise RejectedInput when the text contains git's markers of a merge conflict."""
    if "<<<<<<<" in text and CONFLICT.search(text):
        raise RejectedInput(
            f"{one_line(name, 80)} holds both sides of a merge conflict, between lines of <<<<<<< and >>>>>>>. "
            "Keep one side and hand it in again."
        )


def _candidates(data: bytes) -> list[str]:
    for mark, encoding in MARKS:
        if data.startswith(mark):
            return [encoding]
    found = ["utf-8-sig"]
    head = data[:4000]
    if head.count(0) > WIDE * len(head):
        found = ["utf-16-le" if head[1:2] == b"\0" else "utf-16-be"]
    declared = DECLARED.search(b"\n".join(data.split(b"\n", 2)[:2]))
    if declared:
        try:
            known = codecs.lookup(declared[1].decode("ascii", "replace")).name
        except LookupError:
            known = ""
        found += [known] if known in REGIONAL else []
    if all(byte >= 32 or byte in PLAIN_CONTROLS for byte in set(data)):
        found += ["cp1252", "latin-1"]
    return found
