"""Where things are kept that can be made again."""

from __future__ import annotations

import os
from pathlib import Path


def cache_folder(given: Path | None = None) -> Path:
    """As given, else $RECSYS_CACHE_DIR, else the user's cache folder."""
    if given is not None:
        return Path(given)
    if os.environ.get("RECSYS_CACHE_DIR"):
        return Path(os.environ["RECSYS_CACHE_DIR"])
    home = os.environ.get("XDG_CACHE_HOME")
    return (Path(home) if home else Path.home() / ".cache") / "recsys"
