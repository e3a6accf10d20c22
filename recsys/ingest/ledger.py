"""What every rule removed, and what it was worth."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import narwhals as nw
import pandas as pd

from recsys.ingest.rules import RETURNS, RULE

UNASKED = ("missing-product", "missing-time")  # lines that no rule of the config asked to remove
UNLISTED = (*UNASKED, RETURNS)  # rules that have a row only where they removed something
NETTING = "netting"


def ledger(frame: nw.DataFrame[Any], names: Sequence[str]) -> pd.DataFrame:
    """Rule, lines, customers who vanish by it, revenue; `read` first, `kept` last: read - rules = kept.

    A customer vanishes by the last rule that removes a line, if no line stays.
    """
    by_rule = frame.group_by(RULE).agg(nw.len().alias("lines"), nw.col("worth").sum().alias("revenue"))
    known = frame.filter(~nw.col("customer").is_null())
    fate = known.group_by("customer").agg(nw.col(RULE).max())
    vanished = fate.group_by(RULE).agg(nw.len().alias("customers"))
    lines = _column(by_rule, "lines")
    revenue = _column(by_rule, "revenue")
    customers = _column(vanished, "customers")
    rows = [
        (name, lines.get(at, 0), customers.get(at, 0), revenue.get(at, 0.0))
        for at, name in enumerate([*names, "kept"])
    ]
    read = ("read", sum(lines.values()), sum(customers.values()), sum(revenue.values()))
    rows = [row for row in rows if row[0] not in UNLISTED or row[1]]
    return as_ledger([read, *rows])


def with_netting(table: pd.DataFrame, lines: int, customers: int, revenue: float) -> pd.DataFrame:
    """The ledger with a row for what cancellations took off purchases; `kept` is what is left."""
    kept = table.iloc[-1]
    taken = (NETTING, lines, customers, revenue)
    left = ("kept", kept["lines"] - lines, kept["customers"] - customers, kept["revenue"] - revenue)
    return as_ledger([*table.iloc[:-1].itertuples(index=False, name=None), taken, left])


def told(table: pd.DataFrame) -> str:
    """`read 4 lines; missing-customer took 3, price took 1`, for a message."""
    took = [f"{row.rule} took {row.lines:,}" for row in table.iloc[1:-1].itertuples() if row.lines]
    return f"read {table['lines'].iloc[0]:,} lines; {', '.join(took)}"


def _column(frame: nw.DataFrame[Any], name: str) -> Mapping[int, Any]:
    return dict(zip(frame.get_column(RULE).to_list(), frame.get_column(name).to_list(), strict=True))


def as_ledger(rows: Sequence[Sequence[Any]]) -> pd.DataFrame:
    """Rows of rule, lines, customers, revenue as the table."""
    table = pd.DataFrame(rows, columns=["rule", "lines", "customers", "revenue"])
    return table.astype({"rule": object, "lines": "int64", "customers": "int64", "revenue": "float64"})
