"""The cells of our notebooks. Only this module reads cell metadata.

In `solutions/` an author writes what an author decides, as keys of the cell's header:

    # %% [markdown]                          prose
    # %%                                     the setup: imports and constants
    # %% stub="lstm_cell_step"               a task's stub, with its solution region; about="..." says in few words what it is
    # %% check="lstm_cell_step" points=6     the task's visible checks and its points
    # %% demo="train"                        code that only shows something

`expand` turns these into nbgrader's metadata. A cell's grade_id follows from its place: `text_<stub>` above a stub, `hint_<stub>`
above a check, `text_demo_<name>` above a demonstration, `intro` first and `takeaway` last. `id="..."` in a header overrides it.

The other functions read nbgrader's metadata in any notebook, a student's among them: nothing is taken to be well-formed.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from nbformat import NotebookNode

CHECK_PREFIX, DEMO_PREFIX = "check_", "demo_"
DEMO_TAG = "demo"
RAISES_TAG = "raises-exception"  # Run All goes on after a check or a demonstration that fails
AUTHOR_KEYS = ("stub", "about", "check", "points", "demo", "id")
JUPYTEXTS_KEYS = ("lines_to_next_cell",)  # that jupytext adds when it reads a script
HEADER = re.compile(r"# %%(?:\s|$)")  # of a cell in a percent script; `# %%ipytest` is none
TAGGED_DEMO = re.compile(rf'tags=\[[^\]]*"{DEMO_TAG}"')
AUTHORS_CHECK_OR_DEMO = re.compile(r'# %% (?:check|demo)="')


class HeaderError(ValueError):
    """A cell's header in a solution is invalid. The message quotes it and says what is wrong."""


def expand(notebook: NotebookNode) -> None:
    """Replace the author's keys in every cell's header with nbgrader's metadata. Raises HeaderError."""
    names = list(_grade_ids(notebook.cells))
    for cell, grade_id in zip(notebook.cells, names, strict=True):
        _refuse_nonsense(cell.metadata, grade_id)
    for name in names:
        if names.count(name) > 1:
            raise HeaderError(f'{names.count(name)} cells have the grade_id {name!r}. Give all but one a header with id="...".')
    for cell, grade_id in zip(notebook.cells, names, strict=True):
        author = {key: cell.metadata.pop(key) for key in AUTHOR_KEYS if key in cell.metadata}
        check, stub = "check" in author, "stub" in author
        cell.metadata["nbgrader"] = {
            "grade": check, "grade_id": grade_id, "locked": not stub, "schema_version": 3, "solution": stub, "task": False,
        }  # fmt: skip
        if check:
            cell.metadata["nbgrader"]["points"] = author["points"]
            cell.metadata["tags"] = [RAISES_TAG]
        if "demo" in author:
            cell.metadata["tags"] = [DEMO_TAG, RAISES_TAG]


def _refuse_nonsense(header: Mapping[str, Any], grade_id: str) -> None:
    unknown = sorted(set(header) - {*AUTHOR_KEYS, *JUPYTEXTS_KEYS})
    if unknown:
        raise HeaderError(f"{grade_id}: {unknown[0]!r} means nothing in a header. These do: {', '.join(AUTHOR_KEYS)}.")
    if sum(key in header for key in ("stub", "check", "demo")) > 1:
        raise HeaderError(f"{grade_id}: a header has one of stub, check and demo.")
    if ("check" in header) != isinstance(header.get("points"), int | float):
        raise HeaderError(f"{grade_id}: a check's header gives its points as a number, and no other header does.")
    if "about" in header and "stub" not in header:
        raise HeaderError(f"{grade_id}: only a stub's header says what it is about.")


def descriptions(notebook: NotebookNode) -> dict[str, str]:
    """The author's short description of each stub. Read it before `expand`."""
    return {cell.metadata["stub"]: str(cell.metadata.get("about", "")) for cell in notebook.cells if "stub" in cell.metadata}


def _grade_ids(cells: list[NotebookNode]) -> Iterator[str]:
    """The grade_id of each cell, from its header or from the next code cell."""
    for number, cell in enumerate(cells):
        meta = cell.metadata
        following = next((c.metadata for c in cells[number:] if c.cell_type == "code"), None)
        yield str(meta.get("id") or (_code_id(meta) if cell.cell_type == "code" else _prose_id(following)))


def _code_id(meta: Mapping[str, Any]) -> str:
    if "stub" in meta:
        return str(meta["stub"])
    if "check" in meta:
        return CHECK_PREFIX + str(meta["check"])
    return DEMO_PREFIX + str(meta["demo"]) if "demo" in meta else "setup"


def _prose_id(following: Mapping[str, Any] | None) -> str:
    if following is None:
        return "takeaway"
    if "check" in following:
        return f"hint_{following['check']}"
    return f"text_{_code_id(following)}" if "stub" in following or "demo" in following else "intro"


def nbgrader_metadata(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    """nbgrader's own metadata of a cell, empty where there is none."""
    marks = _metadata(cell).get("nbgrader")
    return marks if isinstance(marks, dict) else {}


def _metadata(cell: Mapping[str, Any]) -> Mapping[str, Any]:
    metadata = cell.get("metadata")
    return metadata if isinstance(metadata, dict) else {}


def grade_id(cell: Mapping[str, Any]) -> str | None:
    """nbgrader's name of a cell; None if it has none."""
    name = nbgrader_metadata(cell).get("grade_id")
    return name if isinstance(name, str) else None


def is_stub(cell: Mapping[str, Any]) -> bool:
    """Whether this is a task's cell in which the student writes."""
    return nbgrader_metadata(cell).get("solution") is True


def is_check(cell: Mapping[str, Any]) -> bool:
    """Whether this cell holds a task's visible checks, which carry its points."""
    return nbgrader_metadata(cell).get("grade") is True and not is_stub(cell)


def checked_task(cell: Mapping[str, Any]) -> str | None:
    """The task that a cell checks; None for cells that are no checks."""
    name = grade_id(cell)
    return name.removeprefix(CHECK_PREFIX) if name is not None and is_check(cell) else None


def is_demo(cell: Mapping[str, Any]) -> bool:
    """Whether the cell only shows something: people run it, the grader does not."""
    tags = _metadata(cell).get("tags")
    return isinstance(tags, list) and DEMO_TAG in tags


def is_taught(cell: Mapping[str, Any]) -> bool:
    """The setup and the stubs of a notebook, without checks and demonstrations."""
    return not is_check(cell) and not is_demo(cell)


def without_checks(script: str) -> str:
    """A percent script with its checks and demonstrations blanked, so that line numbers stay. Other modules are unchanged."""
    kept, taught = [], True
    for line in script.split("\n"):
        if HEADER.match(line):
            check = AUTHORS_CHECK_OR_DEMO.match(line) or ('"grade": true' in line and '"solution": false' in line)
            taught = not check and not TAGGED_DEMO.search(line)
        kept.append(line if taught else "")
    return "\n".join(kept)
