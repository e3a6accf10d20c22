"""What is in the log of a run, kept small: data.csv, from which the report draws it again.

Rows of table, name, figure, value. No customer is in it, by name or by hash. Money is of days and products,
not of a country, for that may be one customer.
"""

from __future__ import annotations

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

import pandas as pd

from recsys.engine.store import write_whole
from recsys.ingest import Loaded, portrait

FILE = "data.csv"
COLUMNS = ["table", "name", "figure", "value"]


def write_portrayed(folder: Path, loaded: Loaded) -> dict[str, str]:
    """data.csv in the run folder; returns its sha256 by name."""
    text = portrayed(loaded).to_csv(index=False, lineterminator="\n")
    write_whole(folder / FILE, text)
    return {FILE: sha256(text.encode()).hexdigest()}


def portrayed(loaded: Loaded) -> pd.DataFrame:
    """Tables facts, returns, days, baskets, purchases, products, countries and missing, one under another."""
    log = loaded.log
    single = {"facts": portrait.facts(log), "returns": portrait.returns(log)}
    rows = [(name, "", *item) for name, told in single.items() for item in told.items()]
    tables = {
        "days": portrait.by_day(log).round({"revenue": 2}),
        "baskets": portrait.baskets(log)[0][["products", "invoices"]],
        "purchases": portrait.purchases(log)[0][["purchases", "customers"]],
        "products": portrait.concentration(log),
        "countries": portrait.countries(log)[["country", "lines", "customers"]],
        "missing": loaded.missing[["column", "lines", "missing"]],
    }
    for name, table in tables.items():
        rows += _long(name, table)
    return pd.DataFrame(rows, columns=COLUMNS)


def _long(name: str, table: pd.DataFrame) -> Iterator[tuple[str, str, str, float]]:
    """A row for each figure; the first column names the rows."""
    first, *figures = table.columns
    for row in table.to_dict("records"):
        yield from ((name, str(row[first]), figure, float(row[figure])) for figure in figures)
