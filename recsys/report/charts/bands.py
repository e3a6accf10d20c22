"""Bands from where customers were to where they are, as wide as there are customers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

import altair as alt
import numpy as np
import pandas as pd

from recsys.report.charts.style import Chart, chart, colours, data

_GAP = 0.02  # between bars, of all customers
_BAR = 0.014  # how wide a bar is, of the whole chart
_CURVE = np.linspace(0.0, 1.0, 24)
_BEND = _CURVE**2 * (3 - 2 * _CURVE)

Edges = Mapping[str, Mapping[str, float]]
"""The upper edge of each name's bar, of `from` and of `to`."""


@chart
def transitions(table: pd.DataFrame, order: Sequence[str]) -> Chart:
    """From (left) to (right); table: from, to, customers. order: of the names, from the top."""
    total = float(table["customers"].sum())
    sizes = {side: table.groupby(side)["customers"].sum() for side in ("from", "to")}
    edges = {
        side: _stacked(size[[name for name in order if name in size]], total) for side, size in sizes.items()
    }
    across = alt.X("x:Q", axis=None, scale=alt.Scale(domain=[0, 1], nice=False))
    up = alt.Y("low:Q", axis=None, scale=alt.Scale(zero=False, nice=False))
    paint = alt.Color("name:N", scale=colours(order), legend=None)
    told = [alt.Tooltip("told:N", title=" "), alt.Tooltip("customers:Q", format=",")]
    flow = (
        alt.Chart(data(_bands(table, edges, total)))
        .mark_area(opacity=0.45)
        .encode(x=across, y=up, y2=alt.Y2("high:Q"), color=paint, detail=alt.Detail("band:N"), tooltip=told)
    )
    bars = alt.Chart(data(_bars(sizes, edges, total)))
    ends = bars.mark_rect().encode(
        x=across, x2=alt.X2("x2:Q"), y=up, y2=alt.Y2("high:Q"), color=paint, tooltip=told
    )
    sides: tuple[tuple[str, Literal["left", "right"], int, str], ...]
    sides = (("from", "right", -8, "x:Q"), ("to", "left", 8, "x2:Q"))
    words = [
        bars.transform_filter(f"datum.side == '{side}'")
        .mark_text(align=align, dx=away, baseline="middle")
        .encode(x=alt.X(at), y=alt.Y("middle:Q"), text=alt.Text("told:N"))
        for side, align, away, at in sides
    ]
    height = 40 * max(map(len, edges.values())) + 60
    return alt.layer(flow, ends, *words).properties(width=380, height=height)


def _stacked(sizes: pd.Series, total: float) -> dict[str, float]:
    """The first at the top."""
    found, top = {}, 1.0 + _GAP * len(sizes)
    for name, size in sizes.items():
        found[str(name)] = top
        top -= size / total + _GAP
    return found


def _bands(table: pd.DataFrame, edges: Edges, total: float) -> list[dict[str, object]]:
    """Each band's edges along its curve; bands leave a bar in the order in which they arrive."""
    left, right = (_edges(table, edges, total, *sides) for sides in (("from", "to"), ("to", "from")))
    rows: list[dict[str, object]] = []
    for row in table.to_dict("records"):
        key, wide = (row["from"], row["to"]), row["customers"] / total
        upper = left[key] + (right[key] - left[key]) * _BEND
        told = {"name": row["from"], "told": f"{row['from']} → {row['to']}", "customers": row["customers"]}
        rows += [
            {"band": " → ".join(key), **told, "x": x, "low": y - wide, "high": y}
            for x, y in zip(_CURVE.tolist(), upper.tolist(), strict=True)
        ]
    return rows


def _edges(
    table: pd.DataFrame, edges: Edges, total: float, side: str, other: str
) -> dict[tuple[str, str], float]:
    """The upper edge of each band where it meets this side, those of the other's upper bars above."""
    free = dict(edges[side])
    places = table.assign(here=table[side].map(free), there=table[other].map(edges[other]))
    found = {}
    for row in places.sort_values(["here", "there"], ascending=False).to_dict("records"):
        found[row["from"], row["to"]] = free[row[side]]
        free[row[side]] -= row["customers"] / total
    return found


def _bars(sizes: Mapping[str, pd.Series], edges: Edges, total: float) -> list[dict[str, object]]:
    rows: list[dict[str, object]] = []
    for side, size in sizes.items():
        x = 0.0 if side == "from" else 1.0 - _BAR
        for name, top in edges[side].items():
            high, here = top, int(size[name])
            rows.append(
                {
                    "side": side,
                    "name": name,
                    "told": f"{name}  {here:,}",
                    "customers": here,
                    "x": x,
                    "x2": x + _BAR,
                    "low": high - here / total,
                    "high": high,
                    "middle": high - here / total / 2,
                }
            )
    return rows
