"""The order of the rooms: imports run one way, down the floors of this table. Function-local imports count as well."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

PACKAGE = Path(__file__).parents[1] / "autograder"
FLOORS = (
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
ALONE = {"student"}  # travels to students: imports nothing of ours, and nothing imports it
CHILD_MAY_IMPORT = {"protocol"}
FLOOR = {room: number for number, rooms in enumerate(FLOORS) for room in rooms}


def room_of(path: Path, package: Path) -> str:
    return path.relative_to(package).with_suffix("").parts[0]


def imported_rooms(path: Path, package: Path) -> Iterator[tuple[int, str]]:
    """(line, room) for each import of one of our rooms in the file."""
    parents = ["autograder", *path.relative_to(package).parts[:-1]]
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            above = parents[: len(parents) - node.level + 1] if node.level else []
            module = ".".join([*above, *([node.module] if node.module else [])])
            modules = [f"{module}.{alias.name}" for alias in node.names] if module == "autograder" else [module]
        else:
            continue
        for module in modules:
            root, _, rest = module.partition(".")
            if root == "autograder" and (room := rest.partition(".")[0]) in FLOOR.keys() | ALONE:
                yield node.lineno, room


def wrong_imports(package: Path = PACKAGE) -> list[str]:
    found = []
    for path in sorted(package.rglob("*.py")):
        room = room_of(path, package)
        if room == "__init__":
            continue
        for line, imported in imported_rooms(path, package):
            if imported == room:
                continue
            down = room in FLOOR and imported in FLOOR and FLOOR[room] < FLOOR[imported]
            if not down or (room == "child" and imported not in CHILD_MAY_IMPORT):
                found.append(f"{path.relative_to(package)}:{line}: {room} imports {imported}")
    return found


def test_imports_run_down_the_floors() -> None:
    assert wrong_imports() == []


def test_every_room_has_its_place() -> None:
    rooms = {room_of(path, PACKAGE) for path in PACKAGE.rglob("*.py")} - {"__init__"}
    assert rooms <= FLOOR.keys() | ALONE


@pytest.mark.parametrize(
    ("room", "line", "wrong"),
    [
        ("course", "from autograder.results import Result", False),
        ("course", "def f():\n    from autograder.judge import check", True),
        ("child", "from ..protocol import frames", False),
        ("child", "from .. import sanitize", True),
        ("judge", "import autograder.batch.pool", True),
        ("student", "from autograder.course import Course", True),
    ],
)
def test_the_walk_sees_an_import(room: str, line: str, wrong: bool, tmp_path: Path) -> None:
    (tmp_path / room).mkdir()
    (tmp_path / room / "module.py").write_text(line + "\n")
    assert bool(wrong_imports(tmp_path)) is wrong
