"""Whether the tables of a run are still those that it wrote."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from recsys.core.errors import RunError
from recsys.report.tables import absent


def changed_files(folder: Path, files: Mapping[str, str]) -> Iterator[tuple[str, str | None]]:
    """Files that are not as they were written: name, and the sha256 they have now, None where one is gone."""
    for name, wanted in files.items():
        path = folder / name
        found = hashlib.sha256(path.read_bytes()).hexdigest() if path.is_file() else None
        if found is None or found != str(wanted).lower():
            yield name, found


def check_files(folder: Path, files: Any) -> None:
    """RunError at the first file that is absent or has another sha256; `files` maps names to digests."""
    if not isinstance(files, dict):
        raise RunError(
            f"{str(folder / 'manifest.json')!r} has {files!r} as files: expected names and their sha256; "
            "run `recsys evaluate` again"
        )
    for name, found in changed_files(folder, files):
        if found is None:
            raise absent(folder / name)
        raise RunError(
            f"{str(folder / name)!r} was changed or cut since it was written (sha256 {found[:12]}…): "
            f"expected {str(files[name])[:12]}…, as in manifest.json; run `recsys evaluate` again"
        )
