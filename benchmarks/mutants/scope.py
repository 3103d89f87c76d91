"""The names in a function and their kinds, to replace one by another of the same kind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import libcst as cst
import libcst.matchers as m


@dataclass(frozen=True)
class Scope:
    """kinds: of each name; since: the line that binds it first (0: an argument); attributes: what `self` holds, by kind."""

    kinds: dict[str, str]
    since: dict[str, int]
    attributes: dict[str, str]

    def others(self, name: str, line: int) -> list[str]:
        """Names of the same kind that are bound before this line."""
        kind = self.kinds.get(name)
        return [n for n, k in self.kinds.items() if kind and k == kind and n != name and self.since[n] < line]

    def other_attributes(self, name: str) -> list[str]:
        kind = self.attributes.get(name)
        return [n for n, k in self.attributes.items() if kind and k == kind and n != name]


def scope_of(function: cst.FunctionDef, parents: dict, positions: dict) -> Scope:
    """The names in a function. parents, positions: what libcst's metadata providers know of the module."""
    kinds = {p.name.value: _text(p.annotation) for p in function.params.params if p.annotation is not None}
    since = dict.fromkeys(kinds, 0)
    plain = "Tensor" if any("Tensor" in kind for kind in kinds.values()) else "int"
    for target, kind in _bound(function.body, plain):
        if isinstance(target, cst.Name) and target.value not in kinds:
            kinds[target.value] = kind
            since[target.value] = positions[target].start.line
    owner = enclosing(function, parents, cst.ClassDef)
    return Scope(kinds, since, dict(_attributes(owner)) if owner is not None else {})


def enclosing(node: cst.CSTNode, parents: dict, kind: type) -> cst.CSTNode | None:
    while node in parents:
        node = parents[node]
        if isinstance(node, kind):
            return node
    return None


def _bound(body: cst.CSTNode, plain: str) -> Iterator[tuple[cst.BaseExpression, str]]:
    """Targets of assignments and loops, with the kind of their value."""
    for node in m.findall(body, m.Assign() | m.For()):
        if isinstance(node, cst.For):
            counts = m.matches(node.iter, m.Call(func=m.Name("range")))
            yield from ((target, "int" if counts else plain) for target in _names(node.target))
        else:
            kind = _kind(node.value, plain)
            values = node.value.elements if isinstance(node.value, cst.Tuple) else ()
            for target in (t.target for t in node.targets):
                if isinstance(target, cst.Tuple) and len(values) == len(target.elements):
                    yield from ((t.value, _kind(v.value, plain)) for t, v in zip(target.elements, values, strict=True))
                else:
                    yield from ((name, kind) for name in _names(target))


def _kind(value: cst.BaseExpression, plain: str) -> str:
    if isinstance(value, cst.List | cst.ListComp):
        return "list"
    if isinstance(value, cst.Dict):
        return "dict"
    if isinstance(value, cst.FormattedString) or m.matches(value, m.Call(func=m.Attribute(attr=m.Name("join")))):
        return "str"
    if m.matches(value, m.Call(func=m.Attribute(value=m.Name("nn") | m.Attribute(attr=m.Name("optim"))))):
        return "object"
    return plain


def _names(target: cst.BaseExpression) -> Iterator[cst.BaseExpression]:
    if isinstance(target, cst.Tuple):
        for element in target.elements:
            yield from _names(element.value)
    else:
        yield target


def _attributes(owner: cst.ClassDef) -> Iterator[tuple[str, str]]:
    own = m.Assign(targets=[m.AssignTarget(target=m.Attribute(value=m.Name("self")))])
    for assign in m.findall(owner, own):
        yield assign.targets[0].target.attr.value, "object" if isinstance(assign.value, cst.Call) else "plain"


def _text(annotation: cst.Annotation) -> str:
    return cst.Module([]).code_for_node(annotation.annotation)
