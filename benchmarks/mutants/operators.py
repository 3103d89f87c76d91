"""The mutation operators: each takes a place in a solution and yields replacements for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import combinations, permutations

import libcst as cst
import libcst.matchers as m

from .blocks import LIBRARIES, deleted_statement, into_loop, out_of_loop, statement_order
from .place import Place, Replacements

WITHOUT_GRADIENT = frozenset({"shape", "dtype", "argmax", "item", "new_zeros"})

ARITHMETIC = {
    cst.Add: (cst.Subtract, cst.Multiply), cst.Subtract: (cst.Add,), cst.Multiply: (cst.Add, cst.Divide),
    cst.Divide: (cst.Multiply,), cst.MatrixMultiply: (cst.Multiply,),
}  # fmt: skip
COMPARISONS = {
    cst.GreaterThan: (cst.GreaterThanEqual, cst.LessThan, cst.Equal), cst.LessThan: (cst.LessThanEqual, cst.GreaterThan),
    cst.Equal: (cst.NotEqual,), cst.NotEqual: (cst.Equal,), cst.In: (cst.NotIn,), cst.NotIn: (cst.In,),
}  # fmt: skip
CALLABLES = {
    "tanh": ("sigmoid", "relu", "sin"), "sigmoid": ("tanh", "relu"), "argmax": ("argmin", "argsort"),
    "stack": ("cat", "hstack", "dstack"), "cat": ("stack", "dstack"),
    "eye": ("zeros", "ones"), "new_zeros": ("new_ones",), "randn": ("rand", "zeros", "ones"),
    "unsqueeze": ("squeeze",), "chunk": ("split",), "append": ("extend",), "index": ("count",),
    "Adam": ("SGD", "AdamW", "RMSprop", "Adagrad", "NAdam", "RAdam", "Adamax"), "zero_grad": ("step",), "step": ("zero_grad",),
    "CrossEntropyLoss": ("NLLLoss", "MultiMarginLoss"), "cross_entropy": ("nll_loss", "multi_margin_loss"),
    "RNN": ("GRU", "LSTM"), "LSTM": ("GRU", "RNN"), "GRU": ("RNN", "LSTM"), "RNNCell": ("GRUCell", "LSTMCell"),
    "Embedding": ("Linear",), "parameters": ("buffers",),
    "float32": ("float64", "float16", "int64"), "long": ("int32", "float32"),
    "ValueError": ("KeyError", "IndexError"), "len": ("max",), "transpose": ("view", "reshape"), "flatten": ("narrow",),
}  # fmt: skip


def arithmetic(place: Place) -> Replacements:
    """a + b -> a - b"""
    if isinstance(place.node, cst.BinaryOperation):
        for other in ARITHMETIC.get(type(place.node.operator), ()):
            yield place.node.with_changes(operator=other())


def term_dropped(place: Place) -> Replacements:
    """a + b -> a"""
    if isinstance(place.node, cst.BinaryOperation):
        for side in (place.node.left, place.node.right):
            yield _in_parentheses(side) if isinstance(side, cst.BinaryOperation) else side


def comparison(place: Place) -> Replacements:
    """a == b -> a != b"""
    if isinstance(place.node, cst.ComparisonTarget):
        for other in COMPARISONS.get(type(place.node.operator), ()):
            yield place.node.with_changes(operator=other())


def condition(place: Place) -> Replacements:
    """if a -> if not a, if True, if False"""
    node, parent = place.node, place.parents.get(place.node)
    if isinstance(parent, cst.If | cst.IfExp) and node is parent.test:
        yield cst.UnaryOperation(cst.Not(), node if isinstance(node, cst.Name) else _in_parentheses(node))
        yield cst.Name("True")
        yield cst.Name("False")


def unary(place: Place) -> Replacements:
    """not a -> a; -a -> a"""
    if isinstance(place.node, cst.UnaryOperation) and not isinstance(place.node.expression, cst.Integer | cst.Float):
        yield place.node.expression


def constant(place: Place) -> Replacements:
    """1 -> 2, 0, -1; an axis or an index is one as well"""
    node = place.node
    if isinstance(node, cst.Integer | cst.Float) and not isinstance(place.parent, cst.UnaryOperation):
        value = node.evaluated_value
    elif m.matches(node, m.UnaryOperation(m.Minus(), m.Integer())):
        value = -node.expression.evaluated_value
    else:
        return
    for other in dict.fromkeys((value + 1, value - 1, type(value)(0))):
        if other != value:
            yield cst.parse_expression(repr(other))


def boolean(place: Place) -> Replacements:
    """True -> False"""
    if isinstance(place.node, cst.Name) and place.node.value in ("True", "False"):
        yield cst.Name("False" if place.node.value == "True" else "True")


def text(place: Place) -> Replacements:
    """'h_n' -> ''; weight_ih -> weight_hh, weight -> bias in a name"""
    if isinstance(place.node, cst.SimpleString):
        value = place.node.evaluated_value
        yield cst.SimpleString(repr("" if value else " "))
        yield from (cst.SimpleString(repr(other)) for other in _renamed(value))
    elif isinstance(place.node, cst.FormattedStringText):
        yield from (cst.FormattedStringText(other) for other in ("", *_renamed(place.node.value)))


def _renamed(value: str) -> Iterator[str]:
    for old, new in (("_ih", "_hh"), ("_hh", "_ih"), ("weight", "bias"), ("bias", "weight"), ("h_n", "c_n"), ("c_n", "h_n")):
        if old in value:
            yield value.replace(old, new)


def swapped_arguments(place: Place) -> Replacements:
    """f(a, b) -> f(b, a)"""
    if isinstance(place.node, cst.Call):
        args = place.node.args
        for i, j in combinations(range(len(args)), 2):
            swapped = list(args)
            swapped[i], swapped[j] = args[i].with_changes(value=args[j].value), args[j].with_changes(value=args[i].value)
            yield place.node.with_changes(args=swapped)


def dropped_argument(place: Place) -> Replacements:
    """f(a, b=c) -> f(a)"""
    if isinstance(place.node, cst.Call):
        for i, _ in enumerate(place.node.args):
            kept = [arg for j, arg in enumerate(place.node.args) if j != i]
            if kept:
                kept[-1] = kept[-1].with_changes(comma=cst.MaybeSentinel.DEFAULT)
            yield place.node.with_changes(args=kept)


def element_order(place: Place) -> Replacements:
    """return a, b -> return b, a; i, f, g, o = gates -> every other order"""
    if isinstance(place.node, cst.Tuple) and len(place.node.elements) > 1:
        elements = place.node.elements
        target = isinstance(place.parent, cst.AssignTarget | cst.For)
        for order in permutations(range(len(elements))) if target else _transpositions(len(elements)):
            moved = [e.with_changes(value=elements[k].value) for e, k in zip(elements, order, strict=True)]
            yield place.node.with_changes(elements=moved)


def _transpositions(count: int) -> Iterator[list[int]]:
    for i, j in combinations(range(count), 2):
        order = list(range(count))
        order[i], order[j] = j, i
        yield order


def dropped_element(place: Place) -> Replacements:
    """return a, b -> return a"""
    target = isinstance(place.parents.get(place.node), cst.AssignTarget | cst.For)
    if isinstance(place.node, cst.Tuple) and len(place.node.elements) > 1 and not target:
        for i, _ in enumerate(place.node.elements):
            kept = [e for j, e in enumerate(place.node.elements) if j != i]
            yield place.node.with_changes(elements=kept) if len(kept) > 1 else kept[0].value


def callable_swapped(place: Place) -> Replacements:
    """tanh -> sigmoid, stack -> cat, Adam -> SGD, zeros -> ones"""
    if isinstance(place.node, cst.Name) and not (isinstance(place.parent, cst.Arg) and place.node is place.parent.keyword):
        for other in CALLABLES.get(place.node.value, ()):
            yield cst.Name(other)


def call_dropped(place: Place) -> Replacements:
    """torch.tanh(a) -> a; a.clone() -> a; a.T -> a"""
    node = place.node
    if isinstance(node, cst.Call):
        if isinstance(node.func, cst.Attribute) and not _of_library(node.func) and not _is_super(node.func):
            yield node.func.value
        if node.args and not node.args[0].star:
            yield node.args[0].value
    if isinstance(node, cst.Attribute) and node.attr.value == "T":
        yield node.value


def _of_library(attribute: cst.Attribute) -> bool:
    value = attribute.value
    while isinstance(value, cst.Attribute):
        value = value.value
    return isinstance(value, cst.Name) and value.value in LIBRARIES


def _is_super(attribute: cst.Attribute) -> bool:
    return m.matches(attribute.value, m.Call(func=m.Name("super")))


def index(place: Place) -> Replacements:
    """a[k] -> a; a[:n] -> a[n:], a[:n + 1], a[:n - 1], a[:]"""
    if isinstance(place.node, cst.Subscript):
        yield place.node.value
    if isinstance(place.node, cst.Slice):
        lower, upper = place.node.lower, place.node.upper
        if lower is not None or upper is not None:
            yield cst.Slice(upper, lower)
            yield cst.Slice(None, None)
            for shift in (cst.Add(), cst.Subtract()):
                yield cst.Slice(*(edge and cst.BinaryOperation(edge, shift, cst.Integer("1")) for edge in (lower, upper)))


def loop(place: Place) -> Replacements:
    """range(n) -> range(n - 1), range(n + 1), range(1, n); any loop: backwards, without its first or last turn, one turn"""
    node, parent = place.node, place.parents.get(place.node)
    if not isinstance(parent, cst.For | cst.CompFor) or node is not parent.iter:
        return
    if m.matches(node, m.Call(func=m.Name("range"), args=[m.Arg()])):
        end = node.args[0].value
        for form in ("range({0} - 1)", "range({0} + 1)", "range(1, {0})"):
            yield cst.parse_expression(form.format(_code(end)))
    backwards = () if m.matches(parent.target, m.Name("_")) else ("[::-1]",)  # turns without a number are all alike
    for part in (*backwards, "[1:]", "[:-1]", "[:1]"):
        yield cst.parse_expression(f"list({_code(node)}){part}")


def variable(place: Place) -> Replacements:
    """a name -> another one of the same kind that is bound by then"""
    if _is_read(place):
        yield from (cst.Name(other) for other in place.scope.others(place.node.value, place.line))


def attribute(place: Place) -> Replacements:
    """self.a -> self.b"""
    node = place.node
    if m.matches(node, m.Attribute(value=m.Name("self"))) and not isinstance(place.parent, cst.AssignTarget):
        for other in place.scope.other_attributes(node.attr.value):
            yield node.with_changes(attr=cst.Name(other))


def detached(place: Place) -> Replacements:
    """a tensor -> the tensor detached from its graph, where a gradient could flow"""
    passes = not (isinstance(place.parent, cst.Attribute) and place.parent.attr.value in WITHOUT_GRADIENT)
    if passes and _is_read(place) and place.scope.kinds.get(place.node.value) == "Tensor":
        yield cst.Call(cst.Attribute(place.node, cst.Name("detach")))


def returned(place: Place) -> Replacements:
    """return a -> return None"""
    if isinstance(place.node, cst.Return) and place.node.value is not None:
        yield place.node.with_changes(value=cst.Name("None"))


def _is_read(place: Place) -> bool:
    node, parent = place.node, place.parents.get(place.node)
    if not isinstance(node, cst.Name) or node.value not in place.scope.kinds:
        return False
    if isinstance(parent, cst.Attribute):
        return node is parent.value
    if isinstance(parent, cst.Arg):
        return node is parent.value
    if isinstance(parent, cst.AssignTarget):
        return False
    if isinstance(parent, cst.For | cst.CompFor):
        return node is parent.iter
    return not _is_target_element(parent, place.parents)


def _is_target_element(node: cst.CSTNode, parents: dict) -> bool:
    while isinstance(node, cst.Element | cst.Tuple):
        node = parents[node]
        if isinstance(node, (cst.AssignTarget, cst.For | cst.CompFor)):
            return True
    return False


def _in_parentheses(node: cst.BaseExpression) -> cst.BaseExpression:
    return node if node.lpar else node.with_changes(lpar=[cst.LeftParen()], rpar=[cst.RightParen()])


def _code(node: cst.CSTNode) -> str:
    return cst.Module([]).code_for_node(node)


OPERATORS: dict[str, Callable[[Place], Replacements]] = {
    "arithmetic": arithmetic, "term dropped": term_dropped, "comparison": comparison, "condition": condition, "unary": unary,
    "constant": constant, "boolean": boolean, "text": text, "arguments swapped": swapped_arguments,
    "argument dropped": dropped_argument, "element order": element_order, "element dropped": dropped_element,
    "statement deleted": deleted_statement, "statement order": statement_order,
    "out of a loop": out_of_loop, "into a loop": into_loop,
    "callable": callable_swapped, "call dropped": call_dropped, "index": index, "loop": loop,
    "variable": variable, "attribute": attribute, "detached": detached, "returns nothing": returned,
}  # fmt: skip
