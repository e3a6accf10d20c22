"""Charts of points: what accuracy costs, where segments stand, customers by the thousand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import altair as alt
import numpy as np
from numpy.typing import NDArray

from recsys.report.charts.labels import Point, places
from recsys.report.charts.style import (
    ACCENT,
    HEIGHT,
    INK,
    MARK,
    PAPER,
    WIDTH,
    Chart,
    chart,
    colours,
    data,
    painted,
)

#: From where three directions are seen: turned to the right, then from a little above.
_TURN, _RAISE = math.radians(-60), math.radians(25)


@dataclass(frozen=True)
class Spot:
    """A point by name. text: the figures in words. strong: filled. edge: on the line that joins the best."""

    label: str
    x: float
    y: float
    text: str
    strong: bool = False
    edge: bool = False


@chart
def frontier(across: str, up: str, shown: Sequence[Spot], *, least: float) -> Chart:
    """Points by a quantity that grows tenfold (never below `least`) and a figure from zero."""
    low, high = _tenfold([max(spot.x, least) for spot in shown])
    top = 1.08 * max([spot.y for spot in shown if spot.y == spot.y], default=0.0) or 1.0
    points = [
        Point(
            (math.log10(max(spot.x, least)) - low) / (high - low) * WIDTH,
            (1 - spot.y / top) * HEIGHT,
            spot.label,
            spot.strong,
        )
        for spot in shown
    ]
    rows = [
        {
            "name": spot.label,
            "x": max(spot.x, least),
            "y": spot.y,
            "text": spot.text,
            "strong": spot.strong,
            "edge": spot.edge,
        }
        | ({} if place is None else {"across": place.across, "down": place.down, "left": place.leftwards})
        for spot, place in zip(shown, places(points, WIDTH, HEIGHT), strict=True)
    ]
    powers = [10.0**power for power in range(low, high + 1)]
    base = alt.Chart(data(rows)).encode(
        x=alt.X(
            "x:Q",
            title=across,
            scale=alt.Scale(type="log", domain=[powers[0], powers[-1]], nice=False),
            axis=alt.Axis(values=powers, format="~g", grid=False, domain=False),
        ),
        y=alt.Y(
            "y:Q",
            title=up,
            scale=alt.Scale(domain=[0, top], nice=False),
            axis=alt.Axis(tickCount=5, domain=False, ticks=False),
        ),
    )
    paint = alt.condition("datum.strong", alt.value(ACCENT), alt.value(MARK))
    line = base.transform_filter("datum.edge").mark_line(color=MARK, strokeWidth=1.2)
    dots = base.mark_point(size=64, opacity=1, strokeWidth=1.8).encode(
        stroke=paint,
        fill=alt.condition("datum.strong", alt.value(ACCENT), alt.value(PAPER)),
        tooltip=[alt.Tooltip("name:N", title=" "), alt.Tooltip("text:N", title=up)],
    )
    names = (
        base.transform_filter("isValid(datum.down)")
        .mark_text(
            align=alt.expr("datum.left ? 'right' : 'left'"),
            dx=alt.expr("datum.across"),
            dy=alt.expr("datum.down"),
            fontWeight=alt.expr("datum.strong ? 'bold' : 'normal'"),
        )
        .encode(text=alt.Text("name:N"))
    )
    return alt.layer(line, dots, names).properties(width=WIDTH, height=HEIGHT)


@dataclass(frozen=True)
class Bubble:
    """A group as a circle of its size. text: the figures in words."""

    label: str
    x: float
    y: float
    size: float
    text: str


@chart
def bubbles(across: str, up: str, shown: Sequence[Bubble]) -> Chart:
    """Circles with their names above, to the right the more of `across`; `up` by its logarithm."""
    rows = [{"name": one.label, "x": one.x, "y": one.y, "size": one.size, "text": one.text} for one in shown]
    heights = [one.y for one in shown]
    scale = alt.Scale(zero=False, padding=40)
    height = alt.Axis(format="~s", domain=False, ticks=False)
    if min(heights) > 0:
        height.values = _round_steps(min(heights) / 3, max(heights) * 3)
        scale = alt.Scale(type="log", nice=False, padding=40)
    base = alt.Chart(data(rows)).encode(
        x=alt.X(
            "x:Q",
            title=across,
            scale=alt.Scale(zero=True, padding=70),
            axis=alt.Axis(tickCount=6, grid=False, domain=False),
        ),
        y=alt.Y(
            "y:Q",
            title=up,
            scale=scale,
            axis=height,
        ),
    )
    circles = base.mark_circle(opacity=1).encode(
        size=alt.Size(
            "size:Q",
            scale=alt.Scale(domain=[0, max(one.size for one in shown)], range=[0, 2400]),
            legend=None,
        ),
        color=alt.Color("name:N", scale=colours(one.label for one in shown), legend=None),
        tooltip=[alt.Tooltip("name:N", title=" "), alt.Tooltip("text:N", title=" ")],
    )
    names = base.mark_text(dy=-34).encode(text=alt.Text("name:N"))
    return alt.layer(circles, names).properties(width=WIDTH, height=HEIGHT)


@chart
def crowd(
    points: NDArray[np.float64], codes: NDArray[np.integer], names: Sequence[str], labels: Sequence[str]
) -> Chart:
    """Customers as points, (n, 2) or (n, 3) seen from one side, coloured by segment; labels: of the axes."""
    deep = points.shape[1] == 3
    seen = _from_a_side(points) if deep else points
    rows = [
        {"x": round(float(x), 3), "y": round(float(y), 3), "name": names[code]}
        for (x, y), code in zip(seen, codes, strict=True)
    ]
    there = [names[code] for code in np.unique(codes)]
    dots = (
        alt.Chart(data(rows))
        .mark_circle(size=14, opacity=1)
        .encode(
            x=alt.X("x:Q", **_unmeasured("" if deep else labels[0])),
            y=alt.Y("y:Q", **_unmeasured("" if deep else labels[1])),
            color=alt.Color("name:N", title=None, sort=None, scale=colours(names, there)),
            tooltip=alt.Tooltip("name:N", title=" "),
        )
    )
    layers: list[alt.Chart] = [dots]
    if deep:
        arms = alt.Chart(data(_arms(points, labels)))
        lines = arms.mark_rule(strokeWidth=1.2, color=painted(INK)).encode(
            x=alt.X("x:Q"), y=alt.Y("y:Q"), x2=alt.X2("x2:Q"), y2=alt.Y2("y2:Q")
        )
        words = arms.mark_text(dx=alt.expr("datum.dx"), dy=alt.expr("datum.dy")).encode(
            x=alt.X("x2:Q"), y=alt.Y("y2:Q"), text=alt.Text("label:N")
        )
        layers += [lines, words]
    return alt.layer(*layers).properties(width=560, height=420)


def _unmeasured(title: str) -> dict[str, Any]:
    """An axis without figures, which would mean nothing."""
    axis = alt.Axis(labels=False, ticks=False, grid=False, domain=bool(title))
    return {"title": title or None, "axis": axis, "scale": alt.Scale(zero=False, nice=False, padding=8)}


def _from_a_side(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """(n, 3) as they are seen on paper, (n, 2): to the right, and up."""
    x, y, z = points.T
    right = x * math.cos(_TURN) - y * math.sin(_TURN)
    away = x * math.sin(_TURN) + y * math.cos(_TURN)
    return np.column_stack([right, z * math.cos(_RAISE) + away * math.sin(_RAISE)])


def _arms(points: NDArray[np.float64], labels: Sequence[str]) -> list[dict[str, object]]:
    """Each axis from one end of the points to the other, through their middle; its name beyond its end."""
    low, high = np.quantile(points, [0.01, 0.99], axis=0)
    middle = np.median(points, axis=0)
    rows: list[dict[str, object]] = []
    for at, label in enumerate(labels):
        ends = np.tile(middle, (2, 1))
        ends[:, at] = low[at], high[at]
        (x, y), (x2, y2) = _from_a_side(ends).tolist()
        long = math.hypot(x2 - x, y2 - y) or 1.0
        rows.append(
            {
                "x": x,
                "y": y,
                "x2": x2,
                "y2": y2,
                "label": label,
                "dx": 30 * (x2 - x) / long,
                "dy": -14 * (y2 - y) / long,
            }
        )
    return rows


def _round_steps(low: float, high: float) -> list[float]:
    """1, 2, 5, 10, ... between them."""
    powers = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    return [step * 10.0**power for power in powers for step in (1, 2, 5) if low <= step * 10.0**power <= high]


def _tenfold(values: Sequence[float]) -> tuple[int, int]:
    """Powers of ten that hold every value, at least one step apart."""
    low = math.floor(math.log10(min(values)) + 1e-9)
    high = math.ceil(math.log10(max(values)) - 1e-9)
    return low, max(high, low + 1)
