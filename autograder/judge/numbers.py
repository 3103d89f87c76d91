"""The numbers that a submission writes into a function, which say where a limit may lie. They cost no points."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import chain, takewhile

CONSTANT = re.compile(r"(\w+)(?:\s*:\s*\w+)?\s*=\s*(\d{1,9})\s*(?:#.*)?")
INSIDE = re.compile(r"[\s)#]|$")  # how the lines of a function begin after its first one


def numbers_in(lines: Mapping[str, Sequence[str]], function: str) -> frozenset[int]:
    """Whole numbers in the body of a top-level function, and the constants that it uses. lines: the source, by file or cell.

    A function that cannot be parsed by itself has none.
    """
    nodes = list(chain.from_iterable(_nodes(text, function) for text in lines.values()))
    used = {node.id for node in nodes if isinstance(node, ast.Name)}
    written = {node.value for node in nodes if isinstance(node, ast.Constant) and type(node.value) is int}
    constants = (CONSTANT.fullmatch(line) for text in lines.values() for line in text if used)
    return frozenset(written | {int(found[2]) for found in constants if found and found[1] in used})


def _nodes(lines: Sequence[str], function: str) -> Iterator[ast.AST]:
    """The syntax trees of the body, the defaults of its arguments left out. Only these lines are parsed: a file is long."""
    starts = (n for n, line in enumerate(lines) if re.match(rf"def {function}\b", line))
    for start in starts:
        block = [lines[start], *takewhile(INSIDE.match, lines[start + 1 :])]
        try:
            parsed = ast.parse("\n".join(block)).body
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
        for statement in parsed:
            for part in statement.body if isinstance(statement, ast.FunctionDef) else ():
                yield from ast.walk(part)
