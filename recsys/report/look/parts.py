"""Small makers of tables and charts out of frames."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence

import pandas as pd

from recsys.report.charts.rows import bars
from recsys.report.document import Bar, Cell, Column, Picture, Table
from recsys.report.show import count, figures, in_money, money, share

Shown = Callable[[float], str]
FIGURES: dict[str, tuple[str, Shown]] = {
    "lines": ("Lines", count),
    "customers": ("Customers", count),
    "invoices": ("Invoices", count),
    "revenue": ("Revenue", money),
    "share": ("Share", share),
    "on_sale": ("Sold", count),
    "first": ("First sold", count),
    "last": ("Last sold", count),
}
"""Column -> its heading, and how its values are shown."""


def counts(
    caption: str,
    frame: pd.DataFrame,
    label: str,
    columns: Sequence[str],
    note: str = "",
    currency: str = "",
) -> Table:
    """A row for each row of the frame: its label, then these columns."""
    names = (in_money(FIGURES[one][0], currency if one == "revenue" else "") for one in columns)
    heads = (Column(label, number=False), *map(Column, names))
    rows = tuple(
        (Cell(str(row[frame.columns[0]])), *(Cell(FIGURES[name][1](float(row[name]))) for name in columns))
        for row in frame.to_dict("records")
    )
    return Table(caption, heads, rows, note)


def barred(caption: str, told: str, of: str, shown: Sequence[Bar], table: Table) -> Picture:
    """Bars before the table of their figures; of: what they count."""
    return Picture(caption, told, bars(of, shown), table=table, bars=tuple(shown))


def chart(title: str, table: Table, frame: pd.DataFrame, column: str) -> Picture:
    """The table with one of its columns as bars."""
    heading, written = FIGURES[column]
    values = [float(value) for value in frame[column]]
    shown = [
        Bar(str(label), 0.0, max(value, 0.0) if math.isfinite(value) else 0.0, written(value))
        for label, value in zip(frame.iloc[:, 0], values, strict=True)
    ]
    most = max(shown, key=lambda bar: bar.end, default=None)
    told = f"{title}: most, {most.text}, of {most.label}." if most else title
    return barred(title, told, heading.lower(), shown, table)


def quantiles(caption: str, found: Mapping[str, Mapping[str, float]], *, cents: bool = False) -> Table:
    """A row for each set of quantiles. cents: of money."""
    names = ("min", "10%", "25%", "median", "75%", "90%", "99%", "max", "mean")
    heads = (Column("Of", number=False), *(Column(name) for name in names))
    rows = []
    for label, values in found.items():
        texts = [money(values[name]) for name in names]
        if not cents:
            texts = [*figures([values[name] for name in names[:-1]]), f"{values['mean']:,.1f}"]
        rows.append((Cell(label), *map(Cell, texts)))
    return Table(caption, heads, tuple(rows))


def with_money(columns: Sequence[str], priced: bool) -> list[str]:
    """The columns, revenue only where there are prices."""
    return [name for name in columns if priced or name != "revenue"]
