"""Reproducible zips: the same content gives the same bytes."""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path

CHANGED = (2026, 1, 1, 0, 0, 0)  # the modification time of each file in a zip


def write_zip(target: Path, files: Mapping[str, bytes]) -> int:
    """Write the files, in the order of their names, and return their number. Scripts can be executed."""
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in sorted(files.items()):
            entry = zipfile.ZipInfo(name, CHANGED)
            entry.external_attr = (0o755 if data.startswith(b"#!") else 0o644) << 16
            entry.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(entry, data)
    return len(files)
