"""Names that a task asks to do without, found in the syntax tree. A finding is a flag for review, never a lost point."""

from __future__ import annotations

import ast
from collections.abc import Collection, Iterator, Mapping, Sequence

from .safe_text import clean

DYNAMIC = frozenset({"getattr", "eval", "exec", "__import__", "import_module", "globals", "vars", "__dict__"})
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def flags(parts: Sequence[str], tasks: Mapping[str, Collection[str]]) -> list[str]:
    """One line for each task whose stub, or a helper that it uses, names something that the task asks to do without.

    parts: source text of the module, or of each code cell. tasks: forbidden names by stub.
    """
    definitions: dict[str, Definition] = {}
    aliases: dict[str, str] = {}
    for tree in filter(None, map(_parsed, parts)):
        for node in tree.body:
            if isinstance(node, Definition):
                definitions[node.name] = node
            aliases.update(_aliases(node))
    found = []
    for task, names in tasks.items():
        if not names or task not in definitions:
            continue
        used = sorted({aliases.get(name, name) for name in _reachable(task, definitions)})
        work = [name for name in used if name in names]
        if work:
            found.append(f"{task} uses {', '.join(work)}: the task asks for the equations. For review.")
        hidden = [name for name in used if name in DYNAMIC]
        if hidden:
            found.append(f"{task} looks names up while it runs ({clean(', '.join(hidden))}). For review.")
    return found


def _parsed(source: str) -> ast.Module | None:
    """The syntax tree, or None for text that is no Python; magics of a notebook are left out."""
    for text in (source, "\n".join("" if line.lstrip().startswith(("%", "!")) else line for line in source.splitlines())):
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return None


def _aliases(node: ast.stmt) -> Iterator[tuple[str, str]]:
    """`from torch.nn import LSTM as L` and `L = nn.LSTM` make L another name of LSTM."""
    if isinstance(node, ast.ImportFrom):
        for alias in node.names:
            yield alias.asname or alias.name, alias.name
    elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Attribute):
        for target in node.targets:
            if isinstance(target, ast.Name):
                yield target.id, node.value.attr


def _reachable(task: str, definitions: Mapping[str, Definition]) -> set[str]:
    """Every name in the stub and in the definitions of this file that it uses, directly or through others."""
    names: set[str] = set()
    waiting, seen = [task], set()
    while waiting:
        current = waiting.pop()
        if current in seen:
            continue
        seen.add(current)
        for node in ast.walk(definitions[current]):
            name = node.id if isinstance(node, ast.Name) else node.attr if isinstance(node, ast.Attribute) else None
            if name is not None:
                names.add(name)
                if name in definitions:
                    waiting.append(name)
            elif isinstance(node, ast.Import | ast.ImportFrom):
                names.update(alias.name for alias in node.names)
    return names
