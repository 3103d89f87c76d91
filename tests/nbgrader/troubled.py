"""A class with every kind of troubled hand-in, and the expected outcome of each: a score, or a reason why there is none.

`python -m tests.nbgrader.troubled FOLDER` writes it below FOLDER, in nbgrader's layout.
"""

from __future__ import annotations

import io
import json
import re
import shutil
import sys
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from autograder.course import Course

COURSE = Course()
ASSIGNMENT = COURSE["04_embedding"]
NAME, STEM = ASSIGNMENT.name, ASSIGNMENT.stem
SOLVED = ASSIGNMENT.notebook_in("source").read_bytes()
UNTOUCHED = ASSIGNMENT.notebook_in("release").read_bytes()
MODULE = re.sub(r"^ *### (?:BEGIN|END) SOLUTION\n", "", ASSIGNMENT.solution.read_text(), flags=re.MULTILINE).encode()
STUBS = ASSIGNMENT.module.read_bytes()
FULL = sum(task.points for task in ASSIGNMENT.tasks)
FIRST = ASSIGNMENT.tasks[0]
BOOK = f"{STEM}.ipynb"
Document = dict[str, Any]


@dataclass(frozen=True)
class Case:
    """files: contents by name; a Path is a link to there. deserves: points, or a part of the reason. says: part of a note."""

    files: dict[str, bytes | Path]
    deserves: float | str = FULL
    says: str = ""


def changed(change: Callable[[Document], object], data: bytes = SOLVED) -> dict[str, bytes | Path]:
    document = json.loads(data)
    change(document)
    return {BOOK: json.dumps(document).encode()}


def cell(document: Document, grade_id: str) -> Document:
    return next(c for c in document["cells"] if c["metadata"].get("nbgrader", {}).get("grade_id") == grade_id)


def without_metadata(document: Document) -> None:
    for one in document["cells"]:
        one["metadata"] = {}


def every_code_cell(**values: Any) -> Callable[[Document], None]:
    def change(document: Document) -> None:
        for one in document["cells"]:
            if one["cell_type"] == "code":
                one.update(values)

    return change


def format_3(document: Document) -> None:
    for one in document["cells"]:
        if one["cell_type"] == "code":
            one["input"] = one.pop("source")
    document["worksheets"] = [{"cells": document.pop("cells")}]
    document.update(nbformat=3, nbformat_minor=0)


def with_cell(source: str, kind: str = "code", at: int = 0) -> Callable[[Document], None]:
    new: Document = {"cell_type": kind, "metadata": {}, "source": source}
    if kind == "code":
        new |= {"outputs": [], "execution_count": None}
    return lambda document: document["cells"].insert(at, new)


def zipped(files: dict[str, bytes]) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def moved_to_helper(document: Document) -> None:
    cell(document, FIRST.name)["source"] = [f"from my_helpers import {FIRST.name}"]


def stub_source() -> bytes:
    setup = "import torch\nfrom torch import Tensor, nn\nimport torch.nn.functional as F\n\n"
    source = "".join(cell(json.loads(SOLVED), FIRST.name)["source"])
    return (setup + source).encode()


def into_check(document: Document) -> None:
    cell(document, FIRST.check_id)["source"] = cell(document, FIRST.name)["source"]
    released = json.loads(UNTOUCHED)
    cell(document, FIRST.name)["source"] = cell(released, FIRST.name)["source"]


REST = FULL - FIRST.points
CONFLICT = b"<<<<<<< HEAD\n" + SOLVED + b"\n=======\n" + UNTOUCHED + b"\n>>>>>>> theirs\n"
SCRIPT = "<script>document.title='broken'</script><img src=x onerror=alert(1)> [x](javascript:alert(1))"

ANOTHER = changed(with_cell("1"))[BOOK]
SHAPES = COURSE["02_shapes"].notebook_in("source").read_bytes()
PLOTS = [{"output_type": "stream", "name": "stdout", "text": "x" * (8 << 20)}]  # in each code cell: 50 MB together

PLAIN: dict[str, Case] = {
    "solved": Case({BOOK: SOLVED}),
    "untouched": Case({BOOK: UNTOUCHED}, 0.0),
    "module": Case({f"{STEM}.py": MODULE}),
    "module_and_checks": Case({f"{STEM}.py": MODULE, f"test_{STEM}.py": b"def test_nothing(): pass\n"}),
    "stubs_only": Case({f"{STEM}.py": STUBS}, 0.0),
}
NAMES: dict[str, Case] = {
    f"name_{number}": Case({name: SOLVED}, FULL, f"is called {name}")
    for number, name in enumerate((
        "embedding (1).ipynb", "embedding-Copy1.ipynb", "Embedding.ipynb", "embedding_final.ipynb", "homework4.ipynb",
        "Untitled.ipynb", "embedding.ipynb.txt", "EMBEDDING.IPYNB", "ada lovelace.ipynb", "übung.ipynb",
    ))
} | {
    "name_module": Case({"solution.py": MODULE}, FULL, "is called solution.py"),
    "copy_worked_on": Case({BOOK: UNTOUCHED, f"{STEM}-Copy1.ipynb": SOLVED}, FULL, "which was worked on"),
    "copy_untouched": Case({BOOK: SOLVED, f"{STEM}-Copy1.ipynb": UNTOUCHED}),
    "copy_both": Case({BOOK: SOLVED, f"{STEM}-Copy1.ipynb": ANOTHER}, FULL, "and not embedding-Copy1.ipynb"),
    "module_untouched_beside": Case({BOOK: SOLVED, f"{STEM}.py": STUBS}, FULL, "as it was handed out"),
    "notebook_untouched_beside": Case({BOOK: UNTOUCHED, f"{STEM}.py": MODULE}, FULL, "as it was handed out"),
    "both_worked_on": Case({BOOK: SOLVED, f"{STEM}.py": MODULE}, "Found both"),
    "three_copies": Case(
        {BOOK: UNTOUCHED, "a.ipynb": SOLVED, "b.ipynb": ANOTHER}, "several others were worked on"
    ),
    "folder_inside": Case({f"{NAME}/{BOOK}": SOLVED}, FULL, f"found inside {NAME}"),
    "zip_inside": Case({"work.zip": zipped({BOOK: SOLVED})}, FULL, "found inside work.zip"),
    "zip_of_folder": Case({"work.zip": zipped({f"work/{BOOK}": SOLVED})}, FULL, "found inside work.zip"),
    "zip_of_module": Case({"work.zip": zipped({f"{STEM}.py": MODULE})}, FULL, "found inside work.zip"),
    "two_zips": Case({"a.zip": zipped({BOOK: SOLVED}), "b.zip": zipped({BOOK: SOLVED})}, "Several folders or zip"),
    "broken_zip": Case({"work.zip": b"PK"}, "zip file cannot be read"),
    "python_as_notebook": Case({BOOK: MODULE}, FULL, "holds a Python module"),
    "notebook_as_python": Case({f"{STEM}.py": SOLVED}, FULL, "holds a notebook"),
    "pdf": Case({"report.pdf": b"%PDF-1.4"}, "There is only report.pdf"),
    "nothing": Case({"timestamp.txt": b"2026-11-01 12:00:00 UTC"}, "Found neither"),
    "other_assignment_renamed": Case({BOOK: SHAPES}, "belong to another assignment"),
    "other_assignment": Case({"shapes.ipynb": SHAPES}, "There is only shapes.ipynb"),
}  # fmt: skip
TEXTS: dict[str, Case] = {
    "byte_order_mark": Case({BOOK: b"\xef\xbb\xbf" + SOLVED}),
    "utf_16": Case({BOOK: SOLVED.decode().encode("utf-16")}, FULL, "UTF-16"),
    "utf_16_unmarked": Case({BOOK: SOLVED.decode().encode("utf-16-le")}, FULL, "UTF-16"),
    "utf_16_module": Case({f"{STEM}.py": MODULE.decode().encode("utf-16")}, FULL, "UTF-16"),
    "latin_1": Case({f"{STEM}.py": MODULE + "# geprüft\n".encode("latin-1")}, FULL, "CP1252"),
    "latin_1_notebook": Case({BOOK: changed(with_cell("# gepr\0ft"))[BOOK].replace(rb"\u0000", b"\xfc")}, FULL, "CP1252"),
    "crlf": Case({f"{STEM}.py": MODULE.replace(b"\n", b"\r\n")}),
    "broken_json": Case({BOOK: SOLVED[:-30]}, "not valid JSON"),
    "merge_conflict": Case({BOOK: CONFLICT}, "both sides of a merge conflict"),
    "merge_conflict_module": Case({f"{STEM}.py": CONFLICT}, "both sides of a merge conflict"),
    "empty": Case({BOOK: b""}, "is empty"),
    "list": Case({BOOK: b"[]"}, "no notebook"),
    "web_page": Case({BOOK: b"<!DOCTYPE html><title>Sign in</title>"}, "a web page"),
    "no_cells": Case({BOOK: b'{"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": []}'}, "no code cell of yours"),
}
TIMES: dict[str, Case] = {
    "time_good": Case({BOOK: SOLVED, "timestamp.txt": b"2026-11-01 12:00:00.5 UTC\n"}),
    "time_odd": Case({BOOK: SOLVED, "timestamp.txt": b"yesterday evening"}),
    "time_impossible": Case({BOOK: SOLVED, "timestamp.txt": b"2026-13-45 99:00:00 UTC"}),
    "time_empty": Case({BOOK: SOLVED, "timestamp.txt": b""}),
    "time_binary": Case({BOOK: SOLVED, "timestamp.txt": bytes(range(256))}),
    "time_utf_16": Case({BOOK: SOLVED, "timestamp.txt": "2026-11-01 12:00:00 UTC".encode("utf-16")}),
    "time_link": Case({BOOK: SOLVED, "timestamp.txt": Path("/nonexistent")}),
}
FORMS: dict[str, Case] = {
    "format_3": Case(changed(format_3)),
    "fifty_megabytes": Case(changed(every_code_cell(outputs=PLOTS))),
    "no_outputs": Case(changed(lambda d: [c.pop("outputs", None) for c in d["cells"]])),
    "unknown_cell": Case(changed(with_cell("?", kind="heading"))),
    "no_metadata": Case(changed(without_metadata)),
    "other_kernel": Case(changed(lambda d: d["metadata"].update(kernelspec={"name": "julia-1.9", "display_name": "Julia"}))),
    "widgets_without_state": Case(
        changed(lambda d: d["metadata"].update(widgets={"application/vnd.jupyter.widget-state+json": {}}))
    ),
    "doubled_cells": Case(changed(lambda d: d["cells"].extend(d["cells"]))),
    "checks_deleted": Case(
        changed(lambda d: d.update(cells=[c for c in d["cells"] if not c["metadata"]["nbgrader"].get("grade")]))
    ),
    "stub_twice": Case(changed(lambda d: d["cells"].append(cell(json.loads(UNTOUCHED), FIRST.name))), FULL, "a second cell"),
    "stub_deleted": Case(changed(lambda d: d["cells"].remove(cell(d, FIRST.name))), REST),
    "stub_as_markdown": Case(
        changed(lambda d: cell(d, FIRST.name).update(cell_type="markdown")), REST, "is defined in a text cell"
    ),
    "solution_in_check": Case(changed(into_check), REST, "is defined in the cell with the checks"),
    "script": Case(changed(with_cell(SCRIPT, kind="markdown"))),
    "odd_scratch_cells": Case(changed(with_cell("%%bash\nls\n")) | {"notes.txt": b"x"}),
    "syntax_error_in_scratch": Case(changed(with_cell("def (:", at=99))),
    "exits": Case(changed(with_cell("import sys\nsys.exit(0)", at=99))),
    "dangling_link_beside": Case({BOOK: SOLVED, "data.csv": Path("/nonexistent")}),
    "link_to_secret_beside": Case({BOOK: SOLVED, "data.csv": Path("/etc/passwd")}),
    "is_a_link": Case({BOOK: Path("/etc/passwd")}, "cannot be opened"),
    "is_a_dangling_link": Case({BOOK: Path("/nonexistent")}, "cannot be opened"),
    "helper": Case(changed(moved_to_helper) | {"my_helpers.py": stub_source()}),
    "helper_missing": Case(changed(moved_to_helper), REST, "my_helpers"),
}
STUDENTS: dict[str, Case] = {
    student: Case({BOOK: SOLVED})
    for student in ('=HYPERLINK("http:,,evil","x")', "o'brien", "名前", "a, b", "-rf", "[abc]", "x" * 200)
}
CASES = PLAIN | NAMES | TEXTS | TIMES | FORMS | STUDENTS
SAMPLE = (
    "solved", "name_0", "copy_worked_on", "zip_inside", "utf_16", "merge_conflict", "time_odd", "format_3", "no_outputs",
    "helper", "helper_missing", "stub_as_markdown", "script", "pdf", "is_a_link", '=HYPERLINK("http:,,evil","x")',
)  # fmt: skip


def write_class(submitted: Path, names: tuple[str, ...] = tuple(CASES)) -> dict[str, Case]:
    """The hand-ins of `names`, as nbgrader collects them; the names are the students'."""
    for name in names:
        folder = submitted / name / NAME
        folder.mkdir(parents=True)
        for file, content in CASES[name].files.items():
            (folder / file).parent.mkdir(parents=True, exist_ok=True)
            if isinstance(content, Path):
                (folder / file).symlink_to(content)
            else:
                (folder / file).write_bytes(content)
    return {name: CASES[name] for name in names}


if __name__ == "__main__":
    shutil.rmtree(sys.argv[1], ignore_errors=True)
    print(f"{len(write_class(Path(sys.argv[1])))} submissions of {NAME}")
