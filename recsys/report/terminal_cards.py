"""The cards of segments in a terminal."""

from __future__ import annotations

from pathlib import Path

import pandas as pd
from rich.console import Console
from rich.text import Text

from recsys.report.grid import Slot, drawn
from recsys.report.show import NONE, clean, count, share


def print_cards(folder: Path, console: Console) -> None:
    """A line for each segment, and what sets it apart."""
    table = pd.read_csv(folder / "cards.csv", keep_default_na=False, na_values={"customers": [""]})
    figures = {"customers": 9, "share": 6, "revenue": 8, "orders": 7}
    widths = [max(console.width - sum(figures.values()) - 5, 12), *figures.values()]
    widths[0] = min(widths[0], max(map(len, table["segment"])))
    for line in drawn([Slot("segment", "dim"), *(Slot(name, "dim") for name in figures)], widths, 1):
        console.print(line, soft_wrap=True)
    for row in table.to_dict("records"):
        few = pd.isna(row["customers"])
        cells = ["few" if few else count(row["customers"])]
        cells += [NONE if few or row[name] == "" else share(float(row[name])) for name in SHARES]
        for line in drawn([Slot(clean(row["segment"])), *map(Slot, cells)], widths, 1):
            console.print(line, soft_wrap=True)
        if row["apart"]:
            console.print(Text(f"  {clean(row['apart'])}", style="dim"))
    console.print(Text("share: of customers, revenue and orders", style="dim"))
    console.print(Text(f"Page: {folder / 'report.html'}"), soft_wrap=True)


SHARES = ("customer_share", "revenue_share", "order_share")
