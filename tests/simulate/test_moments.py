"""Moments: by hand on ten lines, and near the reference on a simulated shop."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from recsys.simulate import REFERENCE, Simulated, measure
from recsys.simulate.moments import cleaned, gini, split, top_share

BOUNDS = {  # ratio to the reference; a mid-size shop has fewer products, so more repeats
    "duplicate lines, share": (0.85, 1.15),
    "lines without customer, share": (0.8, 1.2),
    "cancellation lines, share": (0.75, 1.3),
    "special lines, share": (0.6, 1.5),
    "lines per invoice, mean": (0.8, 1.2),
    "lines per invoice, median": (0.8, 1.2),
    "lines per invoice, p90": (0.8, 1.2),
    "invoices per customer, mean": (0.75, 1.25),
    "customers with one invoice, share": (0.8, 1.25),
    "invoice value, median": (0.75, 1.25),
    "quantity, median": (0.6, 1.4),
    "unit price, median": (0.8, 1.2),
    "product lines, top 1% share": (0.75, 1.25),
    "product lines, top 10% share": (0.85, 1.15),
    "product lines, Gini": (0.85, 1.1),
    "customer lines, top 10% share": (0.85, 1.15),
    "customer lines, Gini": (0.9, 1.1),
    "truth, share bought before": (0.8, 1.25),
    "truth products per customer, median": (0.7, 1.2),
    "customers judged, share of history": (0.75, 1.2),
    "future buyers without history, share": (0.7, 1.6),
}


@pytest.mark.parametrize("moment", BOUNDS)
def test_near_the_reference(written: Simulated, moment: str) -> None:
    ratio = written.moments.set_index("moment")["ratio"][moment]
    low, high = BOUNDS[moment]
    assert low < ratio < high


def test_table_is_written_and_complete(written: Simulated) -> None:
    table = pd.read_csv(written.folder / "moments.csv")
    assert list(table["moment"]) == list(REFERENCE)
    assert list(table.columns) == ["moment", "simulated", "reference", "ratio"]


def test_gini_and_top_share_by_hand() -> None:
    assert gini(np.array([5, 5, 5])) == 0
    assert gini(np.array([0, 0, 0, 8])) == 0.75
    assert top_share(np.array([1, 1, 8]), 0.1) == 0.8


def _lines(rows: list[tuple[str, str, int, str, float, str | None]]) -> pd.DataFrame:
    """InvoiceNo, StockCode, Quantity, date, UnitPrice, CustomerID."""
    columns = ["InvoiceNo", "StockCode", "Quantity", "InvoiceDate", "UnitPrice", "CustomerID"]
    table = pd.DataFrame(rows, columns=columns)
    return table.assign(InvoiceDate=pd.to_datetime(table["InvoiceDate"]))


TEN = _lines(
    [
        ("1", "10001", 1, "2024-01-01 09:00", 1.0, "7"),  # kept
        ("1", "10001", 1, "2024-01-01 09:00", 1.0, "7"),  # duplicate
        ("1", "10002A", 1, "2024-01-01 09:00", 1.0, "7"),  # kept
        ("1", "POST", 1, "2024-01-01 09:00", 9.0, "7"),  # special
        ("2", "10001", 1, "2024-01-02 09:00", 1.0, None),  # no customer
        ("C3", "10001", -1, "2024-01-03 09:00", 1.0, "7"),  # cancellation
        ("4", "10003", 1, "2024-01-04 09:00", 0.0, "7"),  # free
        ("5", "10003", 1, "2024-01-05 09:00", 1.0, "8"),  # kept: 8 has a history
        ("6", "10001", 1, "2024-02-20 09:00", 1.0, "7"),  # kept, future: bought before
        ("6", "10003", 1, "2024-02-20 09:00", 1.0, "7"),  # kept, future: new to the customer
    ]
)


def test_cleaning_keeps_five_of_ten() -> None:
    assert list(cleaned(TEN).index) == [0, 2, 7, 8, 9]


def test_holdout_of_ten_lines() -> None:
    moments = measure(TEN)
    assert moments["truth, share bought before"] == 0.5
    assert moments["truth products per customer, median"] == 2
    assert moments["customers judged, share of history"] == 0.5
    assert moments["future buyers without history, share"] == 0
    assert moments["duplicate lines, share"] == pytest.approx(0.1)
    assert moments["lines without customer, share"] == pytest.approx(1 / 9)
    assert moments["cancellation lines, share"] == pytest.approx(1 / 8)


def test_holdout_begins_at_midnight_28_days_before_the_end() -> None:
    times = ["2024-01-23 23:59", "2024-01-24 00:00", "2024-02-20 09:00"]
    lines = _lines([(str(place), "10001", 1, time, 1.0, "7") for place, time in enumerate(times)])
    history, future = split(lines)
    assert list(history.index) == [0]
    assert list(future.index) == [1, 2]


@pytest.mark.reference
def test_constants_are_the_reference_logs() -> None:
    path = Path(os.environ.get("RECSYS_DATA_DIR", "data")) / "online_retail.parquet"
    if not path.exists():
        pytest.skip(f"{path} is not here; set RECSYS_DATA_DIR")
    for name, value in measure(pd.read_parquet(path)).items():
        assert value == pytest.approx(REFERENCE[name], rel=1e-3), name
