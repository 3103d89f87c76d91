"""Read a submission once: a module, a notebook, a folder or a zip becomes the text that is graded, checked and hashed.

The bytes that are hashed and scanned here are the bytes that run. Obvious mistakes are corrected, and the student is told;
a submission that cannot be read raises `RejectedInput`, with one line for the student.
"""

from __future__ import annotations

import ast
import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from autograder.course.cells import checked_task, without_checks
from autograder.results import Flag
from autograder.sanitize import one_line

from .choice import Choice, choose
from .files import Files, read_files, suffix_of
from .handed_out import HandedOut, defines
from .notebook import MAX_SOURCE, cells_of, code_cells, language_of, parse, taught_cells
from .rejected import RejectedInput
from .text import decode, encoding_note, require_no_conflict

__all__ = ["MAX_SOURCE", "HandIn", "RejectedInput", "SubmissionSource", "code_cells", "read_hand_in", "read_submission"]

MAX_HELPERS = 20
MAX_PARSED = 1 << 17  # characters of a .ipynb file that may in fact be Python


@dataclass(frozen=True)
class SubmissionSource:
    """A submission: the source of a module or of a notebook's code cells, and the modules beside it.

    notes: what was corrected, for the student to read. files: the names of the files that were read.
    """

    kind: str
    name: str
    cells: tuple[str, ...]
    sha256: str
    helpers: Mapping[str, str] = field(default_factory=dict)
    notes: tuple[Flag, ...] = ()
    files: tuple[str, ...] = ()

    @property
    def lines(self) -> dict[str, list[str]]:
        """The lines by file or cell, to quote from, counted as Python does: `splitlines` knows more ends of lines."""
        own = (
            {f"{self.name}.py": self.cells[0].split("\n")}
            if self.kind == "module"
            else {f"cell {n}": cell.split("\n") for n, cell in enumerate(self.cells, 1)}
        )
        return {f"{n}.py": text.split("\n") for n, text in self.helpers.items()} | own


@dataclass(frozen=True)
class HandIn:
    """The graded source. document: the notebook that it was read from; None for a module."""

    source: SubmissionSource
    document: dict[str, Any] | None = None


def read_submission(path: Path, stem: str, given: HandedOut | None = None) -> SubmissionSource:
    """Read the submission at `path`, for the assignment whose module is called `stem`.

    given: what students were given, to find out which of several files was edited.
    Raises FileNotFoundError when `path` does not exist, RejectedInput for everything that cannot be graded.
    """
    return read_hand_in(path, stem, given).source


def read_hand_in(path: Path, stem: str, given: HandedOut | None = None) -> HandIn:
    """As `read_submission`, together with the whole notebook, for callers that show it."""
    files = read_files(path, stem)
    sha256 = _sha256(files.contents)
    names = tuple(sorted(files.contents))
    try:
        found = _read(files, stem, sha256, given or HandedOut())
    except RejectedInput as error:
        raise RejectedInput(str(error), sha256, names) from error
    return replace(found, source=replace(found.source, files=names))


def _sha256(files: Mapping[str, bytes]) -> str:
    if len(files) <= 1:
        return hashlib.sha256(b"".join(files.values())).hexdigest()
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{len(name)}:{name}:{len(files[name])}:".encode("utf-8", "surrogateescape") + files[name])
    return digest.hexdigest()


def _read(files: Files, stem: str, sha256: str, given: HandedOut) -> HandIn:
    choice = _chosen(files, stem, given)
    main, data = choice.name, files.contents[choice.name]
    helpers = dict(_helpers(files.contents, main))
    notes = [*files.notes, *choice.notes]
    if _holds_notebook(data, main):
        document = parse(data)
        cells = cells_of(document)
        taught = tuple(taught_cells(cells))
        if not taught:
            raise RejectedInput("The notebook holds no code cell of yours. Is it the right file?")
        _require_ours("\n".join([*helpers.values(), *taught]), main, given, language_of(document))
        taught, again = given.without_untouched_copies(taught)
        flags = [Flag(task, "has a second cell that is as it was handed out. It was left out.") for task in again]
        notes += [*_encoding_notes(data, main), *_disguise(main, ".ipynb")]
        flags = [*(Flag(None, note) for note in notes), *flags, *_misplaced(cells, given.tasks)]
        return HandIn(SubmissionSource("notebook", stem, taught, sha256, helpers, tuple(flags)), document)
    text = _text(data, main)
    if not text.strip():
        raise RejectedInput(f"{one_line(main, 80)} is empty. Save it again.")
    require_no_conflict(text, main)
    _require_ours("\n".join([*helpers.values(), text]), main, given)
    notes += [*_encoding_notes(data, main), *_disguise(main, ".py")]
    return HandIn(
        SubmissionSource("module", stem, (without_checks(text),), sha256, helpers, tuple(Flag(None, note) for note in notes))
    )


def _require_ours(code: str, name: str, given: HandedOut, language: str = "python") -> None:
    """Raise RejectedInput for another assignment's submission, and for one that is not Python."""
    strange = given.of_another_assignment(code)
    if strange:
        raise RejectedInput(f"{one_line(name, 80)} holds {', '.join(strange[:3])}, which belong to another assignment.")
    if "python" not in language.lower() and not given.defines_a_task(code):
        raise RejectedInput(f"{one_line(name, 80)} is written in {one_line(language, 40)}, not in Python, and holds no task.")


def _chosen(files: Files, stem: str, given: HandedOut) -> Choice:
    candidates = [name for name in files.contents if suffix_of(name)]
    if candidates in ([f"{stem}.ipynb"], [f"{stem}.py"]):
        return Choice(candidates[0])
    texts: dict[str, str | None] = {}
    for name, data in files.contents.items():
        try:
            texts[name] = "\n".join(code_cells(data)) if _holds_notebook(data, name) else _text(data, name)
        except RejectedInput:
            texts[name] = None
    return choose(texts, stem, given, files.others)


def _holds_notebook(data: bytes, name: str) -> bool:
    """Whether this is a notebook, by its contents where they are clear, otherwise by its name."""
    head = data[:200].lstrip(b"\xef\xbb\xbf \t\r\n")
    if suffix_of(name) == ".ipynb":
        return not _is_python(data) if head[:1].isalpha() or head[:1] in (b"#", b'"') else True
    return head.startswith(b"{") and b'"cells"' in data and b'"nbformat"' in data


def _is_python(data: bytes) -> bool:
    if len(data) > MAX_PARSED:
        return False
    try:
        tree = ast.parse(decode(data, "")[0])
    except (SyntaxError, ValueError, RecursionError, MemoryError, RejectedInput):
        return False
    return any(isinstance(node, ast.FunctionDef | ast.ClassDef) for node in tree.body)


def _disguise(name: str, holds: str) -> Iterator[str]:
    """A note when the file's name does not fit its content."""
    if suffix_of(name) != holds:
        kind = "a notebook" if holds == ".ipynb" else "a Python module"
        yield f"{one_line(name, 80)} holds {kind}. It was read as one."


def _encoding_notes(data: bytes, name: str) -> Iterator[str]:
    encoding = decode(data, name)[1]
    if encoding is not None:
        yield encoding_note(name, encoding)


def _misplaced(cells: list[dict[str, Any]], tasks: tuple[str, ...]) -> Iterator[Flag]:
    """Flags for definitions of stubs in cells that are not run."""
    run = "\n".join(taught_cells(cells))
    for cell in cells:
        checked, text = checked_task(cell), cell.get("source")
        text = "".join(map(str, text)) if isinstance(text, list) else str(text)
        if checked is None and cell.get("cell_type") != "code":
            for task in tasks:
                if defines(text, task) and not defines(run, task):
                    yield Flag(task, "is defined in a text cell (Markdown or raw), which is not run. Turn it into a code cell.")
        elif checked is not None:
            for task in tasks:
                if defines(text, task):
                    yield Flag(task, "is defined in the cell with the checks, which is not run. Put it into the cell above.")


def _helpers(files: Mapping[str, bytes], main: str) -> Iterator[tuple[str, str]]:
    others = [n for n in files if n != main and n.endswith(".py") and n[:-3].isidentifier()]
    if sum(len(files[name]) for name in others[:MAX_HELPERS]) > MAX_SOURCE:
        raise RejectedInput(f"The modules beside {one_line(main, 80)} hold more than {MAX_SOURCE >> 20} MiB of code.")
    for name in others[:MAX_HELPERS]:
        yield name[:-3], _text(files[name], name)


def _text(data: bytes, name: str) -> str:
    if len(data) > 4 * MAX_SOURCE:
        raise RejectedInput(f"{one_line(name, 80)} is larger than {MAX_SOURCE >> 20} MiB of code.")
    text, _ = decode(data, name)
    if len(text) > MAX_SOURCE:
        raise RejectedInput(f"{one_line(name, 80)} is larger than {MAX_SOURCE >> 20} MiB of code.")
    return text
