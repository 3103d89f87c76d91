"""A place in a solution where a mutation operator may change something."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import libcst as cst

from .scope import Scope


@dataclass(frozen=True)
class Place:
    """A node of the syntax tree, with what is known about its surroundings. inside: whether a node is in a solution region."""

    node: cst.CSTNode
    parents: dict
    scope: Scope
    line: int
    inside: Callable[[cst.CSTNode], bool]

    @property
    def parent(self) -> cst.CSTNode:
        return self.parents[self.node]


Replacements = Iterator[cst.CSTNode]
