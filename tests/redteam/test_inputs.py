"""Inputs that cannot be committed as files: links, pipes, sockets, bombs, odd names, unreadable folders. Made here, read by the intake.

Every one is either read as the submission that it is, or rejected in one line that shows no control character.
"""

# ruff: noqa: E501  (tables: one row, one line)

from __future__ import annotations

import io
import json
import os
import socket
import stat
import struct
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from autograder.intake.source import MAX_SOURCE, RejectedInput, read_submission

CODE = "def encode(text, idx2char):\n    return text\n"
CANARY = "hidden-canary-5d0c1f7e"


def module(folder: Path, name: str = "rnn_cell.py", data: bytes = CODE.encode()) -> Path:
    (folder / name).write_bytes(data)
    return folder / name


def notebook(cells: object, **more: object) -> bytes:
    return json.dumps({"nbformat": 4, "nbformat_minor": 5, "metadata": {}, "cells": cells, **more}).encode()


def code(source: object, **more: object) -> dict:
    return {"cell_type": "code", "metadata": {}, "outputs": [], "execution_count": None, "source": source, **more}


def zipped(folder: Path, *files: tuple[str | zipfile.ZipInfo, bytes], method: int = zipfile.ZIP_DEFLATED) -> Path:
    path = folder / "submission.zip"
    with zipfile.ZipFile(path, "w", method) as archive:
        for name, data in files:
            archive.writestr(name, data)
    return path


def member(name: str, mode: int, **more: int) -> zipfile.ZipInfo:
    info = zipfile.ZipInfo(name)
    info.external_attr = mode << 16
    for key, value in more.items():
        setattr(info, key, value)
    return info


def linked(folder: Path, target: str, name: str = "rnn_cell.py") -> Path:
    (folder / name).symlink_to(target)
    return folder / name


def piped(folder: Path) -> Path:
    os.mkfifo(folder / "rnn_cell.py")
    return folder / "rnn_cell.py"


def socketed(folder: Path) -> Path:
    here = os.getcwd()
    os.chdir(folder)  # the name of a socket may not be long
    with socket.socket(socket.AF_UNIX) as made:
        made.bind("rnn_cell.py")
    os.chdir(here)
    return folder


def sparse(path: Path, size: int) -> Path:
    with path.open("wb") as file:
        file.truncate(size)
    return path


def many_entries(folder: Path, count: int = 650_000) -> Path:
    """A zip directory of 32 MB that names nothing but empty members."""
    entry = struct.pack("<4s4B4HL2L5H2L", b"PK\1\2", 20, 0, 20, 0, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0, 0, 0, 0, 0)
    directory = b"".join(entry + b"%03d" % (i % 1000) for i in range(count))
    path = folder / "submission.zip"
    path.write_bytes(directory + struct.pack("<4s4H2LH", b"PK\5\6", 0, 0, 65535, 65535, len(directory), 0, 0))
    return path


def in_folder(make: Callable[[Path], object]) -> Callable[[Path], Path]:
    return lambda folder: make(folder) and folder


# id: (what makes it, wanted): a text of the source that is read, or a pattern of the rejection
READ = ""
CASES: dict[str, tuple[Callable[[Path], Path], str]] = {
    "a link to a hidden file": (lambda f: linked(f, "/tmp/autograder-redteam/secret.txt"), "not a regular file"),
    "a folder with a link to a hidden file": (in_folder(lambda f: linked(f, "/tmp/autograder-redteam/secret.txt")), "cannot be opened"),
    "a dangling link": (in_folder(lambda f: linked(f, "/nonexistent")), "cannot be opened"),
    "a link to itself": (lambda f: linked(f, "rnn_cell.py"), "not a regular file"),
    "a folder that is a link": (lambda f: linked(f, "/tmp", "folder"), "not a regular file"),
    "a link beside the module": (in_folder(lambda f: module(f) and linked(f, "/tmp/autograder-redteam/secret.txt", "helper.py")), READ),
    "a pipe": (piped, "not a regular file"),
    "a folder with a pipe": (in_folder(piped), "not a regular file"),
    "a folder with a socket": (socketed, "cannot be opened"),
    "the endless device": (lambda f: Path("/dev/zero"), "not a regular file"),
    "a folder named like the module": (in_folder(lambda f: (f / "rnn_cell.py").mkdir() or True), "not a regular file"),
    "a folder given as the module": (lambda f: (f / "rnn_cell.py").mkdir() or f / "rnn_cell.py", "Found neither"),
    "an empty folder": (lambda f: f, "Found neither"),
    "only checkpoints": (in_folder(lambda f: (f / ".ipynb_checkpoints").mkdir() or module(f / ".ipynb_checkpoints", "a.ipynb")), "Found neither"),
    "module and notebook": (in_folder(lambda f: module(f) and module(f, "rnn_cell.ipynb", notebook([]))), "both"),
    "six hundred files": (in_folder(lambda f: [module(f, f"x{i}.py") for i in range(600)]), "more than 500 files"),
    "git metadata and a cache beside it": (in_folder(lambda f: (module(f) and (f / ".git").mkdir()) or (f / "__pycache__").mkdir() or True), READ),
    "names that say other things": (in_folder(lambda f: module(f) and [module(f, n) for n in (
        "-rf.py", "$(touch x).py", "a\nb.py", "\x1b[2J.py", "\u202eyp.py", "~.py", "😀.py", "x" * 251 + ".py", "'; DROP TABLE.py", "import.py", "CON.py")]), READ),
    "a name that is not UTF-8": (in_folder(lambda f: (module(f) and open(os.fsencode(f) + b"/\xff\xfe.py", "w").close()) or True), READ),
    "a name with an escape sequence": (lambda f: module(f, "\x1b]0;title\x07::error::.exe"), "neither .py"),
    "a name with a workflow command": (lambda f: module(f, "::set-output name=score::100"), "neither .py"),
    "fifty megabytes of source": (lambda f: sparse(f / "rnn_cell.py", 50 << 20), "larger than 1 MiB"),
    "two megabytes of source": (lambda f: module(f, data=b"#" * (2 << 20)), "more than 1 MiB|larger than 1 MiB"),
    "twenty helpers of a megabyte": (in_folder(lambda f: module(f) and [module(f, f"h{i}.py", b"#" * (1 << 20)) for i in range(20)]), "more than 1 MiB"),
    "thirty helpers of thirty megabytes": (in_folder(lambda f: module(f) and [sparse(f / f"h{i}.py", 31 << 20) for i in range(30)]), "larger than 100 MiB"),
    "a byte order mark": (lambda f: module(f, data=b"\xef\xbb\xbf" + CODE.encode()), READ),
    "carriage returns only": (lambda f: module(f, data=CODE.replace("\n", "\r").encode()), READ),
    "no newline at the end": (lambda f: module(f, data=CODE.strip().encode()), READ),
    "UTF-16": (lambda f: module(f, data=CODE.encode("utf-16")), READ),
    "NUL bytes": (lambda f: module(f, data=CODE.encode() + b"\0"), READ),
    "Latin-1": (lambda f: module(f, data=b"# \xe4"), READ),
    "an empty module": (lambda f: module(f, data=b""), "is empty"),
    # notebooks
    "a notebook that is not JSON": (lambda f: module(f, "rnn_cell.ipynb", b"not json"), "not valid JSON"),
    "an empty notebook": (lambda f: module(f, "rnn_cell.ipynb", b""), "is empty"),
    "a notebook that is a list": (lambda f: module(f, "rnn_cell.ipynb", b"[]"), "no notebook of format 4"),
    "format 99": (lambda f: module(f, "rnn_cell.ipynb", notebook([], nbformat=99)), "no notebook of format 4"),
    "cells that are no list": (lambda f: module(f, "rnn_cell.ipynb", notebook({})), "no notebook of format 4"),
    "a cell that is a number": (lambda f: module(f, "rnn_cell.ipynb", notebook([3])), "malformed"),
    "a source of numbers": (lambda f: module(f, "rnn_cell.ipynb", notebook([code([1, 2])])), "no text"),
    "no source, and metadata null": (lambda f: module(f, "rnn_cell.ipynb", notebook([{"cell_type": "code", "metadata": None}, code(CODE)])), READ),
    "marks that are no record": (lambda f: module(f, "rnn_cell.ipynb", notebook([code(CODE, metadata={"nbgrader": [1], "tags": "demo"})])), READ),
    "three thousand cells": (lambda f: module(f, "rnn_cell.ipynb", notebook([code("")] * 3000)), "more than 2000 cells"),
    "a hundred thousand brackets": (lambda f: module(f, "rnn_cell.ipynb", b"[" * 100_000), "not valid JSON"),
    "eleven million empty lists": (lambda f: module(f, "rnn_cell.ipynb", b'{"nbformat":4,"cells":[' + b"[]," * 11_000_000 + b"0]}"), "too large"),
    "a number of a million digits": (lambda f: module(f, "rnn_cell.ipynb", b'{"nbformat":' + b"9" * 1_000_000 + b"}"), "not valid JSON"),
    "lone surrogates": (lambda f: module(f, "rnn_cell.ipynb", notebook([code(CODE + "# \ud800")])), READ),
    "two megabytes of cells": (lambda f: module(f, "rnn_cell.ipynb", notebook([code("#" * 700_000)] * 3)), "more than 1 MiB"),
    "half a gigabyte": (lambda f: sparse(f / "rnn_cell.ipynb", 500 << 20), "larger than 100 MiB"),
    "the kernel of another language": (lambda f: module(f, "rnn_cell.ipynb", notebook([code(CODE)], metadata={"kernelspec": {"name": "bash", "argv": ["/bin/sh"]}, "jupytext": {"formats": "../../x"}})), READ),
    # archives
    "a zip": (lambda f: zipped(f, ("rnn_cell.py", CODE.encode())), READ),
    "a zip with one folder around it": (lambda f: zipped(f, ("work/rnn_cell.py", CODE.encode()), ("__MACOSX/._x.py", b"\0")), READ),
    "a name that leads out": (lambda f: zipped(f, ("../../rnn_cell.py", CODE.encode())), "leads out"),
    "an absolute name": (lambda f: zipped(f, ("/tmp/rnn_cell.py", CODE.encode())), "leads out"),
    "a Windows drive": (lambda f: zipped(f, ("C:\\rnn_cell.py", CODE.encode())), "leads out"),
    "a link in a zip": (lambda f: zipped(f, (member("rnn_cell.py", stat.S_IFLNK | 0o777), b"/tmp/autograder-redteam/secret.txt")), "link or a device"),
    "a device in a zip": (lambda f: zipped(f, (member("rnn_cell.py", stat.S_IFCHR | 0o777), b"")), "link or a device"),
    "a file with the setuid bit": (lambda f: zipped(f, (member("rnn_cell.py", stat.S_IFREG | 0o6755), CODE.encode())), READ),
    "a bomb": (lambda f: zipped(f, ("rnn_cell.py", b"#" * (200 << 20))), "unpacks to more than 100 MiB"),
    "a bomb of another kind of file": (lambda f: zipped(f, ("x.bin", b"\0" * (200 << 20)), ("rnn_cell.py", CODE.encode())), READ),
    "a zip in a zip": (lambda f: zipped(f, ("rnn_cell.zip", b"PK\3\4")), "Found neither"),
    "the same name twice": (lambda f: zipped(f, ("rnn_cell.py", b"1"), ("rnn_cell.py", b"2")), "the same name"),
    "names that differ in case": (lambda f: zipped(f, ("rnn_cell.py", b"1"), ("RNN_cell.py", b"2")), "the same name"),
    "packed with LZMA": (lambda f: zipped(f, ("rnn_cell.py", CODE.encode()), method=zipfile.ZIP_LZMA), "unusual way"),
    "packed with bzip2": (lambda f: zipped(f, ("rnn_cell.py", CODE.encode()), method=zipfile.ZIP_BZIP2), "unusual way"),
    "encrypted": (lambda f: (p := zipped(f, ("rnn_cell.py", CODE.encode()))) and p.write_bytes(
        p.read_bytes().replace(b"PK\1\2\x14\x03\x14\0\0\0", b"PK\1\2\x14\x03\x14\0\1\0").replace(b"PK\3\4\x14\0\0\0", b"PK\3\4\x14\0\1\0")) and p, "cannot be read"),
    "six hundred members": (lambda f: zipped(f, *((f"x{i}.py", b"") for i in range(600))), "more than 500 files"),
    "a directory of 650 000 members": (many_entries, "more than 500 files"),
    "a name with a NUL": (lambda f: zipped(f, ("rnn_cell.py\0.txt", CODE.encode())), READ),
    "odd names in a zip": (lambda f: zipped(f, ("rnn_cell.py", CODE.encode()), ("CON.py", b"1"), ("x. ", b"1"), ("\x1b[2J.py", b"1")), READ),
    "not a zip": (lambda f: module(f, "submission.zip", b"PK\5\6" + b"\0" * 10), "cannot be read"),
    "an empty zip": (lambda f: zipped(f), "Found neither"),
}  # fmt: skip


@pytest.mark.parametrize(("make", "wanted"), CASES.values(), ids=CASES.keys())
def test_every_input_is_read_or_rejected_in_one_line(tmp_path: Path, make: Callable[[Path], Path], wanted: str) -> None:
    path = make(tmp_path)
    start = time.process_time()
    try:
        read = read_submission(path, "rnn_cell")
    except RejectedInput as error:
        text = str(error)
        assert wanted
        assert any(part in text for part in wanted.split("|")), text
        assert "\n" not in text
        assert text.isprintable()
        assert len(text) < 300
        assert not text.startswith("::")
        assert CANARY not in text
        assert "/tmp" not in text
    else:
        assert wanted == READ, f"read as {read.cells}"
        assert CANARY not in repr(read)
    assert time.process_time() - start < 5


def test_the_file_is_read_once_and_a_link_put_in_its_place_is_not_followed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = module(tmp_path)
    real = os.lstat

    def swapped(name: Path) -> os.stat_result:
        found = real(name)
        path.unlink()
        path.symlink_to("/tmp/autograder-redteam/secret.txt")
        return found

    monkeypatch.setattr(os, "lstat", swapped)
    with pytest.raises(RejectedInput, match="cannot be opened"):
        read_submission(path, "rnn_cell")


def test_a_growing_file_is_cut_off(tmp_path: Path) -> None:
    assert MAX_SOURCE < 2 << 20
    with pytest.raises(RejectedInput):
        read_submission(sparse(tmp_path / "rnn_cell.py", 1 << 40), "rnn_cell")


UNREADABLE = """
import sys
from pathlib import Path
from autograder.intake import read_submission, RejectedInput
for name in sys.argv[1:]:
    try:
        read_submission(Path(name), "rnn_cell")
    except RejectedInput as error:
        print("rejected:", error)
    except PermissionError as error:
        print("ours:", error)
"""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can show what another user may not read")
def test_what_we_may_not_read_is_not_the_students_fault(tmp_path: Path) -> None:
    os.chmod(tmp_path, 0o755)
    folder, file = tmp_path / "closed", module(tmp_path)
    folder.mkdir(mode=0o000)
    file.chmod(0o000)
    program = f"import os\nos.setgroups([])\n{UNREADABLE}".replace("for name", "os.seteuid(12345)\nos.chdir('/')\nfor name")
    above = tmp_path
    while above != Path("/tmp") and above != Path("/"):
        above.chmod(0o755)
        above = above.parent
    done = subprocess.run([sys.executable, "-c", program, folder, file, file / "x"], capture_output=True, text=True, timeout=60)
    lines = done.stdout.splitlines()
    assert [line.split(":")[0] for line in lines] == ["ours", "ours", "rejected"], done
    assert "Permission denied" in lines[0]
    assert "Permission denied" in lines[1]
    assert "Not a directory" in lines[2]


def test_a_zip_is_never_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def forbidden(*_: object, **__: object) -> None:
        raise AssertionError("written to disk")

    monkeypatch.setattr(zipfile.ZipFile, "extract", forbidden)
    monkeypatch.setattr(zipfile.ZipFile, "extractall", forbidden)
    path = zipped(tmp_path, ("rnn_cell.py", CODE.encode()))
    assert read_submission(path, "rnn_cell").cells == (CODE,)
    assert [p.name for p in tmp_path.iterdir()] == ["submission.zip"]
    assert io.BytesIO(path.read_bytes()).read(2) == b"PK"
