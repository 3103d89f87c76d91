"""Names that a task asks to do without, found in the syntax tree. A finding is a flag for review, never a lost point.

Hostile text must not slow the judge down: what is longer than `MAX_SCAN` is not parsed but flagged. Measured within it, the
worst text takes 2.5 s (an f-string of 40 000 parts) and 120 MB; at eight times the length it takes minutes and 930 MB.
"""

from __future__ import annotations

import ast
from collections import deque
from collections.abc import Collection, Iterator, Mapping, Sequence

from .safe_text import clean

MAX_SCAN = 1 << 17  # letters of code, all parts together; the longest exercise has a quarter of it
DYNAMIC = frozenset(
    "getattr setattr eval exec compile __import__ import_module reload globals locals vars __dict__ __builtins__ "
    "__getattribute__ attrgetter methodcaller modules _C _VariableFunctions".split()
)
Definition = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef


def flags(parts: Sequence[str], tasks: Mapping[str, Collection[str]]) -> list[str]:
    """One line for each task whose stub, or a helper that it uses, names something that the task asks to do without.

    parts: source text of the module, or of each code cell. tasks: forbidden names by stub.
    """
    asked = [task for task, names in tasks.items() if names]
    if asked and sum(map(len, parts)) > MAX_SCAN:
        return [f"{task} was not searched for what it asks to do without: the code is too long. For review." for task in asked]
    trees = [tree for tree in map(_parsed, parts) if tree is not None]
    bound: dict[str, list[ast.AST]] = {}
    aliases: dict[str, str] = {}
    for tree in trees:
        for node in _top_level(tree.body):
            for name, value in _bindings(node):
                bound.setdefault(name, []).append(value)
            for name in _named_in_text(node, asked):
                bound.setdefault(name, []).append(node)
            aliases.update(_aliases(node))
    found = []
    for task in asked:
        if task not in bound and not _mentions(trees, task):
            continue
        start = bound.get(task, trees)  # bound in a way that is not seen: all that stands there counts
        used = sorted({aliases.get(name, name) for name in _reachable(start, bound, aliases)})
        work = [name for name in used if name in tasks[task]]
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


def _top_level(body: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """The statements that run when the module is loaded, those inside `if`, `try`, `with` and loops included."""
    waiting = deque(body)
    while waiting:
        node = waiting.popleft()
        yield node
        if not isinstance(node, Definition):
            waiting += [n for n in ast.iter_child_nodes(node) if isinstance(n, ast.stmt | ast.ExceptHandler | ast.match_case)]


def _bindings(node: ast.AST) -> Iterator[tuple[str, ast.AST]]:
    """Names that a statement binds, with the code that says to what."""
    if isinstance(node, Definition):
        yield node.name, node
    elif isinstance(node, ast.Assign | ast.AnnAssign | ast.AugAssign):
        targets = node.targets if isinstance(node, ast.Assign) else [node.target]
        for target in targets:
            for name in ast.walk(target):
                if isinstance(name, ast.Name) and isinstance(name.ctx, ast.Store):
                    yield name.id, node


def _aliases(node: ast.AST) -> Iterator[tuple[str, str]]:
    """`from torch.nn import LSTM as L` and `L = nn.LSTM` make L another name of LSTM."""
    if isinstance(node, ast.ImportFrom):
        for alias in node.names:
            yield alias.asname or alias.name, alias.name
    elif isinstance(node, ast.Assign) and isinstance(node.value, ast.Attribute):
        for target in node.targets:
            if isinstance(target, ast.Name):
                yield target.id, node.value.attr


def _named_in_text(node: ast.AST, names: Collection[str]) -> set[str]:
    """Names that stand as a text in a statement of the module: globals()["rnn_cell_step"] = ..."""
    if isinstance(node, Definition):
        return set()
    return {n.value for n in ast.walk(node) if isinstance(n, ast.Constant) and isinstance(n.value, str) and n.value in names}


def _mentions(trees: Sequence[ast.AST], name: str) -> bool:
    """Whether the name stands in the code in any way."""
    words = (getattr(node, key, None) for tree in trees for node in ast.walk(tree) for key in ("id", "name", "asname"))
    return any(word == name for word in words)


def _reachable(start: Sequence[ast.AST], bound: Mapping[str, Sequence[ast.AST]], imported: Collection[str]) -> set[str]:
    """Every name in these nodes and in what they use of this file, directly or through others, but for the file's own."""
    names: set[str] = set()
    waiting, seen = list(start), set()
    while waiting:
        current = waiting.pop()
        if id(current) in seen:
            continue
        seen.add(id(current))
        for node, own in _with_local_names(current):
            if isinstance(node, ast.Name) and node.id not in own:
                waiting += bound.get(node.id, ())
                if node.id in imported or not _defined_here(bound.get(node.id, ())):
                    names.add(node.id)
            elif isinstance(node, ast.Attribute):
                waiting += bound.get(node.attr, ())
                names.add(node.attr)
            elif isinstance(node, ast.Import | ast.ImportFrom):
                names.update(alias.name for alias in node.names)
    return names


def _defined_here(values: Sequence[ast.AST]) -> bool:
    """A function or class of the file's own may have the name of one of PyTorch's."""
    return bool(values) and all(isinstance(value, Definition) for value in values)


def _with_local_names(start: ast.AST) -> Iterator[tuple[ast.AST, frozenset[str]]]:
    """Every node below, with the names that the functions around it hide."""
    waiting: list[tuple[ast.AST, frozenset[str]]] = [(start, frozenset())]
    while waiting:
        node, own = waiting.pop()
        yield node, own
        local = _local_names(node)
        inner = own | local if local else own
        waiting += [(child, inner) for child in ast.iter_child_nodes(node)]


def _local_names(node: ast.AST) -> set[str]:
    """Parameters and variables of a function: they hide the module's names of the same spelling."""
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
        return set()
    inside = list(ast.walk(node))
    stored = {n.id for n in inside if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
    shared = {name for n in inside if isinstance(n, ast.Global) for name in n.names}
    return (stored | {n.arg for n in inside if isinstance(n, ast.arg)}) - shared
