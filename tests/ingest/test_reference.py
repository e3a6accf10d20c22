"""The figures of PROTOCOL.md, to the unit and the cent."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from recsys.core.errors import SourceError
from recsys.core.fold import know
from recsys.ingest import Clean, Loaded, Source, find, load

COLUMNS: dict[str, Any] = {
    "customer": ["CustomerID", "Customer ID"],
    "product": "StockCode",
    "time": "InvoiceDate",
    "invoice": ["InvoiceNo", "Invoice"],
    "quantity": "Quantity",
    "price": ["UnitPrice", "Price"],
    "description": "Description",
    "country": "Country",
}
FILES = ["online_retail_II_2009-2010.parquet", "online_retail.parquet"]
CLEAN = Clean(product_code=r"^\d{5}[A-Za-z]*$")


def reference(path: str | list[str]) -> Loaded:
    try:
        for name in [path] if isinstance(path, str) else path:
            find(name)
    except SourceError:
        pytest.skip(f"{path} is not here: set RECSYS_DATA_DIR to the folder that holds it")
    return load(Source(kind="parquet", path=path, columns=COLUMNS), CLEAN)


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> Loaded:
    before = os.environ.get("RECSYS_CACHE_DIR")
    os.environ["RECSYS_CACHE_DIR"] = str(tmp_path_factory.mktemp("cache"))
    try:
        return reference(FILES[1])
    finally:
        os.environ.pop("RECSYS_CACHE_DIR")
        if before is not None:
            os.environ["RECSYS_CACHE_DIR"] = before


@pytest.mark.reference
def test_ledger(loaded: Loaded) -> None:
    rows = [(row.rule, row.lines, row.customers, round(row.revenue, 2)) for row in loaded.ledger.itertuples()]
    assert rows == [
        ("read", 541_909, 4_372, 9_747_747.93),
        ("duplicates", 5_268, 0, 21_740.98),
        ("missing-customer", 135_037, 0, 1_447_487.53),
        ("cancellations", 8_872, 33, -608_689.47),
        ("quantity", 0, 0, 0.0),
        ("price", 40, 1, 0.0),
        ("product-code", 1_542, 4, 149_981.25),
        ("kept", 391_150, 4_334, 8_737_227.64),
    ]


@pytest.mark.reference
def test_log(loaded: Loaded) -> None:
    log = loaded.log
    assert len(log.lines) == 391_150
    assert log.shape == (4_334, 3_659)
    assert log.end == np.datetime64("2011-12-10T00:00:00")
    assert (log.cancellations["quantity"] < 0).all()
    assert (log.cancellations["price"] > 0).all()


@pytest.mark.reference
def test_history_of_window_0(loaded: Loaded) -> None:
    history = know(loaded.log, np.datetime64("2011-11-12")).history
    assert len(history.lines) == 333_833
    assert history.shape == (4_108, 3_625)
    assert history.bought.nnz == 234_963


@pytest.mark.reference
def test_two_years_share_invoices(tmp_path: Path) -> None:
    loaded = reference(FILES)
    assert loaded.ledger.iloc[1].tolist()[:2] == ["repeated-invoice", 22_523]
    assert loaded.notes == ()
