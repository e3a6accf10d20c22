"""Every test has its own folder and its own cache."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from .shop import HEADER


@pytest.fixture(autouse=True)
def _own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSYS_CACHE_DIR", str(tmp_path / "cache"))
    monkeypatch.chdir(tmp_path)


@pytest.fixture
def csv(tmp_path: Path) -> Callable[..., Path]:
    """Writes lines below a header."""

    def write(*lines: str, header: str = HEADER, name: str = "shop.csv", encoding: str = "utf-8") -> Path:
        path = tmp_path / name
        path.write_bytes("\n".join([header, *lines, ""]).encode(encoding))
        return path

    return write
