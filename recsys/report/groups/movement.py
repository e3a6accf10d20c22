"""Who moved where between two cutoffs, and whether the groups would have been the same."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import pandas as pd

from recsys.report.charts.bands import transitions
from recsys.report.document import Block, Cell, Column, Paragraph, Section, Table
from recsys.report.groups.noun import Insight, picture
from recsys.report.show import NONE, count, counted, day, decimals, share


def movement(seen: Insight) -> Section | None:
    """The last step between two cutoffs, as a grid and as bands; None where there is no earlier cutoff."""
    table = seen.tables.get("movement")
    if table is None or table.empty:
        return None
    last = table[table["until"] == table["until"].iloc[-1]]
    stayed = last[last["from"] == last["to"]]["customers"].sum()
    old = last[~last["from"].str.startswith("(")]["customers"].sum()
    since, until = day(last["since"].iloc[0]), day(last["until"].iloc[0])
    told = Paragraph(
        f"Of {counted(old, 'customer')} known on {since}, {share(stayed / old if old else math.nan)} were in "
        f"the same segment on {until}, by the same rules.",
        style="finding",
    )
    names = list(dict.fromkeys([*last["from"], *last["to"]]))
    cells = {(row["from"], row["to"]): row for row in last.to_dict("records")}
    to = [name for name in names if (last["to"] == name).any()]
    rows = tuple(
        (Cell(source), *(_moved(cells.get((source, target))) for target in to))
        for source in names
        if (last["from"] == source).any()
    )
    grid = Table(
        f"From {since} to {until}: customers, and their share of those in the row",
        (Column("From", number=False, wraps=True), *(Column(target) for target in to)),
        rows,
        legend="Shaded by the share.",
    )
    blocks: list[Block] = [told, *_drawn(seen, last, grid)]
    drift = seen.tables.get("drift")
    if drift is not None and len(drift):
        blocks.append(_drifted(drift))
    return Section("Who moved where", tuple(blocks))


def _moved(row: Mapping[str, Any] | None) -> Cell:
    if row is None:
        return Cell(NONE)
    if math.isnan(row["customers"]):
        return Cell("few")
    return Cell(f"{count(row['customers'])} ({share(row['share'])})", heat=min(float(row["share"]), 0.99))


def _drifted(drift: pd.DataFrame) -> Table:
    first = drift.drop_duplicates("cutoff")
    return Table(
        "Had the segments been made anew at earlier cutoffs",
        (Column("Cutoff", number=False), Column("Segments"), Column("Agreement")),
        tuple(
            (Cell(day(row.cutoff)), Cell(count(row.segments)), Cell(decimals(row.agreement)))
            for row in first.itertuples()
        ),
        note="Agreement: adjusted Rand index with the segments of today's rules among the customers of that "
        "day; 1 is the same groups, 0 no more than chance.",
    )


def _drawn(seen: Insight, last: pd.DataFrame, grid: Table) -> tuple[Block, ...]:
    """The grid, with bands before it where customers may be counted."""
    known = last.dropna(subset=["customers"])
    if known.empty:
        return (grid,)
    order = list(dict.fromkeys([*(card.segment for card in seen.cards), *known["from"], *known["to"]]))
    bands = transitions(known.astype({"customers": int}), order)
    told = "Bands as wide as the numbers of customers in the table below."
    return picture("transitions", "Where customers came from (left) and went (right)", told, bands), grid
