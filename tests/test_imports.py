"""The order of the packages: each imports only from the layers below it, and no two files import each other.

Function-local imports count as well, and so do those for type checkers only.
"""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "autograder"
LAYERS = (
    {"__main__"},
    {"cli"},
    {"api"},
    {"nbgrader", "verify"},
    {"batch", "reports"},
    {"graders"},
    {"kit"},
    {"judge"},
    {"intake"},
    {"sandbox", "course"},
    {"child"},
    {"protocol", "results"},
    {"sanitize"},
)
ALONE = {"student"}  # copied to students: imports nothing of ours, and nothing imports it
CHILD_MAY_IMPORT = {"protocol"}
LAYER = {package: number for number, packages in enumerate(LAYERS) for package in packages}


def package_of(path: Path, root: Path) -> str:
    return path.relative_to(root).with_suffix("").parts[0]


def imported_modules(path: Path, root: Path) -> Iterator[tuple[int, str]]:
    """(line, dotted name) for each import in the file; of `from a import b` both a and a.b, since b may be a module."""
    parents = ["autograder", *path.relative_to(root).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            yield from ((node.lineno, alias.name) for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = parents[: len(parents) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            yield node.lineno, module
            yield from ((node.lineno, f"{module}.{alias.name}") for alias in node.names)


def imported_packages(path: Path, root: Path) -> Iterator[tuple[int, str]]:
    """(line, package) for each import of one of our packages in the file."""
    for line, module in dict.fromkeys(imported_modules(path, root)):
        first, _, rest = module.partition(".")
        if first == "autograder" and (package := rest.partition(".")[0]) in LAYER.keys() | ALONE:
            yield line, package


def circle(root: Path = ROOT) -> list[str]:
    """Files that import each other in a circle, or none. A package's own file only hands on what is in it."""
    files = {".".join(["autograder", *path.relative_to(root).with_suffix("").parts]): path for path in root.rglob("*.py")}
    order = TopologicalSorter(
        {name: {module for _, module in imported_modules(path, root)} & files.keys() - {name} for name, path in files.items()}
    )
    try:
        order.prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def wrong_imports(root: Path = ROOT) -> list[str]:
    found = []
    for path in sorted(root.rglob("*.py")):
        package = package_of(path, root)
        if package == "__init__":
            continue
        for line, imported in imported_packages(path, root):
            if imported == package:
                continue
            down = package in LAYER and imported in LAYER and LAYER[package] < LAYER[imported]
            if not down or (package == "child" and imported not in CHILD_MAY_IMPORT):
                found.append(f"{path.relative_to(root)}:{line}: {package} imports {imported}")
    return found


def test_packages_import_only_from_lower_layers() -> None:
    assert wrong_imports() == []


def test_no_files_import_each_other() -> None:
    assert circle() == []


def test_a_circle_is_found(tmp_path: Path) -> None:
    (tmp_path / "judge").mkdir()
    (tmp_path / "judge" / "one.py").write_text("from . import two\n")
    (tmp_path / "judge" / "two.py").write_text("if TYPE_CHECKING:\n    from .one import One\n")
    assert {*circle(tmp_path)} == {"autograder.judge.one", "autograder.judge.two"}


def test_every_package_has_a_layer() -> None:
    packages = {package_of(path, ROOT) for path in ROOT.rglob("*.py")} - {"__init__"}
    assert packages <= LAYER.keys() | ALONE


@pytest.mark.parametrize(
    ("package", "line", "wrong"),
    [
        ("course", "from autograder.results import Result", False),
        ("course", "def f():\n    from autograder.judge import check", True),
        ("child", "from ..protocol import frames", False),
        ("child", "from .. import sanitize", True),
        ("judge", "import autograder.batch.pool", True),
        ("student", "from autograder.course import Course", True),
    ],
)
def test_a_wrong_import_is_found(package: str, line: str, wrong: bool, tmp_path: Path) -> None:
    (tmp_path / package).mkdir()
    (tmp_path / package / "module.py").write_text(line + "\n")
    assert bool(wrong_imports(tmp_path)) is wrong
