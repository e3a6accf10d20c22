"""Where what can be made again is kept."""

from __future__ import annotations

from pathlib import Path

import pytest

from recsys.core.cache_folder import cache_folder


def test_where_the_cache_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RECSYS_CACHE_DIR", "/a")
    assert cache_folder(tmp_path) == tmp_path
    assert cache_folder(None) == Path("/a")
    monkeypatch.delenv("RECSYS_CACHE_DIR")
    monkeypatch.setenv("XDG_CACHE_HOME", "/b")
    assert cache_folder(None) == Path("/b/recsys")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_folder(None) == Path.home() / ".cache" / "recsys"
