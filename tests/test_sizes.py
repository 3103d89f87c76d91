"""No file of ours is longer than 300 lines, and no function longer than 60: longer ones do two things."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
MAX_FILE, MAX_FUNCTION = 300, 60
FOLDERS = ("autograder", "benchmarks", "examples", "tests")
NOT_OURS = re.compile(r"tests/submissions/|examples/submitted/|/\.")
# Tables: as long as there are mistakes.
MISTAKES = re.compile(r"autograder/kit/\w+_mistakes\.py|autograder/graders/\d\d_\w+/test_\w+\.py")


def files() -> Iterator[tuple[str, str]]:
    """Path and text of each file that is written by hand, the tables of mistakes excepted."""
    for folder in FOLDERS:
        for path in sorted((ROOT / folder).rglob("*.py")):
            name = path.relative_to(ROOT).as_posix()
            if not NOT_OURS.search(name) and not MISTAKES.fullmatch(name):
                yield name, path.read_text(encoding="utf-8")


def functions(text: str) -> Iterator[tuple[str, int]]:
    """Name and length of each function, its decorators left out."""
    for node in ast.walk(ast.parse(text)):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef) and node.end_lineno is not None:
            yield node.name, node.end_lineno - node.lineno + 1


def test_no_file_is_too_long() -> None:
    found = {name: text.count("\n") for name, text in files()}
    assert len(found) > 150
    assert {name: lines for name, lines in found.items() if lines > MAX_FILE} == {}


def test_no_function_is_too_long() -> None:
    found = {f"{name}: {function}": lines for name, text in files() for function, lines in functions(text)}
    assert len(found) > 1000
    assert {function: lines for function, lines in found.items() if lines > MAX_FUNCTION} == {}
