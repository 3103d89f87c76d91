"""Find names that a task forbids, in the syntax tree. A finding is a flag for review; it never costs a point.

Hostile text must not slow the judge down: what is longer than `MAX_SCAN` is not parsed but flagged. Measured within it, the
worst text takes 3 s (an f-string of 40 000 parts) and 120 MB; at eight times the length it takes minutes and 930 MB.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict, deque
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass

from autograder.results import Flag
from autograder.sanitize import one_line

MAX_SCAN = 1 << 17  # letters of code, all parts together; the longest exercise has a quarter of it
DYNAMIC = frozenset(
    "getattr setattr eval exec compile __import__ import_module reload globals locals vars __dict__ __builtins__ "
    "__getattribute__ attrgetter methodcaller modules _C _VariableFunctions getmembers __subclasses__ loads "
    "__defaults__ __kwdefaults__".split()
)
REACHING = frozenset(
    "get_objects get_referrers get_referents _getframe _current_frames currentframe settrace setprofile "
    "f_back f_globals f_locals tb_frame gi_frame cr_frame".split()
)
OURS = re.compile(r"autograder(\.[\w.]+)?$")
FUNCTIONAL = "torch.nn.functional"  # to look a name up there finds activations, and these:
IN_FUNCTIONAL = ("embedding", "embedding_bag")
FUNCTION = (ast.FunctionDef, ast.AsyncFunctionDef)
DEFINITION = (*FUNCTION, ast.ClassDef)
STATEMENT = (ast.stmt, ast.ExceptHandler)
IMPORT = (ast.Import, ast.ImportFrom)
PART = (ast.Attribute, ast.Subscript)
COMPREHENSION = (ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)

# Not the joiner (U+200D) that emojis are made with.
INVISIBLE = re.compile("[\u00ad\u061c\u200b\u200c\u200e\u200f\u202a-\u202e\u2060-\u2064\u2066-\u2069\ufeff\U000e0000-\U000e007f]")
COMMAND = re.compile(r"^([ \t]*)(?:(?:\w[\w, ]*=[ \t]*)?[!%]|\?).*|^([ \t]*)[\w.]+\?+[ \t]*$", re.MULTILINE)  # of IPython
NOT_SEARCHED = "was not searched for what it asks to do without: the code is too long. For review."


@dataclass(frozen=True)
class _File:
    """What the code does with names: `name`, `.name` for an attribute, `name()` for the calls of a function."""

    bound: dict[str, list[ast.AST]]  # the code that says what it is
    own: set[str]  # the code gives it a meaning of its own: it may be spelled like one of PyTorch's
    package: dict[int, str]  # by the id of a node: "torch" for torch, torch.nn and torch.nn.LSTM
    functional: set[str]  # imported names of torch.nn.functional


def flags(parts: Sequence[str], tasks: Mapping[str, Collection[str]]) -> list[Flag]:
    """A flag for each task whose stub, or a helper that it uses, contains a name that the task forbids.

    parts: source text of the module, or of each code cell. tasks: forbidden names by stub.
    """
    trees = [] if sum(map(len, parts)) > MAX_SCAN else [tree for tree in map(_parsed, parts) if tree is not None]
    return [*_invisible(parts), *_reaching(trees), *_forbidden(parts, trees, tasks)]


def _invisible(parts: Sequence[str]) -> list[Flag]:
    """Flag characters that make the code look different from what it is: direction marks and zero-width characters."""
    for part in parts:
        for number, line in enumerate(part.removeprefix("\ufeff").split("\n"), 1):
            if not line.isascii() and INVISIBLE.search(line):
                text = f"has invisible or direction-changing characters, first in line {number} of a file. For review."
                return [Flag(None, text)]
    return []


def _reaching(trees: Sequence[ast.Module]) -> list[Flag]:
    """Flag code that inspects the process around it, because it could change what only that process can report."""
    found = set()
    for node in (node for tree in trees for node in ast.walk(tree)):
        words = {getattr(node, key, None) for key in ("id", "attr", "name", "module", "value")}
        names = {word for word in words if isinstance(word, str)}
        found |= {name for name in names if name in REACHING or OURS.match(name)}
        if isinstance(node, ast.Attribute) and node.attr in ("values", "items") and getattr(node.value, "attr", "") == "modules":
            found.add("modules")
    text = one_line(", ".join(sorted(found)), 100)
    return [Flag(None, f"looks into the process that runs it ({text}). For review.")] if found else []


def _forbidden(parts: Sequence[str], trees: Sequence[ast.Module], tasks: Mapping[str, Collection[str]]) -> list[Flag]:
    without = {task: frozenset(names) for task, names in tasks.items() if names}
    asked = list(without)
    if asked and sum(map(len, parts)) > MAX_SCAN:
        return [Flag(task, NOT_SEARCHED) for task in asked]
    file = _read(trees, asked)
    found = []
    for task in asked:
        if task not in file.bound and not _mentions(trees, task):
            continue
        start = file.bound[task] if task in file.own else trees  # bound in a way that is not seen: all that stands there counts
        used = sorted(_reachable(start, file))
        work = [name for name in used if name in without[task]]
        if work:
            found.append(Flag(task, f"uses {', '.join(work)}: the task asks for the equations. For review."))
        if FUNCTIONAL in used and not without[task].isdisjoint(IN_FUNCTIONAL):
            used.append("getattr")
        hidden = [name for name in used if name in DYNAMIC]
        if hidden:
            found.append(Flag(task, f"looks names up while it runs ({one_line(', '.join(hidden))}). For review."))
    return found


def _parsed(source: str) -> ast.Module | None:
    """The syntax tree without a notebook's magics; None for text that is not Python."""
    for text in (source, COMMAND.sub(r"\1\2pass", source)):
        try:
            return ast.parse(text)
        except (SyntaxError, ValueError, RecursionError, MemoryError):
            continue
    return None


def _read(trees: Sequence[ast.Module], asked: Collection[str]) -> _File:
    """What each name in the code refers to."""
    file = _File(defaultdict(list), set(), {}, set())
    nodes, imported = [node for tree in trees for node in ast.walk(tree)], {}
    for node in nodes:
        if isinstance(node, IMPORT):
            for alias in node.names:
                package = (getattr(node, "module", alias.name) or "").split(".")[0]
                if FUNCTIONAL in (alias.asname and alias.name, f"{getattr(node, 'module', '')}.{alias.name}"):
                    file.functional.add(alias.asname or alias.name)
                file.package[id(alias)] = imported[(alias.asname or alias.name).split(".")[0]] = package
        elif isinstance(node, ast.ClassDef):
            file.own.update(f".{name}" for inside in node.body for name in _stored(inside))
        if isinstance(node, DEFINITION):
            file.own.add(f".{node.name}")
    for node in reversed(nodes):  # torch before torch.nn before torch.nn.LSTM
        package = imported.get(node.id) if isinstance(node, ast.Name) else file.package.get(id(getattr(node, "value", None)))
        if package is not None and isinstance(node, (ast.Name, ast.Attribute)):
            file.package[id(node)] = package
    for tree in trees:
        for node in _top_level(tree.body):
            for name, value in _bindings(node, file.package):
                file.bound[name].append(value)
            loaded = {n.id for n in _nodes(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Load)}
            file.own.update(_stored(node) - loaded)  # x = x says nothing about x
            for name in _named_in_text(node, asked):
                file.bound[name].append(node)
    return file


def _top_level(body: Sequence[ast.AST]) -> Iterator[ast.AST]:
    """The statements that run when the module is loaded, those inside `if`, `try`, `with` and loops included."""
    waiting = deque(body)
    while waiting:
        node = waiting.popleft()
        yield node
        if not isinstance(node, DEFINITION):
            waiting += [n for n in ast.iter_child_nodes(node) if isinstance(n, (*STATEMENT, ast.match_case))]


def _nodes(statement: ast.AST) -> list[ast.AST]:
    """A statement's nodes without the statements inside it; computed once."""
    known: list[ast.AST] | None = getattr(statement, "inside", None)
    if known is None:
        known, waiting = [], [statement]
        while waiting:
            node = waiting.pop()
            if node is not statement:
                known.append(node)
            if not isinstance(node, DEFINITION):
                waiting += [n for n in ast.iter_child_nodes(node) if not isinstance(n, STATEMENT)]
        statement.inside = known  # type: ignore[attr-defined]
    return [statement, *known]


def _stored(statement: ast.AST) -> set[str]:
    """Names that a statement binds, except by an import."""
    nodes = (n for n in _nodes(statement) if not isinstance(n, ast.alias) and not isinstance(getattr(n, "ctx", None), ast.Load))
    words = (getattr(node, key, None) for node in nodes for key in ("id", "name", "rest"))
    return {word for word in words if isinstance(word, str)}


def _changed(statement: ast.AST, package: Collection[int]) -> Iterator[str]:
    """Names whose value a statement modifies: table["go"] = ..., helper.go = ..., tools.append(...)."""
    parts = [n for n in _nodes(statement) if isinstance(n, PART) and isinstance(n.ctx, ast.Store)]
    called = getattr(getattr(statement, "value", None), "func", None) if isinstance(statement, ast.Expr) else None
    if isinstance(called, ast.Attribute) and id(called) not in package:  # torch.manual_seed(0) changes no name
        parts.append(called)
    for part in parts:
        base: ast.expr = part
        while isinstance(base, PART):
            base = base.value
        if isinstance(base, ast.Name):
            yield base.id


def _bindings(node: ast.AST, package: Collection[int]) -> Iterator[tuple[str, ast.AST]]:
    """Names that a statement of the module binds or changes, with the code that says to what."""
    yield from ((name, node) for name in _stored(node).union(_changed(node, package)))
    yield from ((f".{n.attr}", node) for n in _nodes(node) if isinstance(n, ast.Attribute) and isinstance(n.ctx, ast.Store))
    called = getattr(getattr(node, "value", None), "func", None)
    if isinstance(node, IMPORT):
        yield from (((alias.asname or alias.name).split(".")[0], alias) for alias in node.names)
    elif isinstance(node, DEFINITION):
        yield f".{node.name}", node
    elif isinstance(called, ast.Name):
        yield f"{called.id}()", node
    if isinstance(node, FUNCTION):
        inside = list(_top_level(node.body))
        touched = set().union(*map(_stored, inside), *(_changed(n, package) for n in inside))
        calls = ast.Name(f"{node.name}()", ast.Load())  # what the function is called with can get there
        yield from ((name, value) for name in touched - _local_names(node) for value in (node, calls))


def _named_in_text(node: ast.AST, names: Collection[str]) -> set[str]:
    """Names that occur as strings where names are looked up: globals()["rnn_cell_step"] = ..."""
    nodes = _nodes(node)
    if DYNAMIC.isdisjoint(getattr(n, "id", getattr(n, "attr", None)) for n in nodes):
        return set()
    return {n.value for n in nodes if isinstance(n, ast.Constant) and isinstance(n.value, str) and n.value in names}


def _mentions(trees: Sequence[ast.AST], name: str) -> bool:
    """Whether the name occurs anywhere in the code, including in strings."""
    words = (getattr(node, key, None) for tree in trees for node in ast.walk(tree) for key in ("id", "name", "asname", "value"))
    return any(word == name for word in words)


def _reachable(start: Sequence[ast.AST], file: _File) -> set[str]:
    """Every name in these nodes and in what they use of this file, directly or through others, but for the file's own."""
    names: set[str] = set()
    seen: set[int] = set()
    known: set[int] = set()  # nodes that call getattr in a way that says what it finds
    waiting, bound = list(start), dict(file.bound)
    while waiting:
        for node, hidden in _with_local_names(waiting.pop(), seen):
            package = file.package.get(id(node))
            if id(node) in known:
                continue
            if isinstance(node, ast.Call) and (found := _looked_up(node, file, hidden)):
                known.add(id(node.func))
                name, key, package = found, f".{found}", file.package.get(id(node.args[0]))
            elif isinstance(node, ast.Name) and isinstance(node.ctx, ast.Load) and not any(node.id in local for local in hidden):
                name = key = node.id
            elif isinstance(node, ast.Attribute):
                name = node.attr
                key = f".{name}" if package in (None, "torch") else name  # helpers.go is the variable go of another file
            elif isinstance(node, ast.alias):
                name = key = node.name.rpartition(".")[2]
            else:
                continue
            if package == "torch" or key not in file.own:
                names.add(name)
            waiting += bound.pop(key, ())
    return names


def _looked_up(call: ast.Call, file: _File, hidden: Sequence[Collection[str]]) -> str | None:
    """What getattr(x, "name") finds: the name. FUNCTIONAL for anything of torch.nn.functional. None when nobody knows."""

    def plain(node: ast.AST) -> bool:
        return isinstance(node, ast.Name) and not any(node.id in names for names in (file.bound, file.own, *hidden))

    if not plain(call.func) or getattr(call.func, "id", "") != "getattr" or len(call.args) < 2:
        return None
    owner, name = call.args[:2]
    if isinstance(name, ast.Constant) and isinstance(name.value, str):
        return name.value
    by_path = isinstance(owner, ast.Attribute) and owner.attr == "functional" and file.package.get(id(owner)) == "torch"
    short = owner.id if isinstance(owner, ast.Name) else ""
    by_name = short in file.functional and not any(short in names for names in (file.own, *hidden))
    return FUNCTIONAL if by_path or by_name else None


def _with_local_names(start: ast.AST, seen: set[int]) -> Iterator[tuple[ast.AST, tuple[set[str], ...]]]:
    """Every node below that has not been seen yet, with the names that the enclosing functions hide."""
    waiting: list[tuple[ast.AST, tuple[set[str], ...]]] = [(start, ())]
    while waiting:
        node, hidden = waiting.pop()
        if id(node) not in seen:
            seen.add(id(node))
            yield node, hidden
            local = _local_names(node)
            inner = (*hidden, local) if local else hidden
            waiting += [(child, inner) for child in ast.iter_child_nodes(node)]


def _local_names(node: ast.AST) -> set[str]:
    """Parameters and variables of a function or comprehension: they hide the module's names of the same spelling."""
    if isinstance(node, COMPREHENSION):
        return set().union(*(_stored(part.target) for part in node.generators))
    if not isinstance(node, (*FUNCTION, ast.Lambda)):
        return set()
    local = {n.arg for n in ast.iter_child_nodes(node.args) if isinstance(n, ast.arg)}
    inside = list(_top_level(node.body)) if isinstance(node, FUNCTION) else []
    shared = {name for n in inside if isinstance(n, ast.Global) for name in n.names}
    return local.union(*map(_stored, inside)) - shared
