"""Whether the tables of a run are still those that it wrote."""

from __future__ import annotations

import hashlib
from pathlib import Path
from typing import Any

from recsys.core.errors import RunError
from recsys.report.tables import absent


def check_files(folder: Path, files: Any) -> None:
    """RunError at the first file that is absent or has another sha256; `files` maps names to digests."""
    if not isinstance(files, dict):
        raise RunError(
            f"{str(folder / 'manifest.json')!r} has {files!r} as files: expected names and their sha256; "
            "run `recsys evaluate` again"
        )
    for name, wanted in files.items():
        path = folder / name
        if not path.is_file():
            raise absent(path)
        found = hashlib.sha256(path.read_bytes()).hexdigest()
        if found != str(wanted).lower():
            raise RunError(
                f"{str(path)!r} was changed or cut since it was written (sha256 {found[:12]}…): expected "
                f"{str(wanted)[:12]}…, as in manifest.json; run `recsys evaluate` again"
            )
