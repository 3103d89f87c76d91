"""Read a submission once: a module, a notebook, a folder or a zip becomes bytes in memory, checked and hashed.

The bytes that are hashed and scanned here are the bytes that run. Regular files only, caps on size and number; nothing is
ever unpacked to disk. What cannot be read is `RejectedInput`, with one line for the student.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

from autograder.course.cells import is_taught, without_checks
from autograder.sanitize import one_line

from .zipped import ZipRejected, members

MAX_SOURCE = 1 << 20  # bytes of code
MAX_NOTEBOOK = 32 << 20  # bytes of a notebook with its outputs: plots are large
MAX_FILES = 500
MAX_HELPERS = 20
MAX_CELLS = 2000
MAX_JSON_PARTS = 1_000_000  # commas and brackets of a notebook: what its parsed form costs in memory


class RejectedInput(Exception):
    """The submission cannot be read as one. The text is for the student."""

    def __init__(self, message: str, sha256: str = "") -> None:
        super().__init__(message)
        self.sha256 = sha256


@dataclass(frozen=True)
class SubmissionSource:
    """What was handed in: the source of a module, or of a notebook's code cells, and the modules beside it."""

    form: str
    name: str
    parts: tuple[str, ...]
    sha256: str
    helpers: Mapping[str, str] = field(default_factory=dict)

    @property
    def lines(self) -> dict[str, list[str]]:
        """The text by file or cell, to quote lines from."""
        own = (
            {f"{self.name}.py": self.parts[0].splitlines()}
            if self.form == "module"
            else {f"cell {n}": part.splitlines() for n, part in enumerate(self.parts, 1)}
        )
        return {f"{n}.py": text.splitlines() for n, text in self.helpers.items()} | own


def read_submission(path: Path, stem: str) -> SubmissionSource:
    """Read what stands at `path` as the assignment whose module is called `stem`.

    Raises FileNotFoundError when there is nothing at all, RejectedInput for everything that cannot be graded.
    """
    try:
        mode = os.lstat(path).st_mode
        if stat.S_ISDIR(mode):
            return _from_files(_read_folder(path, stem), stem)
    except FileNotFoundError:
        raise
    except OSError as error:
        raise RejectedInput(f"{one_line(path.name, 80)} cannot be read: {error.strerror}.") from error
    if not stat.S_ISREG(mode):
        raise RejectedInput(f"{one_line(path.name, 80)} is not a regular file. Hand in the file itself, not a link or a device.")
    suffix = path.suffix.lower()
    if suffix == ".zip":
        data = _read_file(path, MAX_NOTEBOOK)
        try:
            return _from_files(members(data, MAX_FILES, MAX_NOTEBOOK), stem)
        except ZipRejected as error:
            raise RejectedInput(str(error), hashlib.sha256(data).hexdigest()) from error
    if suffix in (".py", ".ipynb"):
        return _from_files({f"{stem}{suffix}": _read_file(path, MAX_NOTEBOOK)}, stem)
    raise RejectedInput(f"{one_line(path.name, 80)} is neither .py, .ipynb, .zip nor a folder.")


def _read_file(path: Path, limit: int, folder: int | None = None) -> bytes:
    """A regular file's bytes, whatever is done to the path meanwhile: opened once, without following a link."""
    name = path.name if folder is not None else path
    try:
        fd = os.open(name, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC, dir_fd=folder)
    except OSError as error:
        raise RejectedInput(f"{one_line(path.name, 80)} cannot be opened: {error.strerror}. Is it a link?") from error
    try:
        if not stat.S_ISREG(os.fstat(fd).st_mode):
            raise RejectedInput(f"{one_line(path.name, 80)} is not a regular file.")
        with os.fdopen(fd, "rb", closefd=False) as file:
            data = file.read(limit + 1)
    except OSError as error:
        raise RejectedInput(f"{one_line(path.name, 80)} cannot be read: {error.strerror}.") from error
    finally:
        os.close(fd)
    if len(data) > limit:
        raise RejectedInput(f"{one_line(path.name, 80)} is larger than {limit >> 20} MiB. Clear the outputs and save again.")
    return data


def _read_folder(path: Path, stem: str) -> dict[str, bytes]:
    """The files of a folder that can matter: the assignment's own and the Python modules beside it."""
    folder = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC)
    try:
        with os.scandir(folder) as entries:
            names = sorted(entry.name for entry in islice(entries, MAX_FILES + 1))
        if len(names) > MAX_FILES:
            raise RejectedInput(f"The folder holds more than {MAX_FILES} files.")
        wanted = [n for n in names if n in (f"{stem}.py", f"{stem}.ipynb")] or _only_one(names, ".ipynb", ".py")
        modules = [n for n in names if n.endswith(".py") and _is_regular(n, folder)]
        found: dict[str, bytes] = {}
        for name in dict.fromkeys([*wanted, *modules]):
            found[name] = _read_file(Path(name), MAX_NOTEBOOK, folder)
            if sum(map(len, found.values())) > MAX_NOTEBOOK:
                raise RejectedInput(f"The files of the folder are larger than {MAX_NOTEBOOK >> 20} MiB together.")
        return found
    finally:
        os.close(folder)


def _is_regular(name: str, folder: int) -> bool:
    try:
        return stat.S_ISREG(os.stat(name, dir_fd=folder, follow_symlinks=False).st_mode)
    except OSError:  # taken away meanwhile
        return False


def _only_one(names: list[str], *suffixes: str) -> list[str]:
    for suffix in suffixes:
        found = [n for n in names if n.endswith(suffix) and not n.startswith((".", "test_"))]
        if found:
            return found if len(found) == 1 else []
    return []


def _from_files(files: Mapping[str, bytes], stem: str) -> SubmissionSource:
    digest = hashlib.sha256()
    for name in sorted(files):
        digest.update(f"{len(name)}:{name}:{len(files[name])}:".encode("utf-8", "surrogateescape") + files[name])
    sha256 = digest.hexdigest() if len(files) > 1 else hashlib.sha256(b"".join(files.values())).hexdigest()
    try:
        main = _main_file(files, stem)
        helpers = dict(_helpers(files, main))
        if main.endswith(".ipynb"):
            return SubmissionSource("notebook", stem, tuple(code_cells(files[main])), sha256, helpers)
        return SubmissionSource("module", stem, (without_checks(_text(files[main], main)),), sha256, helpers)
    except RejectedInput as error:
        raise RejectedInput(str(error), sha256) from error


def _main_file(files: Mapping[str, bytes], stem: str) -> str:
    own = [n for n in (f"{stem}.ipynb", f"{stem}.py") if n in files]
    if len(own) == 2:
        raise RejectedInput(f"Found both {own[0]} and {own[1]}. Hand in one of them.")
    found = own or _only_one(list(files), ".ipynb", ".py")
    if not found:
        raise RejectedInput(f"Found neither {stem}.ipynb nor {stem}.py. Keep the name of the file that you were given.")
    return found[0]


def _helpers(files: Mapping[str, bytes], main: str) -> Iterator[tuple[str, str]]:
    others = [n for n in files if n != main and n.endswith(".py") and n[:-3].isidentifier()]
    if sum(len(files[name]) for name in others[:MAX_HELPERS]) > MAX_SOURCE:
        raise RejectedInput(f"The modules beside {one_line(main, 80)} hold more than {MAX_SOURCE >> 20} MiB of code.")
    for name in others[:MAX_HELPERS]:
        yield name[:-3], _text(files[name], name)


def _text(data: bytes, name: str) -> str:
    if len(data) > MAX_SOURCE:
        raise RejectedInput(f"{one_line(name, 80)} is larger than {MAX_SOURCE >> 20} MiB of code.")
    try:
        return data.decode("utf-8-sig").replace("\r\n", "\n").replace("\r", "\n")
    except UnicodeDecodeError as error:
        raise RejectedInput(f"{one_line(name, 80)} is not UTF-8 text. Save it with that encoding.") from error


def code_cells(data: bytes) -> Iterator[str]:
    """The code cells of a notebook, without the graded checks and demonstrations that we wrote.

    Raises RejectedInput when the bytes are no notebook.
    """
    if not data.strip():
        raise RejectedInput("The notebook is empty. Save it again.")
    if sum(map(data.count, (b",", b"[", b"{"))) > MAX_JSON_PARTS:
        raise RejectedInput("The notebook is too large. Clear the outputs and save again.")
    try:
        notebook = json.loads(data)
    except (ValueError, RecursionError, MemoryError) as error:
        raise RejectedInput("The notebook is not valid JSON. Open it in Jupyter and save it again.") from error
    cells = notebook.get("cells") if isinstance(notebook, dict) else None
    if not isinstance(cells, list) or notebook.get("nbformat") != 4:
        raise RejectedInput("This is no notebook of format 4. Open it in Jupyter and save it again.")
    if len(cells) > MAX_CELLS:
        raise RejectedInput(f"The notebook has more than {MAX_CELLS} cells.")
    total = 0
    for cell in cells:
        if not isinstance(cell, dict):
            raise RejectedInput("A cell of the notebook is malformed. Open it in Jupyter and save it again.")
        if cell.get("cell_type") != "code" or not is_taught(cell):
            continue
        source = cell.get("source", "")
        if isinstance(source, list) and all(isinstance(line, str) for line in source):
            source = "".join(source)
        if not isinstance(source, str):
            raise RejectedInput("A cell of the notebook has no text. Open it in Jupyter and save it again.")
        total += len(source)
        if total > MAX_SOURCE:
            raise RejectedInput(f"The notebook holds more than {MAX_SOURCE >> 20} MiB of code.")
        yield source.encode("utf-8", "replace").decode()
