"""The author's headers become nbgrader's metadata, and the metadata of any notebook can be read, however malformed."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import jupytext
import pytest
from nbformat import NotebookNode

from autograder.course import cells

SOLUTION = """\
# %% [markdown]
# # Words

# %%
import torch

# %% [markdown]
# ## Task 1

# %% stub="encode"
def encode(): ...

# %% [markdown]
# Hint

# %% check="encode" points=2.5
# %%ipytest
def test_encode(): ...

# %% [markdown] id="aside"
# An aside

# %% [markdown]
# What the plot shows

# %% demo="plot"
plot()

# %% [markdown]
# What you have learned
"""


def expanded(script: str) -> NotebookNode:
    notebook = jupytext.reads(script, fmt="py:percent")
    cells.expand(notebook)
    return notebook


def test_each_cell_gets_a_grade_id_from_its_place() -> None:
    names = [cells.grade_id(cell) for cell in expanded(SOLUTION).cells]
    assert names == [
        "intro", "setup", "text_encode", "encode", "hint_encode", "check_encode", "aside", "text_demo_plot", "demo_plot",
        "takeaway",
    ]  # fmt: skip


def test_a_check_carries_its_points_and_only_the_stub_is_unlocked() -> None:
    notebook = expanded(SOLUTION)
    by_name = {cells.grade_id(cell): cell.metadata for cell in notebook.cells}
    assert by_name["check_encode"]["nbgrader"] == {
        "grade": True, "grade_id": "check_encode", "locked": True, "points": 2.5, "schema_version": 3, "solution": False,
        "task": False,
    }  # fmt: skip
    assert by_name["demo_plot"]["tags"] == ["demo", "raises-exception"]
    assert [name for name, meta in by_name.items() if not meta["nbgrader"]["locked"]] == ["encode"]
    assert not any(key in meta for meta in by_name.values() for key in cells.AUTHOR_KEYS)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ('# %% check="encode"', "check_encode: a check's header gives its points"),
        ('# %% check="encode" points="many"', "points as a number"),
        ('# %% stub="encode" points=2', "no other header does"),
        ('# %% stub="encode" check="encode" points=2', "one of stub, check and demo"),
        ('# %% stub="encode" about="text to vectors" pts=2', "encode: 'pts' means nothing in a header. These do: stub, about"),
        ('# %% nbgrader={"grade": false, "grade_id": "encode", "solution": true}', "'nbgrader' means nothing in a header"),
        ('# %% demo="plot" about="a plot"', "only a stub's header says what it is about"),
    ],
    ids=[
        "a check without points",
        "points that are no number",
        "a stub with points",
        "two kinds at once",
        "an unknown key",
        "nbgrader's own metadata",
        "a demonstration that is about something",
    ],
)
def test_a_header_that_makes_no_sense_is_refused(header: str, said: str) -> None:
    with pytest.raises(cells.HeaderError, match=said):
        expanded(f"{header}\n1\n")


READS = re.compile(r"""metadata(?:\.get\(|\[)["'](?:nbgrader|tags)["'](?![^\n]*\] = )""")


@pytest.mark.parametrize("folder", ["autograder", "benchmarks", "examples"])
def test_nothing_else_reads_the_metadata_of_cells(folder: str) -> None:
    root = Path(__file__).parents[2]
    found = {path for path in (root / folder).rglob("*.py") if READS.search(path.read_text())}
    assert {path.relative_to(root).as_posix() for path in found} <= {"autograder/course/cells.py"}


@pytest.mark.parametrize(
    ("line", "reads"),
    [
        ('cell.metadata.get("nbgrader", {})', True),
        ('cell.metadata["nbgrader"]["grade_id"]', True),
        ('cell.metadata["nbgrader"] = {"grade_id": name}', False),
    ],
)
def test_a_reader_is_seen(line: str, reads: bool) -> None:
    assert bool(READS.search(line)) is reads


def test_two_cells_of_one_name_are_refused() -> None:
    with pytest.raises(cells.HeaderError, match=r"2 cells have the grade_id 'takeaway'. Give all but one a header with id="):
        expanded(SOLUTION + "\n# %% [markdown]\n# One more word\n")


CHECK = {"grade": True, "grade_id": "check_encode", "solution": False}
KINDS: dict[str, tuple[Any, bool, bool, str | None]] = {  # metadata -> is_check, is_demo, checked_task
    "none": ({}, False, False, None),
    "a check": ({"nbgrader": CHECK}, True, False, "encode"),
    "a demonstration": ({"tags": ["demo"]}, False, True, None),
    "a check that students write in": ({"nbgrader": {**CHECK, "solution": True}}, False, False, None),
    "marks that are a list": ({"nbgrader": [1]}, False, False, None),
    "a name that is a number": ({"nbgrader": {**CHECK, "grade_id": 7}}, True, False, None),
    "a tag that is a text": ({"tags": "demo"}, False, False, None),
    "metadata that is a list": ([], False, False, None),
    "metadata that is null": (None, False, False, None),
}


@pytest.mark.parametrize(("metadata", "check", "demo", "task"), KINDS.values(), ids=KINDS.keys())
def test_any_metadata_can_be_read(metadata: Any, check: bool, demo: bool, task: str | None) -> None:
    cell = {"metadata": metadata}
    assert (cells.is_check(cell), cells.is_demo(cell), cells.checked_task(cell)) == (check, demo, task)
    assert cells.is_taught(cell) == (not check and not demo)


NBGRADER_SCRIPT = """\
# %% nbgrader={"grade": false, "grade_id": "encode", "solution": true}
def encode(): ...

# %% nbgrader={"grade": true, "grade_id": "check_encode", "points": 2.5, "solution": false}
# %%ipytest
def test_encode(): ...

# %% tags=["demo"] nbgrader={"grade": false, "grade_id": "demo_plot", "solution": false}
plot()
"""


@pytest.mark.parametrize(
    ("script", "kept"),
    [
        (SOLUTION, ["import torch", "def encode(): ..."]),
        (NBGRADER_SCRIPT, ["def encode(): ..."]),
        (NBGRADER_SCRIPT.replace('["demo"]', '["demo", "raises-exception"]'), ["def encode(): ..."]),
        ("a = 1\nb = 2\n", ["a = 1", "b = 2"]),
    ],
    ids=["an author's headers", "nbgrader's metadata", "two tags", "a plain module"],
)
def test_checks_and_demonstrations_of_a_script_are_blanked(script: str, kept: list[str]) -> None:
    text = cells.without_checks(script)
    assert [line for line in text.splitlines() if line and not line.startswith("#")] == kept
    assert text.count("\n") == script.count("\n")
