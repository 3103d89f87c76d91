"""A family of mistakes made from an equation itself: a term left out, taken twice, with the wrong sign, or another.

An equation is Python text as it could stand in the solution, such as `torch.tanh(x @ W.T + b + h @ U.T + c)`. Every mistake is
a piece of that text written in another way, so that two in different pieces can be made together.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import combinations, pairwise

from autograder.judge import Misconception
from autograder.results import AND

from .optimiser_mistakes import Swaps


@dataclass(frozen=True)
class Equation:
    """One equation of a cell, and where a wrong one is put.

    text: the right-hand side. place: from a wrong one to the swaps that make the solution compute it. target: what it computes,
    as students call it; empty when the task has one equation only. alike: names with the same shape, which may stand in each
    other's place. square: weights whose missing transpose raises no error. shown: names in the text -> names that students read.
    """

    text: str
    place: Callable[[str], Swaps]
    target: str = ""
    alike: tuple[tuple[str, ...], ...] = ()
    square: Collection[str] = ()
    shown: Mapping[str, str] = field(default_factory=dict)

    def read(self, piece: str) -> str:
        """A piece of the text as students read it."""
        for name, shown in self.shown.items():
            piece = re.sub(rf"\b{re.escape(name)}\b", shown, piece)
        return piece


@dataclass(frozen=True)
class _Edit:
    """A piece of the text, from `start` to `end`, written as `new`. frequent: often made beside another mistake."""

    start: int
    end: int
    new: str
    name: str
    advice: str
    frequent: bool = False


def equation_mistakes(equation: Equation, named: Collection[str] = (), pairs: bool = False) -> Iterator[Misconception]:
    """The single mistakes that are not among `named`, the frequent ones first. pairs: then two frequent ones together."""
    made: dict[tuple[int, int, str], _Edit] = {}
    for edit in _edits(equation):
        made.setdefault((edit.start, edit.end, edit.new), edit)
    edits = sorted(made.values(), key=lambda edit: not edit.frequent)
    for edit in edits:
        if edit.name not in named:
            yield _made(equation, (edit,))
    frequent = [edit for edit in edits if edit.frequent]
    lost = tuple(edit for edit in frequent if edit.new == "0" and equation.text[edit.start : edit.end].isidentifier())
    if len(lost) == 2 and not pairs:
        yield _made(equation, lost)
    if pairs:
        for chosen in (*combinations(frequent, 2), *((*lost, edit) for edit in frequent if len(lost) == 2)):
            apart = all(one.end <= other.start for one, other in _neighbours(chosen))
            if apart and not _one_for_another(chosen):
                yield _made(equation, chosen)


def _one_for_another(edits: tuple[_Edit, ...]) -> bool:
    """Whether one term is left out and another taken twice: then it stands in its place, which is a mistake of its own."""
    kinds = {" left out" if edit.new == "0" else " twice" if edit.name.endswith(" twice") else "" for edit in edits}
    return kinds == {" left out", " twice"} and len(edits) == 2


def _neighbours(edits: tuple[_Edit, ...]) -> Iterator[tuple[_Edit, _Edit]]:
    return pairwise(sorted(edits, key=lambda edit: edit.start))


def _made(equation: Equation, edits: tuple[_Edit, ...]) -> Misconception:
    text = equation.text
    for edit in sorted(edits, key=lambda edit: -edit.start):
        text = f"{text[: edit.start]}{edit.new}{text[edit.end :]}"
    return Misconception(AND.join(e.name for e in edits), "\n".join(e.advice for e in edits), equation.place(text))


def _edits(equation: Equation) -> Iterator[_Edit]:
    tree = ast.parse(equation.text, mode="eval").body
    summed: set[int] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.BinOp) and _is(node, ast.Add, ast.Sub) and id(node) not in summed:
            terms = list(_terms(node, summed))
            yield from _in_a_sum(equation, terms)
        elif _is(node, ast.Mult):
            yield from _in_a_product(equation, node)
        elif isinstance(node, ast.Name):
            yield from _other_names(equation, node)
        elif isinstance(node, ast.Attribute) and node.attr == "T" and isinstance(node.value, ast.Name):
            yield from _not_transposed(equation, node.value, node)
    yield from _on_the_whole(equation, tree)


def _is(node: ast.AST, *operators: type[ast.operator]) -> bool:
    return isinstance(node, ast.BinOp) and isinstance(node.op, operators)


def _terms(node: ast.expr, summed: set[int], minus: bool = False) -> Iterator[tuple[ast.expr, bool]]:
    """The terms of a sum with their signs, from left to right. summed: gathers the nodes of the chain."""
    if not isinstance(node, ast.BinOp) or not _is(node, ast.Add, ast.Sub):
        yield node, minus
        return
    summed.add(id(node))
    yield from _terms(node.left, summed)
    yield node.right, isinstance(node.op, ast.Sub)


def _edit(equation: Equation, node: ast.expr, new: str, what: str, sentence: str, frequent: bool = False) -> _Edit:
    """what, sentence: about `{it}`, the piece as it is read. The new text keeps to itself, in brackets."""
    of = f" in {equation.target}" if equation.target else ""
    it = equation.read(_text(equation, node))
    where = f"In {equation.target}, " if equation.target else "In the sum, "
    new = new if new.isalnum() else f"({new})"
    assert node.end_col_offset is not None
    name, advice = what.format(it=it) + of, where + sentence.format(it=it)
    return _Edit(node.col_offset, node.end_col_offset, new, name, advice, frequent)


def _text(equation: Equation, node: ast.expr) -> str:
    return equation.text[node.col_offset : node.end_col_offset]


def _in_a_sum(equation: Equation, terms: list[tuple[ast.expr, bool]]) -> Iterator[_Edit]:
    texts = [_text(equation, term) for term, _ in terms]
    for place, (term, minus) in enumerate(terms):
        text, shown = texts[place], equation.read(texts[place])
        if texts[0] == "1":  # 1 - z: a share, not a sum
            if place and len(terms) == 2:
                share = ast.Name("share", lineno=1, col_offset=terms[0][0].col_offset, end_col_offset=term.end_col_offset)
                yield _edit(equation, share, text, f"{shown} in the place of {{it}}", f"{shown} stands where {{it}} belongs.")
                yield _edit(equation, term, f"-{text}", "1 + {it} instead of 1 - {it}", "1 + {it} stands where 1 - {it} belongs.")
            continue
        yield _edit(equation, term, "0", "{it} left out", "the term {it} is missing.", frequent=True)
        taken, wrong = ("subtracted", "added") if minus else ("added", "subtracted")
        yield _edit(equation, term, f"{text} + {text}", f"{{it}} {taken} twice", f"{{it}} is {taken} twice.", frequent=True)
        yield _edit(equation, term, f"-{text}", f"{{it}} {wrong}", f"{{it}} is {wrong} instead of {taken}.")
        for other, (node, _) in zip(texts, terms, strict=True):
            if other != text and type(node) is type(term) and not isinstance(term, ast.Call):
                instead = equation.read(other)
                yield _edit(
                    equation,
                    term,
                    other,
                    f"{instead} in the place of {{it}}",
                    f"{instead} stands where {{it}} belongs.",
                    frequent=True,
                )
        if isinstance(term, ast.BinOp) and isinstance(term.op, ast.MatMult) and _square_in(equation, term.right):
            left, weight = (equation.read(_text(equation, side)) for side in (term.left, term.right))
            yield _edit(
                equation, term, _text(equation, term.left), f"{left} without {weight.removesuffix('.T')}",
                f"{left} is added as it is: its product with {weight} is missing.", frequent=True,
            )  # fmt: skip
    if len(terms) == 4 and not any(minus for _, minus in terms):
        first, last = terms[0][0], terms[-1][0]
        whole = ast.Name("sum", lineno=1, col_offset=first.col_offset, end_col_offset=last.end_col_offset)
        product = f"({texts[0]} + {texts[1]}) * ({texts[2]} + {texts[3]})"
        told = "the part from x and the part from h are multiplied. They are added."
        yield _edit(equation, whole, product, "parts multiplied instead of added", told)


def _square_in(equation: Equation, node: ast.expr) -> bool:
    return any(isinstance(part, ast.Name) and part.id in equation.square for part in ast.walk(node))


def _in_a_product(equation: Equation, node: ast.AST) -> Iterator[_Edit]:
    assert isinstance(node, ast.BinOp)
    for side, other in ((node.left, node.right), (node.right, node.left)):
        if not _is(side, ast.Mult):
            shown = equation.read(_text(equation, other))
            if isinstance(side, ast.Name):
                share = f"1 - {_text(equation, side)}"
                told = "1 - {it} stands where {it} belongs."
                yield _edit(equation, side, share, f"1 - {{it}} in the place of {{it}} for {shown}", told)
            told = f"the factor {{it}} of {shown} is missing."
            yield _edit(equation, side, "1", f"factor {{it}} of {shown} left out", told)
    added = f"{_text(equation, node.left)} + {_text(equation, node.right)}"
    shown, factor = (equation.read(_text(equation, side)) for side in (node.left, node.right))
    yield _edit(equation, node, added, f"{shown} and {factor} added", f"{shown} and {factor} are added. They are multiplied.")


def _other_names(equation: Equation, node: ast.Name) -> Iterator[_Edit]:
    for group in equation.alike:
        for other in group if node.id in group else ():
            if other != node.id:
                shown = equation.read(other)
                told = f"{shown} stands where {{it}} belongs."
                yield _edit(equation, node, other, f"{shown} in the place of {{it}}", told)


def _not_transposed(equation: Equation, weight: ast.Name, node: ast.Attribute) -> Iterator[_Edit]:
    if weight.id in equation.square:
        name = equation.read(weight.id)
        told = f"{name} is not transposed. It is square, so the product works either way, but items in rows need the transpose."
        yield _edit(equation, node, weight.id, f"{name} not transposed", told, frequent=True)


def _on_the_whole(equation: Equation, tree: ast.expr) -> Iterator[_Edit]:
    text = equation.text
    if isinstance(tree, ast.Call):
        yield from _outside(equation, tree)
        function = _text(equation, tree.func)
        short = function.rpartition(".")[2]
        yield _edit(equation, tree, f"{function}({text})", f"{short} applied twice", f"{short} is applied twice.")
    else:
        for short in ("tanh", "sigmoid", "relu") if equation.target.startswith("the new") else ():
            told = f"the whole went through a {short} as well. Return it as it is."
            yield _edit(equation, tree, f"torch.{short}({text})", f"{short} of the whole", told)
    for name in dict.fromkeys(name for group in equation.alike for name in group):
        shown = equation.read(name)
        if not name.startswith(("b_", "bias")):
            yield _edit(equation, tree, f"({text}) + {name}", f"{shown} added as well", f"{shown} is added as well.")
            told = f"the whole is multiplied by {shown} as well."
            yield _edit(equation, tree, f"({text}) * {name}", f"multiplied by {shown} as well", told)


def _outside(equation: Equation, tree: ast.Call) -> Iterator[_Edit]:
    """Terms that are added after the activation instead of inside it: each one, and all plain names together."""
    terms = [_text(equation, term) for term, minus in _terms(tree.args[0], set()) if not minus]
    names = [term for term in terms if term.isidentifier()]
    function = _text(equation, tree.func)
    short = function.rpartition(".")[2]
    for moved in (*([term] for term in terms), *([names] if len(names) > 1 else [])):
        rest = " + ".join(term for term in terms if term not in moved)
        if rest:
            shown, is_added = equation.read(" and ".join(moved)), "is added" if len(moved) == 1 else "are added"
            told = f"{shown} {is_added} after the {short}. Every term belongs inside it."
            yield _edit(equation, tree, " + ".join([f"{function}({rest})", *moved]), f"{shown} added after the {short}", told)
