"""Lines per day as a chart, and month by month as a table."""

from __future__ import annotations

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recsys.report.charts.course import daily as drawn
from recsys.report.document import Block, Cell, Column, Folded, Picture, Table
from recsys.report.show import count, day, in_money, money

WEEK = 7
MOST = 800  # days that are drawn one by one; beyond, every week is a point


def daily(days: pd.DataFrame, behind: Block | None = None, currency: str = "") -> tuple[Block, ...]:
    """The chart and, folded, what is behind it, by default its figures month by month.

    days: day (2024-01-31), lines and, where money is known, revenue; every day is a row, those without a
    purchase too. No chart of a single day.
    """
    folded = Folded("Month by month", (behind or _by_month(days, currency),))
    return (_chart(days), folded) if len(days) > 1 else (folded,)


def _chart(days: pd.DataFrame) -> Picture:
    lines = days["lines"].to_numpy(dtype=float)
    each = len(lines) <= MOST
    busiest = int(lines.argmax())
    return Picture(
        "Lines per day",
        f"Lines from {day(days['day'].iloc[0])} to {day(days['day'].iloc[-1])}; most, "
        f"{count(lines[busiest])}, on {day(days['day'].iloc[busiest])}.",
        drawn(days, _around(lines).tolist(), each=each),
        legend="Strong: the mean of the seven days around each." + (" Thin: the day." if each else ""),
    )


def _around(lines: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean of the seven days around each, of fewer at both ends."""
    return pd.Series(lines).rolling(WEEK, center=True, min_periods=1).mean().to_numpy()


def _by_month(days: pd.DataFrame, currency: str) -> Table:
    heads = ["Lines", "Mean per day", "Most in a day", "Days without"]
    priced = "revenue" in days and days["revenue"].notna().any()
    rows = []
    for name, own in days.groupby(days["day"].str[:7], sort=True):
        lines = own["lines"]
        cells = [count(lines.sum()), count(lines.mean()), count(lines.max()), count((lines == 0).sum())]
        rows.append(
            (Cell(str(name)), *map(Cell, cells), *([Cell(money(own["revenue"].sum()))] if priced else []))
        )
    return Table(
        "Purchases, month by month",
        (
            Column("Month", number=False),
            *map(Column, heads),
            *([Column(in_money("Revenue", currency))] if priced else []),
        ),
        tuple(rows),
        f"From {day(days['day'].iloc[0])} to {day(days['day'].iloc[-1])}: the months at the ends may be cut.",
    )
