"""Lines per day as a chart, and month by month as a table."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from recsys.report.chart import Scale
from recsys.report.document import Block, Cell, Chart, Column, Folded, Line, Table, Tick
from recsys.report.show import count, day, money, month

WEEK = 7
TICKS = 8  # at most, along the days
MOST = 800  # days that are drawn one by one; beyond, every week is a point


def daily(days: pd.DataFrame, behind: Block | None = None) -> tuple[Block, ...]:
    """The chart and, folded, what is behind it, by default its figures month by month.

    days: day (2024-01-31), lines and, where money is known, revenue; every day is a row, those without a
    purchase too. No chart of a single day.
    """
    folded = Folded("Month by month", (behind or _by_month(days),))
    return (_chart(days), folded) if len(days) > 1 else (folded,)


def _chart(days: pd.DataFrame) -> Chart:
    lines = days["lines"].to_numpy(dtype=float)
    step = 1 if len(lines) <= MOST else WEEK
    mean = _around(lines)
    up = Scale.linear([0.0, float(max(lines.max() if step == 1 else mean.max(), 1.0))])
    across = np.linspace(0.0, 1.0, len(lines))

    def line(values: NDArray[np.float64], *, strong: bool) -> Line:
        return Line(
            tuple((float(across[at]), up.place(values[at])) for at in range(0, len(values), step)), strong
        )

    busiest = int(lines.argmax())
    drawn = [line(lines, strong=False)] if step == 1 else []
    return Chart(
        caption="Lines per day",
        told=f"Lines from {day(days['day'].iloc[0])} to {day(days['day'].iloc[-1])}; most, "
        f"{count(lines[busiest])}, on {day(days['day'].iloc[busiest])}.",
        x_label="day",
        y_label="lines",
        x_ticks=tuple(_ticks(days["day"].tolist(), across)),
        y_ticks=up.ticks(count),
        marks=(),
        lines=(*drawn, line(mean, strong=True)),
        legend="Strong: the mean of the seven days around each." + (" Thin: the day." if drawn else ""),
    )


def _around(lines: NDArray[np.float64]) -> NDArray[np.float64]:
    """The mean of the seven days around each, of fewer at both ends."""
    return pd.Series(lines).rolling(WEEK, center=True, min_periods=1).mean().to_numpy()


def _ticks(days: list[str], across: NDArray[np.float64]) -> Iterator[Tick]:
    """The first of a month, as many as have room; the first day where no month begins."""
    firsts = [at for at, name in enumerate(days) if name.endswith("-01")] or [0]
    for at in firsts[:: -(-len(firsts) // TICKS)]:
        yield Tick(float(across[at]), month(days[at]))


def _by_month(days: pd.DataFrame) -> Table:
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
        (Column("Month", number=False), *map(Column, heads), *([Column("Revenue")] if priced else [])),
        tuple(rows),
        f"From {day(days['day'].iloc[0])} to {day(days['day'].iloc[-1])}: the months at the ends may be cut.",
    )
