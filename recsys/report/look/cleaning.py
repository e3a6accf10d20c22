"""What cleaning took, as a waterfall; returns; what the file lacks."""

from __future__ import annotations

import math

from recsys.report.document import Bar, Bars, Block, Cell, Column, Paragraph, Section, Table
from recsys.report.look.noun import Inspection
from recsys.report.show import count, money, share

ENDS = ("read", "kept")


def cleaning(found: Inspection) -> Section:
    """One bar for each rule, from the lines before it to the lines after it."""
    ledger = found.ledger
    read = float(ledger["lines"].iloc[0])
    left, bars = read, []
    for row in ledger.itertuples():
        ends = row.rule in ENDS
        start = 0.0 if ends else (left - row.lines) / read
        bars.append(
            Bar(str(row.rule), start, (row.lines if ends else left) / read, count(row.lines), lost=not ends)
        )
        left -= 0 if ends else row.lines
    heads = [Column("Rule", number=False), Column("Lines"), Column("Share"), Column("Customers")]
    rows = [
        [
            Cell(str(row.rule), best=row.rule in ENDS),
            Cell(count(row.lines)),
            Cell(share(row.lines / read if read else math.nan)),
            Cell(count(row.customers)),
            *([Cell(money(row.revenue))] if found.priced else []),
        ]
        for row in ledger.itertuples()
    ]
    if found.priced:
        heads.append(Column("Revenue"))
    table = Table(
        "From the lines read to the lines kept",
        tuple(heads),
        tuple(map(tuple, rows)),
        "Customers: those present in the first and last row, else those who vanish by the rule.",
    )
    blocks: list[Block] = [
        Bars("Lines read, removed by each rule, and kept", tuple(bars), table),
        *_returns(found),
    ]
    return Section("What cleaning removed", tuple(blocks))


def _returns(found: Inspection) -> list[Block]:
    back = found.returns
    if not back["lines"]:
        return [Paragraph("No line takes units back of a product that was bought.")]
    worth = ""
    if found.priced and found.facts["revenue"]:
        worth = (
            f", worth {money(back['revenue'])} ({share(back['revenue'] / found.facts['revenue'])} of revenue)"
        )
    return [
        Paragraph(
            f"Returns: {count(back['lines'])} lines of {count(back['customers'])} customers give back "
            f"{count(back['units'])} units{worth}; money is net of them."
        )
    ]


def gaps(found: Inspection) -> Section | None:
    """Missing values of each column of the file, before cleaning."""
    if found.missing.empty:
        return None
    heads = (
        Column("Column", number=False, wraps=True),
        Column("Role", number=False, wraps=True),
        Column("Missing"),
        Column("Share"),
        Column("Distinct"),
    )
    rows = tuple(
        (
            Cell(str(row.column)),
            Cell(str(row.role) or "(not used)"),
            Cell(count(row.missing)),
            Cell(share(row.missing / row.lines if row.lines else math.nan)),
            Cell(count(row.distinct)),
        )
        for row in found.missing.itertuples()
    )
    lines = count(found.missing["lines"].max())
    same = Paragraph(
        f"Lines identical to an earlier one in every column: {count(found.identical)}."
        + ("" if "duplicates" in {*found.ledger["rule"]} else " Cleaning keeps them.")
    )
    table = Table("Missing values per column", heads, rows, f"Of {lines} lines, as they are.")
    return Section("What the file lacks", (table, same))
