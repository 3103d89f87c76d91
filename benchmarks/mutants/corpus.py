"""Mutants of the correct submissions in tests/submissions, which solve the tasks differently from the solutions."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from dataclasses import dataclass

from autograder.batch import SubmissionRef
from autograder.course import Assignment
from autograder.intake.source import SubmissionSource

from ..corpus import cases
from .mutate import BEGIN, END, Mutant, mutants

Definition = ast.FunctionDef | ast.ClassDef


@dataclass(frozen=True)
class CorpusMutant:
    """One change in the module of a correct submission. module: the whole text, with the change."""

    assignment: Assignment
    case: str
    mutant: Mutant
    module: str

    def work(self, name: str, seed: int) -> tuple[str, SubmissionRef]:
        source = SubmissionSource("module", self.assignment.stem, (self.module,), "")
        return f"{self.assignment.name}/{self.mutant.task}", SubmissionRef(name, source=source, seed=seed)


def corpus_mutants(assignment: Assignment, task: str | None = None) -> Iterator[CorpusMutant]:
    """Mutate every task that a correct module defines at top level; notebooks and helpers are not mutated."""
    for case in cases(assignment, "right_"):
        path = case.path / f"{assignment.stem}.py"
        text = path.read_text() if path.is_file() else ""
        for known in assignment.tasks:
            if task in (None, known.name):
                for mutant, module in _mutated(known.name, text):
                    yield CorpusMutant(assignment, case.name, mutant, module)


def _mutated(task: str, text: str) -> Iterator[tuple[Mutant, str]]:
    lines = text.splitlines()
    for node in ast.parse(text).body:
        if isinstance(node, Definition) and node.name == task:
            first, last = node.body[0].lineno - 1, node.end_lineno or 0
            without = _without_docstrings(node, lines, first)
            if first == node.lineno - 1 or not without:  # all in one line
                continue
            indent = " " * node.body[0].col_offset
            head = "\n".join(lines[node.lineno - 1 : first])
            source = f"{head}\n{indent}{BEGIN}\n" + "\n".join(without) + f"\n{indent}{END}\n"
            for mutant in mutants(task, source):
                yield mutant, "\n".join([*lines[: node.lineno - 1], mutant.source, *lines[last:]])


def _without_docstrings(node: Definition, lines: list[str], first: int) -> list[str]:
    """The lines of a definition's body."""
    dropped: set[int] = set()
    for inner in ast.walk(node):
        if isinstance(inner, Definition) and ast.get_docstring(inner) is not None and len(inner.body) > 1:
            text = inner.body[0]
            dropped.update(range(text.lineno - 1, text.end_lineno or text.lineno))
    return [lines[n] for n in range(first, node.end_lineno or 0) if n not in dropped]
