"""What cleaning removed, and what it was worth."""

from __future__ import annotations

import math
from typing import Any

from recsys.report.document import Cell, Column, Section, Table
from recsys.report.run import Run
from recsys.report.show import count, money, share

_ENDS = ("read", "kept")


def ledger(run: Run) -> Section | None:
    """One row per rule, in the order in which they were applied."""
    if run.ledger.empty:
        return None
    read = float(run.ledger["lines"].iloc[0])
    rows = tuple(_row(row, read) for row in run.ledger.to_dict("records"))
    heads = (
        Column("Rule", number=False),
        Column("Lines"),
        Column("Share"),
        Column("Customers"),
        Column("Revenue"),
    )
    return Section(
        "What cleaning removed",
        (
            Table(
                "From the lines read to the lines kept",
                heads,
                rows,
                note="Customers: those present in the first and last row, else those who vanish.",
            ),
        ),
    )


def _row(row: dict[str, Any], read: float) -> tuple[Cell, ...]:
    ends = row["rule"] in _ENDS
    return (
        Cell(row["rule"], best=ends),
        Cell(count(row["lines"]), best=ends),
        Cell(share(row["lines"] / read if read else math.nan)),
        Cell(count(row["customers"])),
        Cell(money(row["revenue"])),
    )
