"""A log from the cache is the log; whatever is wrong with the cache, the file is read again."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from recsys.ingest import Clean, Loaded, Source, cache, load, loading

from .shop import COLUMNS, HEADER, LINES, source
from .test_formats import assert_same_log

Write = Callable[..., Path]
CLEAN = Clean(cancellations={"mode": "net"})


@pytest.fixture
def given(csv: Write) -> Source:
    csv(*(line + ",41,gold" for line in LINES), header=HEADER + ",age,tier")
    return source(customer_attributes=["age", "tier"])


@pytest.fixture
def reads(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Grows by one for every time files are parsed."""
    count: list[int] = []
    parse = loading._from_files
    monkeypatch.setattr(loading, "_from_files", lambda *given: count.append(1) or parse(*given))
    return count


def entry(folder: Path) -> Path:
    (found,) = folder.iterdir()
    return found


def assert_same(one: Loaded, two: Loaded) -> None:
    assert_same_log(one.log, two.log)
    assert one.log.gross is not None
    assert two.log.gross is not None
    pd.testing.assert_frame_equal(one.log.gross, two.log.gross)
    pd.testing.assert_frame_equal(one.ledger, two.ledger)
    assert (one.sha256, one.notes, one.files) == (two.sha256, two.notes, two.files)


def test_second_load_is_from_the_cache(given: Source, tmp_path: Path, reads: list[int]) -> None:
    first = load(given, CLEAN, cache=tmp_path / "kept")
    assert_same(first, load(given, CLEAN, cache=tmp_path / "kept"))
    assert len(reads) == 1


def test_content_and_settings_are_the_key(given: Source, csv: Write, reads: list[int]) -> None:
    load(given)
    load(given, Clean(price=False))
    load(given.model_copy(update={"thousands": ","}))
    csv(*(line + ",42,gold" for line in LINES), header=HEADER + ",age,tier")
    load(given)
    assert len(reads) == 4


def test_place_and_name_do_not_matter(given: Source, tmp_path: Path, reads: list[int]) -> None:
    load(given)
    (tmp_path / "shop.csv").rename(tmp_path / "moved.csv")
    moved = load(given.model_copy(update={"path": "moved.csv"}))
    assert moved.files[0].name == "moved.csv"
    assert len(reads) == 1


@pytest.mark.parametrize("name", ["lines.parquet", "customers.parquet", "log.json"])
@pytest.mark.parametrize("fault", ["absent", "torn", "changed"])
def test_a_corrupt_entry_is_replaced(
    given: Source, tmp_path: Path, reads: list[int], name: str, fault: str
) -> None:
    folder = tmp_path / "kept"
    first = load(given, CLEAN, cache=folder)
    path = entry(folder) / name
    whole = path.read_bytes()
    if fault == "absent":
        path.unlink()
    elif fault == "torn":
        path.write_bytes(whole[: len(whole) // 2])
    else:
        middle = 20 if name.endswith("parquet") else len(whole) // 2
        path.write_bytes(whole[:middle] + b"\xff\xff\xff\xff" + whole[middle + 4 :])
    for _ in range(2):
        assert_same(first, load(given, CLEAN, cache=folder))
    assert len(reads) == 2


def test_an_unwritable_cache_is_ignored(given: Source, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    assert len(load(given, cache=tmp_path / "file").log.lines) == 5


def test_nothing_is_left_half_written(given: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> None:
        raise OSError("no space left on device")

    monkeypatch.setattr(cache, "_write", full)
    load(given, cache=tmp_path / "kept")
    assert list((tmp_path / "kept").iterdir()) == []


def test_old_entries_go(given: Source, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cache, "KEPT", 2)
    for prefix in "ABCD":
        load(given, Clean(cancellations={"prefix": prefix}), cache=tmp_path / "kept")
    assert len(list((tmp_path / "kept").iterdir())) == 2


def test_only_the_owner_may_look(given: Source, tmp_path: Path) -> None:
    load(given, cache=tmp_path / "kept")
    assert (tmp_path / "kept").stat().st_mode & 0o077 == 0
    assert entry(tmp_path / "kept").stat().st_mode & 0o077 == 0


def test_a_log_without_some_columns(csv: Write, tmp_path: Path) -> None:
    csv(*LINES)
    columns = {role: COLUMNS[role] for role in ("customer", "product", "time")}
    first = load(source(columns=columns), cache=tmp_path / "kept")
    assert_same_log(first.log, load(source(columns=columns), cache=tmp_path / "kept").log)
