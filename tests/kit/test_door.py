"""Grader files import only from the kit."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from autograder import kit
from autograder.course import Course

GRADERS = sorted(path for a in Course().assignments for path in a.graders.glob("*.py"))


@pytest.mark.parametrize("path", GRADERS, ids=lambda path: f"{path.parent.name}-{path.stem}")
def test_a_grader_imports_nothing_of_ours_but_the_kit(path: Path) -> None:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    modules = {node.module for node in nodes if isinstance(node, ast.ImportFrom)}
    modules |= {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    assert {module for module in modules if module and module.startswith("autograder")} == {"autograder.kit"}


def test_the_kit_lists_what_it_offers() -> None:
    assert [name for name in kit.__all__ if not hasattr(kit, name)] == []
