"""Limit how much a submission can reveal about its hidden inputs through the messages of one task, estimated in bits.

A child can choose what it raises, at which line, and the shapes and parameter names that it returns, and so encode something
in the message of each test. This module counts the bits of such choices. What the messages of a task have said already is nearly
free to repeat. Once the limit is reached, later tests of the task only say that they failed as well.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from functools import cached_property

from autograder.sanitize import one_line

TASK_BITS = 64.0  # all messages and verdicts of a task reveal less than this
BOUND_BITS = 56.0  # its messages, when it has few tests
KIND_BITS = 8.0  # which error, which of our sentences
SAID_BITS = 1.0  # for repeating what has been said before
OURS = re.compile(r"the shapes? [^.]*? (?:is|are) right|expected [^.\n]*|\n.*", re.DOTALL)  # said by us, whatever came back
LABEL = re.compile(r"[A-Za-z_][\w.]{0,60}\([^()]*\)(?:\[\d+\])*")  # the call: ours as well
NAMED = re.compile(r"'([A-Za-z_]\w*)'|([A-Za-z_][\w.]*)\(\)|found ([A-Za-z_][\w.]*)")
AGAIN = "fails in another way than the tests above. Put those right first."
WORD = re.compile(r"[A-Za-z_]\w*")
STRINGS_AND_COMMENTS = re.compile(r"'''.*?'''|\"\"\".*?\"\"\"|'(?:\\.|[^'\\\n])*'|\"(?:\\.|[^\"\\\n])*\"|#[^\n]*", re.DOTALL)


def names_in_code(source: str) -> frozenset[str]:
    """The names in a source, without those only in strings and comments, which could hold a whole code book."""
    return frozenset(word for word in WORD.findall(STRINGS_AND_COMMENTS.sub(" ", source)) if len(word) <= 30)


def bound_for(tests: int) -> float:
    """The bits that the messages of a task may reveal. tests: how many it has; each reveals one more bit by its verdict."""
    return max(0.0, min(BOUND_BITS, TASK_BITS - 1 - tests))


class Disclosure:
    """Counts what the messages of one task have revealed so far. lines: the submitted source, by file or cell."""

    def __init__(self, lines: Mapping[str, Sequence[str]], bound_bits: float = BOUND_BITS) -> None:
        self.left_bits = bound_bits
        self._lines = lines
        self._said: set[str] = set()

    @cached_property
    def _names(self) -> frozenset[str]:
        return names_in_code("\n".join(line for text in self._lines.values() for line in text))

    def _quote(self, place: str, line: int) -> str:
        """A line of the submission as messages quote it; '' when there is no such line."""
        text = self._lines.get(place, ())
        return one_line(text[line - 1], 100) if 0 < line <= len(text) else ""

    def _parts(self, finding: str) -> dict[str, float]:
        """The parts of this text that a child could choose, each with an upper estimate of its bits."""
        quoted = re.search(r" at line (\d+) of ([^:]+): ", finding)
        if quoted:  # the line follows from its number
            finding = finding.replace(self._quote(quoted[2], int(quoted[1])), "", 1)
        chosen = OURS.sub("", LABEL.sub("", finding, count=1))
        names = [part for found in NAMED.finditer(chosen) for part in WORD.findall("".join(filter(None, found.groups())))]
        parts = {re.sub(r"\d+", "0", NAMED.sub("", chosen)): KIND_BITS}
        parts |= {number: math.log2(int(number[:20]) + 2) for number in re.findall(r"\d+", NAMED.sub("", chosen))}
        return parts | {name: math.log2(len(self._names) + 2) for name in names if name in self._names}

    def shown(self, finding: str) -> str:
        """The text, or a substitute when the text would exceed the limit."""
        parts = self._parts(finding)
        needed = sum(SAID_BITS if part in self._said else bits for part, bits in parts.items())
        if finding in self._said:
            return finding
        if needed > self.left_bits:
            call = re.match(r"[A-Za-z_]\w{0,40}\(\.\.\.\)", finding)
            return f"{call[0]} {AGAIN}" if call else f"It {AGAIN}"
        self.left_bits -= needed
        self._said |= {finding, *parts}
        return finding
