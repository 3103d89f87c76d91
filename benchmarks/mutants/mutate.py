"""Make mutants of a stub's solution: source in, small wrong versions of it out. Pure; it grades nothing.

Only the text between `### BEGIN SOLUTION` and `### END SOLUTION` is changed, except annotations and the texts of error
messages. Two mutants of one stub never have the same syntax tree, and none has the solution's.
"""

from __future__ import annotations

import ast
import difflib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

import libcst as cst
from libcst.metadata import ByteSpanPositionProvider, CodeSpan, MetadataWrapper, ParentNodeProvider, PositionProvider

from .operators import OPERATORS
from .place import Place
from .scope import enclosing, scope_of

BEGIN, END = "### BEGIN SOLUTION", "### END SOLUTION"


@dataclass(frozen=True)
class Mutant:
    """One change. before, after: the lines that differ; line: the first of them, counted in the stub; source: the whole stub."""

    task: str
    operator: str
    line: int
    before: str
    after: str
    source: str

    @property
    def key(self) -> tuple[str, str, str, str]:
        """Identifies the mutant as long as its line does not change."""
        return self.task, self.operator, self.before, self.after


def mutants(task: str, source: str) -> list[Mutant]:
    """Every mutant of one stub, in the order of its lines."""
    original = ast.dump(ast.parse(source))
    found: dict[str, Mutant] = {}
    for operator, text in _changes(source):
        try:
            tree = ast.dump(ast.parse(text))
        except SyntaxError:  # a replacement that does not fit there, such as a starred one
            continue
        if tree != original and tree not in found:
            found[tree] = Mutant(task, operator, *_difference(source, text), text)
    return sorted(found.values(), key=lambda mutant: (mutant.line, mutant.operator))


def _changes(source: str) -> Iterator[tuple[str, str]]:
    wrapper = MetadataWrapper(cst.parse_module(source))
    module = wrapper.module
    positions, parents = wrapper.resolve(PositionProvider), wrapper.resolve(ParentNodeProvider)
    spans = wrapper.resolve(ByteSpanPositionProvider)
    regions = _regions(source)
    scopes = cache(lambda function: scope_of(function, parents, positions))

    def inside(node: cst.CSTNode) -> bool:
        return any(first < positions[node].start.line < last for first, last in regions)

    for node in _nodes(module):
        function = enclosing(node, parents, cst.FunctionDef)
        if function is None or not (inside(node) or node is function.body) or _left_alone(node, parents):
            continue
        place = Place(node, parents, scopes(function), positions[node].start.line, inside)
        for name, operator in OPERATORS.items():
            for replacement in operator(place):
                if isinstance(node, cst.BaseExpression):
                    yield name, _spliced(source, spans[node], node, replacement)
                else:
                    yield name, module.deep_replace(node, replacement).code


def _spliced(source: str, span: CodeSpan, node: cst.BaseExpression, replacement: cst.BaseExpression) -> str:
    """As deep_replace, but a hundred times faster. Parentheses around the expression are outside its span and stay."""
    if node.lpar and replacement.lpar:
        replacement = replacement.with_changes(lpar=(), rpar=())
    data, new = source.encode(), cst.Module([]).code_for_node(replacement)
    return data[: span.start].decode() + new + data[span.start + span.length :].decode()


def _regions(source: str) -> list[tuple[int, int]]:
    lines = source.splitlines()
    begins, ends = ([n for n, line in enumerate(lines, 1) if mark in line] for mark in (BEGIN, END))
    return list(zip(begins, ends, strict=True))


def _nodes(node: cst.CSTNode) -> Iterator[cst.CSTNode]:
    yield node
    for child in node.children:
        yield from _nodes(child)


def _left_alone(node: cst.CSTNode, parents: dict) -> bool:
    """Whether a node is not mutated: annotations and error texts. The class of an error may change."""
    if _is_error(node, parents):
        return True
    while node in parents:
        parent = parents[node]
        if isinstance(node, cst.Annotation) or (isinstance(node, cst.Arg) and _is_error(parent, parents)):
            return True
        node = parent
    return False


def _is_error(call: cst.CSTNode, parents: dict) -> bool:
    return isinstance(call, cst.Call) and isinstance(parents.get(call), cst.Raise)


def _difference(source: str, text: str) -> tuple[int, str, str]:
    one, other = source.splitlines(), text.splitlines()
    opcodes = [op for op in difflib.SequenceMatcher(None, one, other, autojunk=False).get_opcodes() if op[0] != "equal"]
    first, last = opcodes[0], opcodes[-1]
    more = int(first[0] == "insert")  # nothing differs before: the line in front of what is new says where it is
    return first[1] + 1, _joined(one[first[1] - more : last[2]]), _joined(other[first[3] - more : last[4]])


def _joined(lines: list[str]) -> str:
    """Join lines without their indentation and comments."""
    return " | ".join(line.split("  #")[0].strip() for line in lines if line.strip() and not line.strip().startswith("#"))
