"""Where the reference log is, and what happens to its tests where it is absent."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

REFERENCE = "online_retail.parquet"


def reference_log() -> Path | None:
    """The reference log in $RECSYS_DATA_DIR; None where it is absent."""
    path = Path(os.environ.get("RECSYS_DATA_DIR", "data")) / REFERENCE
    return path.resolve() if path.is_file() else None


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    if reference_log() is not None:
        return
    absent = pytest.mark.skip(reason=f"the reference log is absent: no {REFERENCE} in $RECSYS_DATA_DIR")
    for item in items:
        if item.get_closest_marker("reference"):
            item.add_marker(absent)


@pytest.fixture(scope="session")
def reference_path() -> Path:
    """The reference log's file; tests that use it are marked `reference`."""
    path = reference_log()
    assert path is not None
    return path
