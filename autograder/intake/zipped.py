"""The members of a zip file, in memory and with limits. Nothing is unpacked to disk, so names need not be trusted."""

from __future__ import annotations

import io
import stat
import struct
import zipfile
import zlib

MAX_ENTRIES = 5000  # including folders and clutter: the whole directory is read first
METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)  # with others the archive decides about memory


class ZipRejected(Exception):
    """We do not read this archive. The text is for the student."""


def members(data: bytes, max_files: int, max_bytes: int) -> dict[str, bytes]:
    """The top-level files by name, without a single folder around everything. Raises ZipRejected."""
    if data.count(b"PK\1\2") > MAX_ENTRIES:
        raise ZipRejected(f"The zip file holds more than {max_files} files.")
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return _read(archive, max_files, max_bytes)
    except (
        zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, RuntimeError, OSError, ValueError, EOFError,
        OverflowError, LookupError,
    ) as error:  # fmt: skip
        raise ZipRejected("The zip file cannot be read. Make it again, without a password.") from error


def _read(archive: zipfile.ZipFile, max_files: int, max_bytes: int) -> dict[str, bytes]:
    infos = [info for info in archive.infolist() if not info.is_dir() and not _is_clutter(info.filename)]
    if len(infos) > max_files:
        raise ZipRejected(f"The zip file holds more than {max_files} files.")
    folded = [info.filename.casefold() for info in infos]
    if len(set(folded)) != len(folded):
        raise ZipRejected("Two files in the zip file have the same name.")
    found: dict[str, bytes] = {}
    total = 0
    for info in infos:
        name = info.filename
        if name.startswith(("/", "\\")) or ".." in name.split("/") or "\\" in name or ":" in name:
            raise ZipRejected("The zip file holds a name that leads out of it.")
        if (kind := stat.S_IFMT(info.external_attr >> 16)) and kind != stat.S_IFREG:
            raise ZipRejected("The zip file holds a link or a device. Put the files themselves into it.")
        if not name.lower().endswith((".py", ".ipynb")):
            continue
        if info.compress_type not in METHODS:
            raise ZipRejected("The zip file is packed in an unusual way. Make it again with the usual settings.")
        with archive.open(info) as member:
            content = member.read(max_bytes - total + 1)
        total += len(content)
        if total > max_bytes:
            raise ZipRejected(f"The zip file unpacks to more than {max_bytes >> 20} MiB.")
        found[name] = content
    return _without_common_folder(found)


def _is_clutter(name: str) -> bool:
    """Whether this is a file that operating systems or editors add."""
    return name.startswith("__MACOSX/") or any(part.startswith(".") and part != ".." for part in name.split("/"))


def _without_common_folder(files: dict[str, bytes]) -> dict[str, bytes]:
    while files and all("/" in name for name in files) and len({name.split("/", 1)[0] for name in files}) == 1:
        files = {name.split("/", 1)[1]: content for name, content in files.items()}
    return {name: content for name, content in files.items() if "/" not in name}
