"""What cleaning took, as a waterfall; returns; what the file lacks."""

from __future__ import annotations

import math
from collections.abc import Mapping

import pandas as pd

from recsys.report.document import Bar, Cell, Column, Paragraph, Picture, Section, Table
from recsys.report.look.noun import Inspection
from recsys.report.look.parts import barred
from recsys.report.show import count, in_money, money, share

ENDS = ("read", "kept")


def cleaning(found: Inspection) -> Section:
    """The ledger, and what customers sent back."""
    told = returned(found.returns, found.facts["revenue"], found.currency)
    drawn = waterfall(found.ledger, priced=found.priced, currency=found.currency)
    return Section("What cleaning removed", (drawn, told))


def waterfall(ledger: pd.DataFrame, *, priced: bool, currency: str = "") -> Picture:
    """A bar for each rule, from the lines before it to those after it; rule, lines, customers, revenue."""
    read = float(ledger["lines"].iloc[0])
    left, bars = read, []
    for row in ledger.itertuples():
        ends = row.rule in ENDS
        start = 0.0 if ends else left - row.lines
        bars.append(Bar(str(row.rule), start, row.lines if ends else left, count(row.lines), lost=not ends))
        left -= 0 if ends else row.lines
    heads = [Column("Rule", number=False), Column("Lines"), Column("Share"), Column("Customers")]
    rows = [
        [
            Cell(str(row.rule), best=row.rule in ENDS),
            Cell(count(row.lines)),
            Cell(share(row.lines / read if read else math.nan)),
            Cell(count(row.customers)),
            *([Cell(money(row.revenue))] if priced else []),
        ]
        for row in ledger.itertuples()
    ]
    if priced:
        heads.append(Column(in_money("Revenue", currency)))
    table = Table(
        "From the lines read to the lines kept",
        tuple(heads),
        tuple(map(tuple, rows)),
        "Customers: those present in the first and last row, else those who vanish by the rule.",
    )
    told = "From the lines read, down by each rule, to the lines kept."
    return barred("Lines read, removed by each rule, and kept", told, "lines", bars, table)


def returned(back: Mapping[str, float], revenue: float, currency: str = "") -> Paragraph:
    """Lines, customers, units and revenue given back; revenue: of all purchases, NaN without prices."""
    if not back["lines"]:
        return Paragraph("No line takes units back of a product that was bought.")
    worth = ""
    if revenue > 0:
        value = money(back["revenue"], currency)
        worth = f", worth {value} ({share(back['revenue'] / revenue)} of revenue)"
    return Paragraph(
        f"Returns: {count(back['lines'])} lines of {count(back['customers'])} customers give back "
        f"{count(back['units'])} units{worth}."
    )


def gaps(found: Inspection) -> Section | None:
    """Missing values of each column of the file, before cleaning; and lines that stand twice."""
    if found.missing.empty:
        return None
    same = Paragraph(
        f"Lines identical to an earlier one in every column: {count(found.identical)}."
        + ("" if "duplicates" in {*found.ledger["rule"]} else " Cleaning keeps them.")
    )
    return Section("What the file lacks", (lacking(found.missing), same))


def lacking(missing: pd.DataFrame) -> Table:
    """Missing values: column, lines, missing and, where they are known, role and distinct."""
    told = "role" in missing
    heads = [Column("Column", number=False, wraps=True), Column("Missing"), Column("Share")]
    if told:
        heads = [heads[0], Column("Role", number=False, wraps=True), *heads[1:], Column("Distinct")]
    rows = []
    for row in missing.to_dict("records"):
        gone = (
            Cell(count(row["missing"])),
            Cell(share(row["missing"] / row["lines"] if row["lines"] else math.nan)),
        )
        role = (Cell(row["role"] or "(not used)"),) if told else ()
        rows.append((Cell(row["column"]), *role, *gone, *((Cell(count(row["distinct"])),) if told else ())))
    lines = count(missing["lines"].max())
    return Table("Missing values per column", tuple(heads), tuple(rows), f"Of {lines} lines, as they are.")
