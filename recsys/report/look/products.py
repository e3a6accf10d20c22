"""Products: how few of them sell how much, when they come and go, and what they cost."""

from __future__ import annotations

import pandas as pd

from recsys.report.document import Bar, Cell, Column, Paragraph, Picture, Section, Table
from recsys.report.look.noun import Inspection
from recsys.report.look.parts import barred, chart, counts, quantiles
from recsys.report.show import count, in_money, money, share

MOST = 10  # odd prices shown


def products(found: Inspection) -> Section:
    """Concentration, and products sold first and last per month."""
    table = counts("Products per month", found.shelf, "Month", ["on_sale", "first", "last"])
    return Section(
        "Products",
        (
            concentration(found.concentration, priced=found.priced),
            chart("Products sold per month", table, found.shelf, "on_sale"),
        ),
    )


def concentration(top: pd.DataFrame, *, priced: bool) -> Picture:
    """What the best sellers sell, as bars of money, of lines without it; share, products, lines, revenue."""
    heads = [Column("Best sellers", number=False), Column("Products"), Column("Lines")]
    if priced:
        heads.append(Column("Revenue"))
    rows = tuple(
        (
            Cell(f"top {row.share:.0%}"),
            Cell(count(row.products)),
            Cell(share(row.lines)),
            *([Cell(share(row.revenue))] if priced else []),
        )
        for row in top.itertuples()
    )
    note = "Each figure by its own order: lines of the products with most lines, revenue of those with most."
    note = note if priced else ""
    table = Table("How much the best sellers sell", tuple(heads), rows, note)
    held = top["revenue" if priced else "lines"].tolist()
    bars = [Bar(cells[0].text, 0.0, value, share(value)) for cells, value in zip(rows, held, strict=True)]
    of = "revenue" if priced else "lines"
    told = ", ".join(f"{bar.label}: {bar.text}" for bar in bars)
    return barred(f"Share of {of} that the best sellers make", told, f"share of {of}", bars, table)


def prices(found: Inspection) -> Section | None:
    """How prices spread, and which do not look right."""
    if not found.priced:
        return None
    spread = quantiles("Price of a line", {in_money("Price", found.currency): found.prices}, cents=True)
    odd = found.odd_prices
    if odd.empty:
        return Section("Prices", (spread, Paragraph("No price is far from what its product usually costs.")))
    heads = (
        Column("Product", number=False),
        Column("Description", number=False, wraps=True),
        Column(in_money("Price", found.currency)),
        Column(in_money("Usually", found.currency)),
        Column("Lines"),
    )
    rows = tuple(
        (
            Cell(str(row.product)),
            Cell(str(row.description)),
            Cell(money(row.price)),
            Cell(money(row.usual)),
            Cell(count(row.lines)),
        )
        for row in odd.head(MOST).itertuples()
    )
    rest = f" {len(odd) - MOST} more are not shown." if len(odd) > MOST else ""
    note = f"More than 20 times the product's median price, or less than a twentieth of it.{rest}"
    return Section("Prices", (spread, Table("Prices that do not look right", heads, rows, note)))
