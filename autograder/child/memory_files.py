"""Files in memory that last as long as the child: what the system refuses to write is kept here and read back from here.

Learners save loss curves, checkpoints and logs next to their code, often at module level; without this, correct work would
not even load. This is a convenience, not a protection: nothing reaches the disk. Other absolute paths are still refused, and so
is reading files that are hidden or missing. The process's memory limit applies.
"""

from __future__ import annotations

import builtins
import errno
import io
import itertools
import os
import stat
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import numpy
import torch

REFUSED = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOENT)
_overlay: dict[str | None, _File | None] = {}  # by absolute path; None for a folder
_numbers = itertools.count(1)
_open, _descriptor, _mkdir, _stat, _remove = io.open, os.open, os.mkdir, os.stat, os.remove
_named = tempfile.NamedTemporaryFile
_listdir, _chdir, _rename = os.listdir, os.chdir, os.rename


class _File(io.BytesIO):
    """Keeps its content after it is closed."""

    def close(self) -> None:
        self.content()
        super().close()

    def content(self) -> bytes:
        if not self.closed:
            self.last = self.getvalue()
        return self.last


def _key(path: Any) -> str | None:
    """The absolute path of a file that may be kept here: beside the code or in a kept folder. None for any other path."""
    if not isinstance(path, str | bytes | os.PathLike):
        return None
    given = os.fsdecode(path)
    key = os.path.abspath(given)
    beside = not os.path.isabs(given) or os.path.dirname(key) in _overlay or os.path.dirname(key) == os.getcwd()
    return key if beside else None


def _open_descriptor(path: Any, flags: int, *args: Any, **kwargs: Any) -> int:
    """Open the null device without O_CREAT and O_TRUNC, which the system refuses for any file."""
    if isinstance(path, str | os.PathLike) and os.fspath(path) == os.devnull:
        flags &= ~(os.O_CREAT | os.O_TRUNC)
    return _descriptor(path, flags, *args, **kwargs)


def _open_or_overlay(file: Any, mode: str = "r", *args: Any, **kwargs: Any) -> Any:
    if isinstance(file, str | os.PathLike) and os.fspath(file) == os.devnull and "opener" not in kwargs:
        return _open(file, mode, *args, **kwargs, opener=_open_descriptor)
    key = _key(file)
    known = _overlay.get(key)
    options = {"encoding": "utf-8", **dict(zip(("buffering", "encoding", "errors", "newline"), args, strict=False)), **kwargs}
    if known is None or "w" in mode:
        try:
            return _open(file, mode, *args, **kwargs)
        except OSError as error:
            if key is None or error.errno not in REFUSED or not set(mode) & set("wax") or options.get("opener"):
                raise
    held = _File(b"" if known is None or "w" in mode else known.content())
    held.name = file
    if set(mode) & set("wax+"):
        _overlay[key] = held
    held.seek(0, os.SEEK_END if "a" in mode else os.SEEK_SET)
    if "b" in mode:
        return held
    return io.TextIOWrapper(held, options["encoding"], options.get("errors"), options.get("newline"))


def _mkdir_or_overlay(path: Any, *args: Any, **kwargs: Any) -> None:
    try:
        _mkdir(path, *args, **kwargs)
    except OSError as error:
        if error.errno not in REFUSED or _key(path) is None:
            raise
        _overlay[_key(path)] = None


def _stat_or_overlay(path: Any, *args: Any, **kwargs: Any) -> os.stat_result:
    try:
        return _stat(path, *args, **kwargs)
    except OSError:
        if _key(path) not in _overlay:
            raise
    held = _overlay[_key(path)]
    mode, size = (stat.S_IFDIR | 0o755, 0) if held is None else (stat.S_IFREG | 0o644, len(held.content()))
    return os.stat_result((mode, 0, 0, 1, 0, 0, size, 0, 0, 0))


def _remove_or_overlay(path: Any, *args: Any, **kwargs: Any) -> None:
    if _overlay.pop(_key(path), None) is None:
        _remove(path, *args, **kwargs)


def _listdir_or_overlay(path: Any = ".") -> list[str]:
    """List the submission's own files and what it wrote, for the folder that it regards as its own."""
    folder = os.path.abspath(os.fsdecode(path)) if isinstance(path, str | bytes | os.PathLike) else None
    if folder != os.getcwd() and folder not in _overlay:
        return _listdir(path)
    return [os.path.basename(key) for key in _overlay if key is not None and os.path.dirname(key) == folder]


def _chdir_or_stay(path: Any) -> None:
    """Allow `os.chdir(os.path.dirname(os.path.abspath(__file__)))`, which editors insert: we are there already."""
    if isinstance(path, int) or os.path.abspath(os.fsdecode(path)) != os.getcwd():
        _chdir(path)


def _rename_or_overlay(source: Any, target: Any, *args: Any, **kwargs: Any) -> None:
    if _key(source) in _overlay and _key(target) is not None:
        _overlay[_key(target)] = _overlay.pop(_key(source))
    else:
        _rename(source, target, *args, **kwargs)


def _touch(path: Path, mode: int = 0o666, exist_ok: bool = True) -> None:
    _open_or_overlay(path, "a" if exist_ok else "x").close()


def put(files: Mapping[str, str]) -> None:
    """Add files of the submission itself, to be read, listed and imported like any other."""
    for name, text in files.items():
        file = _File(text.encode("utf-8", "replace"))
        file.name = name
        _overlay[os.path.abspath(name)] = file


def text(name: str) -> str | None:
    """The text of a file that is kept here; None if it is not."""
    file = _overlay.get(os.path.abspath(name))
    return None if file is None else file.content().decode("utf-8", "replace")


def _opening(save: Callable[..., Any], position: int, name: str, mode: str) -> Callable[..., Any]:
    """Wrap `save`, which opens a path by itself, so that it gets a file opened by us. position, name: of its path argument."""

    def save_through_open(*args: Any, **kwargs: Any) -> Any:
        given = list(args)
        where: Any = kwargs if name in kwargs else given
        at: Any = name if name in kwargs else position
        if _key(where[at]) is None:
            return save(*args, **kwargs)
        with _open_or_overlay(where[at], mode) as where[at]:
            return save(*given, **kwargs)

    return save_through_open


def _temporary(mode: str = "w+b", *args: Any, suffix: str | None = None, **kwargs: Any) -> Any:
    try:
        return _named(mode, *args, suffix=suffix, **kwargs)
    except OSError:
        return _open_or_overlay(f"tmp{next(_numbers)}{suffix or ''}", mode)


def install() -> None:
    """Replace the functions that open, list and change files, for the rest of this process's life."""
    builtins.open = io.open = _open_or_overlay
    os.open = _open_descriptor
    os.mkdir, os.stat, os.remove, os.unlink = _mkdir_or_overlay, _stat_or_overlay, _remove_or_overlay, _remove_or_overlay
    os.listdir, os.chdir, os.rename, os.replace = _listdir_or_overlay, _chdir_or_stay, _rename_or_overlay, _rename_or_overlay
    Path.touch = _touch
    torch.save, torch.jit.save = _opening(torch.save, 1, "f", "wb"), _opening(torch.jit.save, 1, "f", "wb")
    numpy.savetxt = _opening(numpy.savetxt, 0, "fname", "w")
    tempfile.TemporaryFile = tempfile.NamedTemporaryFile = _temporary
    tempfile.tempdir = "."  # otherwise tempfile would look for a writable folder
