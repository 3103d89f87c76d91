"""The mutation operators that change whole statements: delete them, swap neighbours, move a line into or out of a loop."""

from __future__ import annotations

from collections.abc import Iterator

import libcst as cst
import libcst.matchers as m

from .place import Place, Replacements

LIBRARIES = frozenset({"torch", "nn", "F", "optim"})


def deleted_statement(place: Place) -> Replacements:
    """a line or a whole block -> pass"""
    if isinstance(place.node, cst.SimpleStatementLine | cst.For | cst.If):
        yield cst.SimpleStatementLine([cst.Pass()], leading_lines=place.node.leading_lines)


def statement_order(place: Place) -> Replacements:
    """two neighbouring statements, one of which affects the other -> swapped"""
    if isinstance(place.node, cst.IndentedBlock):
        body = place.node.body
        for i in range(len(body) - 1):
            one, other = body[i], body[i + 1]
            touched = _effects(one) & _own_names(other) or _effects(other) & _own_names(one)
            if place.inside(one) and place.inside(other) and touched:
                one, other = (a.with_changes(leading_lines=b.leading_lines) for a, b in ((one, other), (other, one)))
                yield place.node.with_changes(body=[*body[:i], other, one, *body[i + 2 :]])


def _own_names(node: cst.CSTNode) -> set[str]:
    return {name.value for name in m.findall(node, m.Name())} - LIBRARIES


def _effects(statement: cst.CSTNode) -> set[str]:
    """The names that a statement may change: the targets of a plain assignment; every name for a call or a block."""
    if m.findall(statement, m.Call()) or not m.matches(statement, m.SimpleStatementLine()):
        return _own_names(statement)
    targets = [name for found in m.findall(statement, m.AssignTarget()) for name in m.findall(found, m.Name())]
    return {name.value for name in targets} - {"self"}


def out_of_loop(place: Place) -> Replacements:
    """the last line of a loop -> moved behind the loop"""
    for i, statement, body in _loops_in(place):
        inner = statement.body.body
        if len(inner) > 1:
            shorter = statement.with_changes(body=statement.body.with_changes(body=inner[:-1]))
            yield place.node.with_changes(body=[*body[:i], shorter, inner[-1], *body[i + 1 :]])


def into_loop(place: Place) -> Replacements:
    """the line behind a loop -> moved to the end of its body"""
    for i, statement, body in _loops_in(place):
        if i + 1 < len(body):
            longer = statement.with_changes(body=statement.body.with_changes(body=[*statement.body.body, body[i + 1]]))
            yield place.node.with_changes(body=[*body[:i], longer, *body[i + 2 :]])


def _loops_in(place: Place) -> Iterator[tuple[int, cst.For, list[cst.BaseStatement]]]:
    if isinstance(place.node, cst.IndentedBlock):
        body = list(place.node.body)
        yield from ((i, node, body) for i, node in enumerate(body) if isinstance(node, cst.For) and place.inside(node))
