"""How large segments are, what they are worth, and what to expect of them."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd

from recsys.report.charts.rows import grouped
from recsys.report.document import Block, Cell, Column, Paragraph, Picture, Section, Strong, Table
from recsys.report.groups.noun import Carded, Insight, picture
from recsys.report.show import NONE, count, decimals, in_money, share


def sizes(seen: Insight) -> Section:
    """Who makes the most of the revenue, shares as bars, and figures with an outlook."""
    shown = seen.shown
    told: list[Block] = []
    if shown:
        rich = max(shown, key=lambda card: np.nan_to_num(card.revenue_share, nan=-1.0))
        if not math.isnan(rich.revenue_share):
            told.append(
                Paragraph(
                    Strong(rich.segment),
                    f" are {share(rich.customer_share)} of the customers and {share(rich.revenue_share)} of "
                    "the revenue.",
                    style="finding",
                )
            )
    outlook = seen.tables.get("outlook")
    columns = [Column("Segment", number=False, wraps=True), Column("Customers"), Column("Share")]
    money, each = (in_money(what, seen.currency) for what in ("Revenue", "Spend of each since"))
    columns += [Column(money), Column("Share of revenue"), Column("Orders")]
    if outlook is not None:
        columns += [Column("Came back"), Column(each), Column("95 % interval", number=False)]
    rows = [_row(card, outlook) for card in seen.cards]
    note = ""
    if outlook is not None and len(outlook):
        days = int(outlook["days"].iloc[0])
        note = (
            f"Came back and spend: of those who were in the segment {days} days before the end of "
            "the log, in these days; nothing for who did not come back. It is what to expect if the next "
            "days are like these: no season is foreseen."
        )
    table = Table("Size, worth and outlook", tuple(columns), tuple(rows), note=note)
    drawn = (_drawn(shown),) if shown else ()
    return Section("How large, and worth how much", (*told, table, *drawn))


def _row(card: Carded, outlook: pd.DataFrame | None) -> tuple[Cell, ...]:
    if card.customers is None:
        empty = 8 if outlook is not None else 5
        return (Cell(card.segment), Cell("few"), *(Cell(NONE) for _ in range(empty - 1)))
    cells = [Cell(card.segment), Cell(count(card.customers)), Cell(share(card.customer_share))]
    cells += [Cell(count(card.revenue)), Cell(share(card.revenue_share)), Cell(count(card.orders or 0))]
    if outlook is not None:
        rows = outlook[outlook["segment"] == card.segment]
        told = rows.iloc[0] if len(rows) else pd.Series(dtype=float)
        back, spend = (float(told.get(name, math.nan)) for name in ("came_back", "spend"))
        low, high = (float(told.get(name, math.nan)) for name in ("ci_low", "ci_high"))
        between = NONE if math.isnan(low) else f"{decimals(low)} to {decimals(high)}"
        cells += [Cell(share(back)), Cell(decimals(spend)), Cell(between)]
    return tuple(cells)


def _drawn(shown: list[Carded]) -> Picture:
    """Shares as bars."""
    shares = {"customers": [one.customer_share for one in shown]}
    if not math.isnan(shown[0].revenue_share):
        shares["revenue"] = [one.revenue_share for one in shown]
    shares["orders"] = [one.order_share for one in shown]
    names = [one.segment for one in shown]
    table = Table(
        "Shares of each segment",
        (Column("Segment", number=False, wraps=True), *(Column(what.capitalize()) for what in shares)),
        tuple(
            (Cell(name), *(Cell(share(values[at])) for values in shares.values()))
            for at, name in enumerate(names)
        ),
    )
    *first, last = shares
    return picture(
        "sizes",
        f"Shares of {', '.join(first)} and {last}",
        "Bars, a group for each segment.",
        grouped(names, shares),
        table,
    )
