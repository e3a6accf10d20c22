"""The same rules on Arrow, pandas and Polars."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import narwhals as nw
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from recsys.ingest import Clean
from recsys.ingest.ledger import ledger
from recsys.ingest.rules import RULE, tagged

DAY = datetime(2010, 12, 1)
LINES: dict[str, list[Any]] = {
    "customer": ["7", "7", None, "7", "8", "8", "9", "7", "7"],
    "product": ["1A", "1A", "1B", "1A", "1B", "1A", "POST", None, "1C"],
    "invoice": ["1", "1", "2", "C3", "4", "5", None, "7", "8"],
    "time": [DAY] * 8 + [None],
    "quantity": [2.0, 2.0, 1.0, -1.0, 0.0, None, 1.0, 1.0, 1.0],
    "price": [1.5, 1.5, 2.0, 1.5, 2.0, 1.0, 9.0, 1.0, 1.0],
    "worth": [3.0, 3.0, 2.0, -1.5, 0.0, 0.0, 9.0, 1.0, 1.0],
}
SAME = ["customer", "product", "invoice", "time", "quantity", "price"]


def typed(frame: pd.DataFrame) -> pd.DataFrame:
    return frame.astype({"customer": "str", "product": "str", "invoice": "str", "time": "datetime64[s]"})


@pytest.mark.parametrize(
    "make",
    [pa.table, pl.DataFrame, pd.DataFrame, lambda lines: typed(pd.DataFrame(lines))],
    ids=["arrow", "polars", "pandas objects", "pandas str"],
)
def test_one_ledger_on_every_backend(make: Callable[[Any], Any]) -> None:
    frame = nw.from_native(make(LINES), eager_only=True)
    done, names = tagged(frame, Clean(product_code=r"^\d"), same=SAME, purchases=["purchase"])
    assert [([*names, "kept"])[position] for position in done.get_column(RULE).to_list()] == [
        "kept",
        "duplicates",
        "missing-customer",
        "cancellations",
        "quantity",
        "quantity",
        "product-code",
        "missing-product",
        "missing-time",
    ]
    assert ledger(done, names).to_numpy().tolist() == [
        ["read", 9, 3, 17.5],
        ["duplicates", 1, 0, 3.0],
        ["missing-customer", 1, 0, 2.0],
        ["missing-product", 1, 0, 1.0],
        ["missing-time", 1, 0, 1.0],
        ["cancellations", 1, 0, -1.5],
        ["quantity", 2, 1, 0.0],
        ["price", 0, 0, 0.0],
        ["product-code", 1, 1, 9.0],
        ["kept", 1, 1, 3.0],
    ]


@pytest.mark.parametrize("make", [pa.table, pl.DataFrame, pd.DataFrame])
def test_events_and_repeats_come_first(make: Callable[[Any], Any]) -> None:
    lines = {**LINES, "event": ["order", "view", None] + ["order"] * 6, "repeated": [False] * 8 + [True]}
    frame = nw.from_native(make(lines), eager_only=True)
    done, names = tagged(frame, Clean(), same=SAME, purchases=["order"])
    assert names[:2] == ["repeated-invoice", "events"]
    assert [position for position in done.get_column(RULE).to_list() if position < 2] == [1, 1, 0]
    assert done.get_column("worth").to_list()[:4] == [3.0, 0.0, 0.0, -1.5]


@pytest.mark.parametrize("make", [pa.table, pl.DataFrame, pd.DataFrame])
def test_what_the_quantity_rule_lets_pass_is_returned(make: Callable[[Any], Any]) -> None:
    frame = nw.from_native(make(LINES), eager_only=True)
    clean = Clean(cancellations=False, quantity=False, product_code=r"^\d")
    done, names = tagged(frame, clean, same=SAME, purchases=[])
    assert names[-2:] == ["product-code", "returns"]
    assert done.get_column(RULE).to_list().index(len(names) - 1) == 3


@pytest.mark.parametrize("make", [pa.table, pl.DataFrame, pd.DataFrame])
def test_descriptions_are_matched_letter_for_letter(make: Callable[[Any], Any]) -> None:
    texts = ["Fee", "fee", None, "Fee", "Fees", "Mug", "Mug", "Mug", "Mug"]
    frame = nw.from_native(make({**LINES, "description": texts}), eager_only=True)
    clean = Clean(
        duplicates=False, cancellations=False, quantity=False, missing_description=True, descriptions=["Fee"]
    )
    done, names = tagged(frame, clean, same=SAME, purchases=[])
    rules = [([*names, "kept"])[position] for position in done.get_column(RULE).to_list()]
    assert rules[0] == "descriptions"
    assert rules[1] == "kept"
    assert rules[3] == "descriptions"
    assert rules[4:6] == ["kept", "kept"]
