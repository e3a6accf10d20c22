"""What each recommender cost in time and memory."""

from __future__ import annotations

import math
from typing import Any

from recsys.report.document import Cell, Column, Section, Table
from recsys.report.run import Run
from recsys.report.show import megabytes, seconds


def costs(run: Run) -> Section | None:
    """Means per window, the largest memory of any window."""
    if run.costs.empty:
        return None
    by = run.costs.groupby("recommender", sort=False)
    frame = by.agg(
        fit=("fit_seconds", "mean"), recommend=("recommend_seconds", "mean"), peak=("peak_mb", "max")
    )
    longest = float((frame["fit"].fillna(0) + frame["recommend"].fillna(0)).max())
    rows = tuple(_row(row, longest) for row in frame.reset_index().to_dict("records"))
    several = run.costs["window"].nunique() > 1
    heads = ("Fit", "Recommend", "Both", "Peak memory")
    return Section(
        "What it cost",
        (
            Table(
                "Seconds per window" if several else "Seconds",
                (Column("Recommender", number=False), *map(Column, heads)),
                rows,
                note=_whole(run),
            ),
        ),
    )


def _row(row: dict[str, Any], longest: float) -> tuple[Cell, ...]:
    both = row["fit"] + row["recommend"]
    return (
        Cell(row["recommender"]),
        Cell(seconds(row["fit"])),
        Cell(seconds(row["recommend"])),
        Cell(seconds(both), bar=None if math.isnan(both) or longest <= 0 else both / longest),
        Cell(megabytes(row["peak"])),
    )


def _whole(run: Run) -> str:
    took, peak = _number(run.manifest.get("seconds")), _number(run.manifest.get("peak_mb"))
    if math.isnan(took):
        return ""
    memory = "" if math.isnan(peak) else f" and at most {megabytes(peak)} of memory"
    return f"The whole run, reading and cleaning included, took {seconds(took)}{memory}."


def _number(value: Any) -> float:
    return float(value) if isinstance(value, int | float) else math.nan
