"""A file or table -> TransactionLog, with a ledger of what was removed and what it was worth."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recsys.ingest.clean import Clean
    from recsys.ingest.loading import Loaded, load
    from recsys.ingest.paths import find
    from recsys.ingest.source import Source

__all__ = ["Clean", "Loaded", "Source", "find", "load"]

_HOME = {"Source": "source", "Clean": "clean", "load": "loading", "Loaded": "loading", "find": "paths"}


def __getattr__(name: str) -> Any:
    """pyarrow and pandas are imported when a log is loaded, not when this package is."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(f"recsys.ingest.{_HOME[name]}"), name)
